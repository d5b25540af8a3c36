#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <set>
#include <thread>

#include "cli/commands.h"
#include "cli/dut_choice.h"
#include "dut/adapters/embedded.h"
#include "report/console.h"

namespace karpspec::cli {
namespace {

using verdict::Verdict;

bool names_any(const std::vector<std::string>& list, const std::set<std::string>& ids) {
  return std::any_of(list.begin(), list.end(),
                     [&ids](const std::string& id) { return ids.contains(id); });
}

// The tests that claim one of the fault's requirements, for the device's role that it is for.
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

script::RunOptions options_for(const ProveCommand& command, const script::Suite& suite,
                               const script::Claims& claims) {
  script::RunOptions options;
  options.play.seed = command.seed;
  options.play.child = claims.child;
  options.play.requirements = &suite.requirements;
  options.play.repeat = "karpspec run {test} --dut embedded --seed {seed}";
  options.claims = claims;
  options.reference = dut::embedded_worlds();
  options.device = dut::embedded_worlds();
  options.judge_tests = false;
  return options;
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

std::vector<report::FaultResult> play_faults(const std::vector<fault::Fault>& faults,
                                             const script::Suite& suite,
                                             const script::RunOptions& options, unsigned jobs,
                                             std::uint64_t seed) {
  std::vector<report::FaultResult> results(faults.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < faults.size(); i = next++) {
      results[i] = play_fault(faults[i], suite, options, seed);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads)
    thread.join();
  return results;
}

// Requirements that have a test and no fault that is caught.
std::vector<std::string> uncovered(const script::Suite& suite,
                                   const std::vector<report::FaultResult>& faults) {
  std::set<std::string> caught;
  for (const report::FaultResult& fault : faults) {
    if (!fault.caught_by.empty())
      caught.insert(fault.violates.begin(), fault.violates.end());
  }
  std::set<std::string> claimed;
  for (const script::Scenario& scenario : suite.scenarios) {
    claimed.insert(scenario.checks.begin(), scenario.checks.end());
    for (const script::Step& step : scenario.steps)
      claimed.insert(step.checks.begin(), step.checks.end());
  }
  std::vector<std::string> left;
  std::set_difference(claimed.begin(), claimed.end(), caught.begin(), caught.end(),
                      std::back_inserter(left));
  return left;
}

}  // namespace

int prove(const Common& common, const ProveCommand& command) {
  const unsigned jobs = job_count(command.jobs);
  const auto suite = script::load_suite(common.suites, command.suites, jobs);
  if (!suite)
    return complain(suite.error().message);
  auto faults = fault::read_fault_directory(common.suites + "/faults");
  if (!faults)
    return complain(faults.error().message);
  for (const fault::Fault& fault : *faults) {
    for (const std::string& id : fault.violates) {
      if (!suite->requirements.contains(id)) {
        return complain(fault.where + ": unknown requirement '" + id + "'");
      }
    }
  }
  if (!command.faults.empty()) {
    for (const std::string& name : command.faults) {
      if (auto found = find_fault(common.suites, name); !found)
        return complain(found.error().message);
    }
    std::erase_if(*faults, [&command](const fault::Fault& fault) {
      return std::find(command.faults.begin(), command.faults.end(), fault.name) ==
             command.faults.end();
    });
  } else if (!command.suites.empty()) {
    // A part of the suite can only speak for the faults that it has tests for.
    std::erase_if(*faults,
                  [&suite](const fault::Fault& fault) { return claimants(*suite, fault).empty(); });
  }

  report::RunResults results;
  results.info.tool_version = KARPSPEC_VERSION;
  results.info.device = "embedded, every fault";
  results.info.seed = command.seed;
  results.info.started = wall_clock();
  results.info.profile_version = profile_version(common.suites);
  results.requirements = requirement_list(*suite);

  const script::Claims claims = dut::embedded_claims();
  script::RunOptions options = options_for(command, *suite, claims);
  options.jobs = jobs;
  options.on_outcome = [&results](script::Outcome&& outcome) {
    results.tests.push_back(std::move(outcome.result));
  };
  const auto before = std::chrono::steady_clock::now();
  script::run_suite(*suite, options);
  results.faults = play_faults(*faults, *suite, options, jobs, command.seed);
  results.info.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();

  std::size_t unclean = 0;
  for (const report::TestResult& test : results.tests) {
    if (test.verdict == Verdict::pass || test.verdict == Verdict::not_applicable)
      continue;
    ++unclean;
    std::cerr << report::explain_result(test, "") << "\n";
  }
  std::size_t missed = 0;
  for (const report::FaultResult& fault : results.faults) {
    std::cerr << (fault.caught_by.empty() ? "MISSED  " : "caught  ") << fault.fault << "  "
              << fault.caught_by.size() << " of " << fault.played.size();
    if (!fault.caught_by.empty())
      std::cerr << "  " << fault.caught_by.front();
    std::cerr << "\n";
    missed += fault.caught_by.empty() ? 1U : 0U;
  }
  std::vector<std::string> left;
  if (command.faults.empty())
    left = uncovered(*suite, results.faults);
  for (const std::string& id : left)
    std::cerr << "no caught fault proves the tests of " << id << "\n";
  std::cerr << results.faults.size() - missed << " of " << results.faults.size()
            << " faults caught; the faultless device fails " << unclean << " of "
            << results.tests.size() << " tests; " << left.size()
            << " tested requirements without a caught fault\n";
  if (!command.out.empty()) {
    std::error_code error;
    std::filesystem::create_directories(command.out, error);
    if (auto written = write_reports(command.out, results); !written) {
      return complain(written.error().message);
    }
    std::cerr << "report: " << command.out << "/report.html\n";
  }
  return missed == 0 && unclean == 0 && left.empty() ? conforms : does_not;
}

}  // namespace karpspec::cli
