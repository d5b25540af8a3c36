#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "oracle/seams.h"
#include "transcript/mutation.h"
#include "transcript/notation.h"

namespace karpspec::fault {

// Which outgoing messages an alteration is for: "IKE_AUTH response", "INFORMATIONAL containing D".
struct MessageSelector {
  std::uint8_t exchange = 0;
  std::optional<bool> response;
  std::optional<transcript::PayloadName> containing;
  [[nodiscard]] bool selects(const oracle::Outgoing& outgoing,
                             const wire::CodePoints& numbers) const;
};

struct Alteration {
  MessageSelector selector;
  std::vector<transcript::Mutation> mutations;
  oracle::Delivery delivery;  // `drop`, `delay`, `twice`
};

// One row of suites/faults/*.yaml.
struct Fault {
  std::string name;                   // "auth-unchecked"
  std::string does;                   // a sentence
  std::vector<std::string> violates;  // requirement ids
  std::string role;                   // of the device, or empty for both
  std::vector<oracle::Check> skip;
  std::vector<Alteration> alter;
  std::vector<std::pair<std::string, std::string>> tune;  // tunable and value
  std::string where;                                      // "suites/faults/x.yaml:3:5"
};

// Reads a fault file. NAME is what errors call it. Errors: not_found, bad_value
// "FILE:LINE:COLUMN: ..." for unknown keys, checks, tunables, payloads and malformed operations.
[[nodiscard]] Result<std::vector<Fault>> read_faults(const std::string& path,
                                                     const std::string& name);
// Every *.yaml of DIRECTORY (suites/faults), by file name, read on JOBS threads. A name given twice
// is an error.
[[nodiscard]] Result<std::vector<Fault>> read_fault_directory(const std::string& directory,
                                                              unsigned jobs = 1);

// The seams of a router that has FAULT. SEED feeds what its mutations draw at random. An operation
// that finds nothing to work on in a message leaves that message as it is.
[[nodiscard]] std::unique_ptr<oracle::Seams> make_seams(const Fault& fault, std::uint64_t seed,
                                                        const wire::CodePoints& numbers = {});

}  // namespace karpspec::fault
