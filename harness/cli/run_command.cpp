#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>

#include "cli/commands.h"
#include "cli/dut_choice.h"
#include "dut/adapters/embedded.h"
#include "report/console.h"
#include "report/journal.h"

namespace karpspec::cli {
namespace {

using verdict::Verdict;

// One line that is written over on a terminal, nothing elsewhere but each tenth part.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}
  void step(const report::TestResult& test) {
    ++done_;
    bad_ += report::counts_against(test) ? 1U : 0U;
    if (terminal_) {
      std::cerr << "\r\033[K" << done_ << "/" << total_ << "  " << bad_ << " not passed  "
                << test.test.substr(0, 60) << std::flush;
    } else if (total_ >= 10 && done_ % (total_ / 10) == 0) {
      std::cerr << done_ << "/" << total_ << " tests, " << bad_ << " not passed\n";
    }
  }
  void end() const {
    if (terminal_)
      std::cerr << "\r\033[K";
  }

 private:
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t bad_ = 0;
  bool terminal_;
};

int exit_code(const std::vector<report::TestResult>& tests, bool as_expected) {
  auto counts = report::count_verdicts(tests);
  const std::size_t judged =
      counts[Verdict::pass] + counts[Verdict::fail] + counts[Verdict::inconclusive];
  if (judged == 0 && counts[Verdict::error] > 0)
    return not_judged;
  return as_expected ? conforms : does_not;
}

bool all_good(const std::vector<report::TestResult>& tests) {
  return std::none_of(tests.begin(), tests.end(), report::counts_against);
}

void sort_like(const script::Suite& suite, std::vector<report::TestResult>& tests) {
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < suite.scenarios.size(); ++i)
    place[suite.scenarios[i].name] = i;
  std::sort(tests.begin(), tests.end(),
            [&place](const auto& a, const auto& b) { return place[a.test] < place[b.test]; });
}

// Which tests are played, for the journal.
std::string selection(const std::vector<std::string>& tests, const Shard& shard) {
  std::string text;
  for (const std::string& test : tests)
    text += (text.empty() ? "" : " ") + test;
  if (text.empty())
    text = "all";
  if (shard.count > 1)
    text += ", shard " + std::to_string(shard.index + 1) + "/" + std::to_string(shard.count);
  return text;
}

}  // namespace

int run(const Common& common, const RunCommand& command) {
  const auto shard = read_shard(command.shard);
  if (!shard)
    return complain(shard.error().message);
  if (command.resume && command.out.empty())
    return complain("--resume goes with --out");
  const unsigned jobs = job_count(command.jobs);
  const auto suite = script::load_suite(common.suites, command.tests, jobs);
  if (!suite)
    return complain(suite.error().message);

  std::map<std::string, Expected> expected;
  auto chosen = choose_dut(command.dut, command.fault, common.suites, command.seed);
  if (!chosen)
    return complain(chosen.error().message);
  const std::string expected_file =
      command.expected.empty() ? chosen->expected_file : command.expected;
  if (!expected_file.empty()) {
    auto read = read_expected(expected_file);
    if (!read)
      return complain(read.error().message);
    expected = *std::move(read);
  }

  report::RunResults results;
  results.info.tool_version = KARPSPEC_VERSION;
  results.info.device = chosen->name;
  results.info.seed = command.seed;
  results.info.fault = command.fault;
  results.info.started = wall_clock();
  results.info.profile_version = profile_version(common.suites);
  results.requirements = requirement_list(*suite);

  script::RunOptions options;
  options.play.seed = command.seed;
  options.play.child = chosen->claims.child;
  options.play.numbers = chosen->numbers;
  options.play.requirements = &suite->requirements;
  options.play.device_overrides = chosen->device_overrides;
  options.play.tester_overrides = chosen->tester_overrides;
  options.play.repeat = repeat_command(common, command.dut, command.fault);
  if (const auto started = start_dut(*chosen, common.suites, options.play); !started) {
    const ErrorCode code = started.error().code;
    const bool input = code == ErrorCode::bad_value || code == ErrorCode::not_found;
    complain(started.error().message);
    return input ? bad_input : not_judged;
  }
  results.info.device_version = chosen->version;

  std::optional<report::Journal> journal;
  std::map<std::string, bool> done;
  if (!command.out.empty()) {
    std::error_code error;
    std::filesystem::create_directories(command.out, error);
    if (error)
      return complain(command.out + ": " + error.message());
    auto opened = report::Journal::open(command.out + "/journal.jsonl", results.info,
                                        selection(command.tests, *shard), command.resume);
    if (!opened)
      return complain(opened.error().message);
    journal = *std::move(opened);
    // What an earlier run left there is not this one's, should it be killed.
    for (const char* name : {"results.json", "junit.xml", "report.html"})
      std::filesystem::remove(std::filesystem::path(command.out) / name, error);
    for (const report::TestResult& test : journal->found()) {
      done[test.test] = true;
      results.tests.push_back(test);
    }
  }

  std::size_t todo = 0;
  for (std::size_t i = 0; i < suite->scenarios.size(); ++i) {
    todo += shard->has(i) && !done.contains(suite->scenarios[i].name) ? 1U : 0U;
  }
  Progress progress(todo);
  std::string trouble;
  options.claims = chosen->claims;
  options.jobs = chosen->simulated ? jobs : 1;
  options.reference = dut::embedded_worlds(chosen->numbers);
  options.device = chosen->worlds;
  options.skip = [&](const script::Scenario& scenario, std::size_t index) {
    return !shard->has(index) || done.contains(scenario.name);
  };
  options.on_outcome = [&](script::Outcome&& outcome) {
    if (!command.out.empty() && trouble.empty()) {
      if (auto written = write_evidence(command.out, outcome); !written) {
        trouble = written.error().message;
      } else if (auto added = journal->add(outcome.result); !added) {
        trouble = added.error().message;
      }
    }
    // Evidence that nobody asked for, or that could not be written, is not left behind.
    if (std::error_code ignored; !outcome.wire_capture.empty())
      std::filesystem::remove(outcome.wire_capture, ignored);
    progress.step(outcome.result);
    results.tests.push_back(std::move(outcome.result));
  };
  const auto before = std::chrono::steady_clock::now();
  script::run_suite(*suite, options);
  results.info.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  progress.end();
  sort_like(*suite, results.tests);

  const bool whole = command.tests.empty() && shard->count == 1;
  const std::vector<std::string> findings =
      hold_against(expected, wall_clock().substr(0, 10), results.tests, whole);
  if (!command.out.empty() && trouble.empty()) {
    if (auto written = write_reports(command.out, results); !written)
      trouble = written.error().message;
  }
  std::vector<const report::TestResult*> unexpected;
  for (const report::TestResult& test : results.tests) {
    const auto known = expected.find(test.test);
    const bool as_known = known != expected.end() && known->second.has(test.verdict);
    if (report::counts_against(test) && !as_known)
      unexpected.push_back(&test);
  }
  const report::ConsolePlace place{command.out, common.program};
  std::cerr << report::explain_results(unexpected, results, place);
  if (!expected.empty()) {
    for (const std::string& finding : findings)
      std::cerr << "not as expected: " << finding << "\n";
  }
  std::cerr << report::summary(results, place);
  if (!trouble.empty()) {
    std::cerr << "karpspec: " << trouble << "\n";
    return not_judged;
  }
  return exit_code(results.tests, expected.empty() ? all_good(results.tests) : findings.empty());
}

}  // namespace karpspec::cli
