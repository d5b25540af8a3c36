#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "report/proof.h"
#include "script/plan/test_plan.h"

// Faults of the reference device, played against the tests that claim to see them.
namespace karpspec::cli {

// Which tests claim which requirements.
class Claimants {
 public:
  // SUITE has to outlive it.
  explicit Claimants(const script::Suite& suite);
  // Those that claim one of the requirements that FAULT violates, in the suite's order.
  [[nodiscard]] std::vector<const script::Scenario*> of(const fault::Fault& fault) const;

 private:
  const script::Suite& suite_;
  std::map<std::string, std::vector<std::size_t>> by_requirement_;  // places in the suite
};

// How the reference device is played against SUITE, which has to outlive them.
[[nodiscard]] script::RunOptions prove_options(const Common& common, const script::Suite& suite,
                                               std::uint64_t seed);

// Plays each of FAULTS against its claimants in SUITE, on JOBS threads; a result for each, in their
// order. On a terminal standard error shows how far it is.
[[nodiscard]] std::vector<report::FaultResult> play_faults(const std::vector<fault::Fault>& faults,
                                                           const script::Suite& suite,
                                                           const script::RunOptions& options,
                                                           unsigned jobs, std::uint64_t seed);

// What became of each test of SUITE when each of FAULTS was played: its plan's last part, by the
// test's name.
[[nodiscard]] std::map<std::string, std::vector<script::PlannedFault>> faults_of_tests(
    const Common& common, const script::Suite& suite, const std::vector<fault::Fault>& faults);

}  // namespace karpspec::cli
