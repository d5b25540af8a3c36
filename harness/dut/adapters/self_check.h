#pragma once

#include <string>
#include <vector>

#include "dut/dut_file.h"
#include "script/suite.h"

namespace karpspec::dut {

struct Described {
  std::string version;                // or ""
  std::vector<std::string> findings;  // where its PICS is not the DUT file's, a sentence each
};

// Whether what a suite would hear from the device of FILE means anything. Before it is judged:
//   - an adapter refuses a method that there is not, and describes the device that FILE describes;
//   - the device is neither dead nor silent, at its control and on the wire;
//   - given another preshared key than the tester's, it does not end up with the tester's.
// What the device does wrong itself is for the suite to find, not for this.
// SUITES is the folder of suites; CLAIMS and PLAY are those of the run.
// Gives what the device says of itself, as far as it can be asked.
// Errors: io and timeout in one line that says which of these it was; not_found and bad_value of
// suites/self-check.
[[nodiscard]] Result<Described> check_adapter(const DutFile& file, const script::MakeWorld& worlds,
                                              const std::string& suites,
                                              const script::Claims& claims,
                                              const script::PlayOptions& play);

}  // namespace karpspec::dut
