#include "cli/fault_play.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <mutex>
#include <set>

#include "base/for_each_index.h"
#include "dut/adapters/embedded.h"

namespace karpspec::cli {
namespace {

using verdict::Verdict;

// Whether a test shows the fault it was played with. What a document permits though it advises
// against it (SHOULD) is never failed: there the verdict inconclusive, with nobody at fault, shows
// it.
bool shows(const verdict::TestResult& result) {
  return result.verdict == Verdict::fail ||
         (result.verdict == Verdict::inconclusive && result.fault == verdict::Fault::none);
}

report::FaultResult play_fault(const fault::Fault& fault, const Claimants& claimants,
                               script::RunOptions options, std::uint64_t seed) {
  report::FaultResult result;
  result.fault = fault.name;
  result.does = fault.does;
  result.violates = fault.violates;
  options.device =
      dut::embedded_worlds({}, [&fault, seed] { return fault::make_seams(fault, seed); });
  for (const script::Scenario* scenario : claimants.of(fault)) {
    result.played.push_back(scenario->name);
    const script::Outcome outcome = script::run_test(*scenario, options);
    if (shows(outcome.result))
      result.caught_by.push_back(scenario->name);
  }
  return result;
}

// One line that is written over, on a terminal only: a proof takes about a second.
class FaultProgress {
 public:
  explicit FaultProgress(std::size_t total)
      : total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}
  void step(const std::string& fault) {
    if (!terminal_)
      return;
    const std::lock_guard lock(mutex_);
    std::cerr << "\r\033[K" << ++done_ << "/" << total_ << " faults  " << fault << std::flush;
  }
  void end() const {
    if (terminal_)
      std::cerr << "\r\033[K";
  }

 private:
  std::mutex mutex_;
  std::size_t total_;
  std::size_t done_ = 0;
  bool terminal_;
};

}  // namespace

Claimants::Claimants(const script::Suite& suite) : suite_(suite) {
  const auto enter = [&](const std::vector<std::string>& checks, std::size_t place) {
    for (const std::string& id : checks) {
      std::vector<std::size_t>& places = by_requirement_[id];
      if (places.empty() || places.back() != place)
        places.push_back(place);
    }
  };
  for (std::size_t i = 0; i < suite.scenarios.size(); ++i) {
    enter(suite.scenarios[i].checks, i);
    for (const script::Step& step : suite.scenarios[i].steps)
      enter(step.checks, i);
  }
}

std::vector<const script::Scenario*> Claimants::of(const fault::Fault& fault) const {
  std::set<std::size_t> places;
  for (const std::string& id : fault.violates)
    if (const auto found = by_requirement_.find(id); found != by_requirement_.end())
      places.insert(found->second.begin(), found->second.end());
  std::vector<const script::Scenario*> all;
  for (const std::size_t place : places)
    all.push_back(&suite_.scenarios[place]);
  return all;
}

script::RunOptions prove_options(const Common& common, const script::Suite& suite,
                                 std::uint64_t seed) {
  const script::Claims claims = dut::embedded_claims();
  script::RunOptions options;
  options.play.seed = seed;
  options.play.child = claims.child;
  options.play.requirements = &suite.requirements;
  options.play.rules = suite.rules;
  options.play.repeat = repeat_command(common, "embedded", "");
  options.play.transcript = false;
  options.claims = claims;
  options.reference = dut::embedded_worlds();
  options.device = dut::embedded_worlds();
  options.judge_tests = false;
  return options;
}

std::vector<report::FaultResult> play_faults(const std::vector<fault::Fault>& faults,
                                             const script::Suite& suite,
                                             const script::RunOptions& options, unsigned jobs,
                                             std::uint64_t seed) {
  FaultProgress progress(faults.size());
  const Claimants claimants(suite);
  std::vector<report::FaultResult> results(faults.size());
  for_each_index(faults.size(), jobs, [&](std::size_t i) {
    results[i] = play_fault(faults[i], claimants, options, seed);
    progress.step(faults[i].name);
  });
  progress.end();
  return results;
}

std::map<std::string, std::vector<script::PlannedFault>> faults_of_tests(
    const Common& common, const script::Suite& suite, const std::vector<fault::Fault>& faults) {
  constexpr std::uint64_t seed = 1;
  const Claimants claimants(suite);
  std::vector<fault::Fault> violating;
  for (const fault::Fault& fault : faults)
    if (!claimants.of(fault).empty())
      violating.push_back(fault);
  std::map<std::string, std::vector<script::PlannedFault>> out;
  for (const report::FaultResult& result :
       play_faults(violating, suite, prove_options(common, suite, seed), job_count(0), seed)) {
    for (const std::string& test : result.played) {
      const bool caught = std::find(result.caught_by.begin(), result.caught_by.end(), test) !=
                          result.caught_by.end();
      out[test].push_back({result.fault, result.does, caught});
    }
  }
  return out;
}

}  // namespace karpspec::cli
