#pragma once

#include <optional>
#include <string>

#include "dut/dut_file.h"
#include "fault/fault.h"
#include "script/suite.h"

namespace karpspec::cli {

// What `--dut` names.
struct DutChoice {
  std::string name;
  // What the device says of itself; told by start_dut.
  std::string version;
  std::vector<std::string> findings;  // where its PICS is not the DUT file's
  std::string file_digest;            // SHA-256 of the DUT file in hexadecimal, or empty
  std::optional<dut::DutFile> file;
  script::MakeWorld worlds;  // made by start_dut where there is a file
  script::Claims claims;
  wire::CodePoints numbers;
  script::Json device_overrides;
  script::Json tester_overrides;
  std::vector<std::string> overrides;  // of the profile and the setup, without secrets
  std::string expected_file;
  bool simulated = true;      // else time is real
  bool is_reference = false;  // the embedded device, as it is and without a fault
  unsigned lanes = 1;         // how many tests at a time, where time is real
};

// DUT is "embedded" or a DUT file; FAULT a fault of suites/faults/ for the reference device, or
// empty. Errors: not_found, bad_value, unsupported (a fault for a device that is not ours).
[[nodiscard]] Result<DutChoice> choose_dut(const std::string& dut, const std::string& fault,
                                           const std::string& suites, std::uint64_t seed);

// Starts the device that a DUT file describes, and checks its adapter; PLAY is the run's. Where
// each device has a network of its own there are up to COPIES of it, for as many tests at a time.
// Nothing is to be done for the embedded device. Errors: why nothing can be judged.
[[nodiscard]] Result<void> start_dut(DutChoice& choice, const std::string& suites,
                                     const script::PlayOptions& play, unsigned copies = 1);

// TEXT without the secrets that CHOICE's device and tester are configured with: what an adapter
// says may repeat them.
[[nodiscard]] std::string without_secrets(const std::string& text, const DutChoice& choice);

// Reads a DUT file as all commands do: held against what SUITES know. Errors: those of
// dut::read_dut_file.
[[nodiscard]] Result<dut::DutFile> read_checked_dut_file(const std::string& path,
                                                         const std::string& suites);
// SHA-256 of a file, in hexadecimal. Errors: io.
[[nodiscard]] Result<std::string> file_digest(const std::string& path);

// The fault of that name. Errors: not_found with the nearest name, those of the fault files.
[[nodiscard]] Result<fault::Fault> find_fault(const std::string& suites, const std::string& name);

}  // namespace karpspec::cli
