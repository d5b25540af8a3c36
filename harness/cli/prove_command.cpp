#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <mutex>
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

script::RunOptions options_for(const Common& common, const ProveCommand& command,
                               const script::Suite& suite, const script::Claims& claims) {
  script::RunOptions options;
  options.play.seed = command.seed;
  options.play.child = claims.child;
  options.play.requirements = &suite.requirements;
  options.play.repeat = repeat_command(common, "embedded", "");
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

// The requirements that the proof speaks for: all; those of the chosen faults; those that the
// chosen part of the suite has tests for.
std::vector<verdict::Requirement> requirements_of(const ProveCommand& command,
                                                  const script::Suite& suite,
                                                  const std::vector<fault::Fault>& faults) {
  if (command.faults.empty() && command.suites.empty())
    return requirement_list(suite);
  std::set<std::string> wanted;
  if (!command.faults.empty()) {
    for (const fault::Fault& fault : faults)
      wanted.insert(fault.violates.begin(), fault.violates.end());
  } else {
    for (const script::Scenario& scenario : suite.scenarios)
      wanted.insert(scenario.checks.begin(), scenario.checks.end());
  }
  std::vector<verdict::Requirement> rows = requirement_list(suite);
  std::erase_if(rows,
                [&wanted](const verdict::Requirement& row) { return !wanted.contains(row.id); });
  return rows;
}

void tell(const report::Proof& proof, const Common& common) {
  report::RunResults clean;
  clean.requirements = proof.requirements;
  std::cerr << report::explain_results(report::unclean_tests(proof), clean, {"", common.program});
  for (const report::FaultResult* fault : report::missed_faults(proof)) {
    std::cerr << "MISSED  " << fault->fault << ": the reference device " << fault->does << "; "
              << fault->played.size() << " tests that claim ";
    for (const std::string& id : fault->violates)
      std::cerr << (id == fault->violates.front() ? "" : ", ") << id;
    std::cerr << " do not see it\n";
  }
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

  report::Proof proof;
  proof.info.tool_version = KARPSPEC_VERSION;
  proof.info.device = "embedded";
  proof.info.seed = command.seed;
  proof.info.started = wall_clock();
  proof.info.profile_version = profile_version(common.suites);
  proof.requirements = requirements_of(command, *suite, *faults);

  const script::Claims claims = dut::embedded_claims();
  script::RunOptions options = options_for(common, command, *suite, claims);
  options.jobs = jobs;
  options.on_outcome = [&proof](script::Outcome&& outcome) {
    proof.tests.push_back(std::move(outcome.result));
  };
  const auto before = std::chrono::steady_clock::now();
  script::run_suite(*suite, options);
  proof.faults = play_faults(*faults, *suite, options, jobs, command.seed);
  proof.info.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();

  tell(proof, common);
  std::size_t claimed = 0;
  std::size_t unproven = 0;
  for (const report::RequirementProof& row : report::judge_proof(proof)) {
    claimed += row.tests.empty() ? 0U : 1U;
    if (row.state != "unproven")
      continue;
    ++unproven;
    std::cerr << "UNPROVEN  " << row.requirement->id << ": no fault of it is caught; it has "
              << row.tests.size() << " tests\n";
  }
  const std::size_t missed = report::missed_faults(proof).size();
  const std::size_t unclean = report::unclean_tests(proof).size();
  std::cerr << proof.faults.size() - missed << " of " << proof.faults.size() << " faults caught; "
            << claimed - unproven << " of " << claimed
            << " tested requirements proven; the faultless device fails " << unclean << " of "
            << proof.tests.size() << " tests\n";
  if (!command.out.empty()) {
    std::error_code error;
    std::filesystem::create_directories(command.out, error);
    if (error)
      return complain(command.out + ": " + error.message());
    if (auto written = write_reports(command.out, proof); !written)
      return complain(written.error().message);
    std::cerr << "kill matrix: " << command.out << "/proof.html\n";
  }
  return missed == 0 && unclean == 0 && unproven == 0 ? conforms : does_not;
}

}  // namespace karpspec::cli
