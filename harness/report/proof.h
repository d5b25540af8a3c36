#pragma once

#include <string>
#include <vector>

#include "report/run_results.h"

namespace karpspec::report {

// One fault against the tests that claim its requirements.
struct FaultResult {
  std::string fault;
  std::string does;
  std::vector<std::string> violates;   // requirement ids
  std::vector<std::string> played;     // tests that were played
  std::vector<std::string> caught_by;  // those of them that saw it
};

// What `karpspec prove` found: the kill matrix, and the faultless device's results.
struct Proof {
  verdict::RunInfo info;
  std::vector<TestResult> tests;  // of the device without a fault, in the suite's order
  std::vector<verdict::Requirement> requirements;
  std::vector<FaultResult> faults;
};

// One fault against the tests of one requirement.
struct Catch {
  const FaultResult* fault = nullptr;
  std::vector<std::string> tests;  // that check the requirement and saw the fault
};

// What the faults say about the tests of one requirement.
struct RequirementProof {
  const verdict::Requirement* requirement = nullptr;
  std::vector<std::string> tests;  // that check it
  std::vector<Catch> faults;       // that violate it
  // "proven" when one of its own tests caught one of the faults, "unproven" when it has tests and
  // none did, "untested" or "not-observable" without a test.
  std::string state;
};
// In the requirements' order.
[[nodiscard]] std::vector<RequirementProof> judge_proof(const Proof& proof);

// Faults that no test saw, and tests that the faultless device does not pass.
[[nodiscard]] std::vector<const FaultResult*> missed_faults(const Proof& proof);
// Tests that no fault fails, which prove nothing. None where info.fault says that some faults alone
// were played.
[[nodiscard]] std::vector<std::string> tests_that_catch_nothing(const Proof& proof);
[[nodiscard]] std::vector<const TestResult*> unclean_tests(const Proof& proof);

// reports/schema/proof.schema.json; wall-clock stamps stand where those of results.json do.
[[nodiscard]] Json to_json(const Proof& proof);
// Errors: bad_value, with the member that is wrong.
[[nodiscard]] Result<Proof> proof_from_json(const Json& json);
// DIRECTORY/proof.json. Errors: not_found, bad_value "FILE: ...".
[[nodiscard]] Result<Proof> read_proof(const std::string& directory);
// Requirement by requirement which test caught which fault, and why nothing is proven where it is
// not, for a terminal.
[[nodiscard]] std::string proof_table(const Proof& proof);
// One self-contained page, without outside assets.
[[nodiscard]] std::string to_html(const Proof& proof);

}  // namespace karpspec::report
