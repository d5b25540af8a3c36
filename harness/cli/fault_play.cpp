#include "cli/fault_play.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "dut/adapters/embedded.h"

namespace karpspec::cli {
namespace {

using verdict::Verdict;

bool names_any(const std::vector<std::string>& list, const std::set<std::string>& ids) {
  return std::any_of(list.begin(), list.end(),
                     [&ids](const std::string& id) { return ids.contains(id); });
}

// Whether a test shows the fault it was played with. What a document permits though it advises
// against it (SHOULD) is never failed: there the verdict inconclusive, with nobody at fault, shows
// it.
bool shows(const verdict::TestResult& result) {
  return result.verdict == Verdict::fail ||
         (result.verdict == Verdict::inconclusive && result.fault == verdict::Fault::none);
}

report::FaultResult play_fault(const fault::Fault& fault, const script::Suite& suite,
                               script::RunOptions options, std::uint64_t seed) {
  report::FaultResult result;
  result.fault = fault.name;
  result.does = fault.does;
  result.violates = fault.violates;
  options.device =
      dut::embedded_worlds({}, [&fault, seed] { return fault::make_seams(fault, seed); });
  for (const script::Scenario* scenario : claimants(suite, fault)) {
    result.played.push_back(scenario->name);
    const script::Outcome outcome = script::run_test(*scenario, options);
    if (shows(outcome.result))
      result.caught_by.push_back(scenario->name);
  }
  return result;
}

// One line that is written over, on a terminal only: a proof takes about a second.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}
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

std::vector<const script::Scenario*> claimants(const script::Suite& suite,
                                               const fault::Fault& fault) {
  const std::set<std::string> violated(fault.violates.begin(), fault.violates.end());
  std::vector<const script::Scenario*> all;
  for (const script::Scenario& scenario : suite.scenarios) {
    bool claims = names_any(scenario.checks, violated);
    for (const script::Step& step : scenario.steps)
      claims = claims || names_any(step.checks, violated);
    if (claims)
      all.push_back(&scenario);
  }
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
  Progress progress(faults.size());
  std::vector<report::FaultResult> results(faults.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < faults.size(); i = next++) {
      results[i] = play_fault(faults[i], suite, options, seed);
      progress.step(faults[i].name);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads)
    thread.join();
  progress.end();
  return results;
}

std::map<std::string, std::vector<script::PlannedFault>> faults_of_tests(
    const Common& common, const script::Suite& suite, const std::vector<fault::Fault>& faults) {
  constexpr std::uint64_t seed = 1;
  std::vector<fault::Fault> violating;
  for (const fault::Fault& fault : faults)
    if (!claimants(suite, fault).empty())
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
