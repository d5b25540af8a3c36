#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>

#include "base/for_each_index.h"
#include "cli/commands.h"
#include "cli/dut_choice.h"
#include "cli/generated_files.h"
#include "dut/adapters/embedded.h"
#include "report/console.h"
#include "report/device_use.h"
#include "report/findings.h"
#include "report/journal.h"
#include "script/pics.h"
#include "script/probes.h"
#include "script/secrets.h"

namespace karpspec::cli {
namespace {

using verdict::Verdict;

// One line that is written over on a terminal, nothing elsewhere but each tenth part.
class RunProgress {
 public:
  explicit RunProgress(std::size_t total) : total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}
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

// The reports of the run in DIRECTORY, whoever made them, and its signature: what they say is not
// so any more. Errors: io.
Result<void> clear_reports(const std::string& directory) {
  KARPSPEC_CHECK(remove_generated(directory, report_files));
  return remove_generated(directory, signature_files);
}

bool holds_run(const std::string& directory) {
  namespace fs = std::filesystem;
  const fs::path out = directory;
  std::error_code error;
  return fs::exists(out / "journal.jsonl", error) || fs::exists(out / "results.json", error);
}

// Errors: bad_value where there is a run and nothing says what becomes of it.
Result<void> may_hold(const RunCommand& command) {
  if (holds_run(command.out) && !command.resume && !command.force) {
    return fail(ErrorCode::bad_value,
                command.out +
                    ": holds a run; --resume goes on with it, --force puts this one in "
                    "its place");
  }
  return {};
}

// Where a device's log is to be found before and after its run, also when it did not start.
// Errors: as prepare_out; nothing is removed yet.
Result<void> prepare_device_log(const RunCommand& command, const dut::DutFile& file) {
  if (!file.start.container || command.out.empty())
    return {};
  KARPSPEC_CHECK(may_hold(command));
  KARPSPEC_CHECK(writable_directory(command.out));
  if (!command.resume)
    KARPSPEC_CHECK(remove_generated(command.out, {{device_log_name}}));
  file.start.container->record->gather_logs_in(command.out + "/" + device_log_name);
  return {};
}

std::optional<verdict::DeviceUse> device_use(const std::optional<dut::DutFile>& file) {
  if (!file || !file->start.container)
    return std::nullopt;
  const lab::ContainerUse use = file->start.container->record->use();
  return verdict::DeviceUse{use.peak_memory, use.cpu_time, use.starts, use.deaths,
                            use.out_of_memory};
}

// Makes DIRECTORY, or takes it when it holds no run; the evidence of two runs is never mixed.
// HAS_LOG: the device's log there is this run's already.
// Errors: bad_value where there is a run and nothing says what becomes of it; io.
Result<void> prepare_out(const RunCommand& command, bool has_log) {
  KARPSPEC_CHECK(may_hold(command));
  if (command.force && holds_run(command.out)) {
    KARPSPEC_CHECK(clear_reports(command.out));
    KARPSPEC_CHECK(remove_generated(command.out, run_files, job_count(command.jobs)));
    if (!has_log)
      KARPSPEC_CHECK(remove_generated(command.out, {{device_log_name}}));
  }
  return writable_directory(command.out);
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
  if (command.out.empty() && (command.resume || command.force))
    return complain(std::string(command.resume ? "--resume" : "--force") + " goes with --out");
  if (command.resume && command.force)
    return complain("--resume keeps the run that is in --out, --force does not");
  const auto patience = script::duration_from(command.patience);
  if (!command.patience.empty() && !patience)
    return complain("--patience " + command.patience + ": expected a time such as 90s, 5m or 2h");
  const unsigned jobs = job_count(command.jobs);
  // What is read at once comes first: a mistake in it is told at once too.
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
  Result<script::Suite> suite;
  Result<std::string> digest;
  for_each_index(2, jobs, [&](std::size_t i) {
    if (i == 0)
      suite = script::load_suite(common.suites, command.tests, jobs);
    else
      digest = suites_digest(common.suites);
  });
  if (!suite)
    return complain(suite.error().message);

  report::RunResults results;
  results.info.tool_version = KARPSPEC_VERSION;
  results.info.device = chosen->name;
  results.info.seed = command.seed;
  results.info.fault = command.fault;
  results.info.dut_file = chosen->file ? command.dut : "";
  results.info.dut_digest = chosen->file_digest;
  if (!digest)
    return complain(digest.error().message);
  results.info.suites_digest = *std::move(digest);
  results.info.pics = script::claimed_items(chosen->claims);
  results.info.overrides = chosen->overrides;
  results.info.selection = selection(command.tests, *shard);
  results.info.started = wall_clock();
  results.info.profile_version = profile_version(common.suites);
  results.requirements = requirement_list(*suite);

  script::RunOptions options;
  options.play.seed = command.seed;
  options.play.child = chosen->claims.child;
  options.play.numbers = chosen->numbers;
  options.play.requirements = &suite->requirements;
  options.play.rules = suite->rules;
  options.play.device_overrides = chosen->device_overrides;
  options.play.tester_overrides = chosen->tester_overrides;
  options.play.repeat = repeat_command(common, command.dut, command.fault);
  if (chosen->file) {
    if (auto ready = prepare_device_log(command, *chosen->file); !ready)
      return complain(ready.error().message);
  }
  if (const auto started = start_dut(*chosen, common.suites, options.play, command.jobs);
      !started) {
    const ErrorCode code = started.error().code;
    const bool input = code == ErrorCode::bad_value || code == ErrorCode::not_found;
    complain(without_secrets(started.error().message, *chosen));
    return input ? bad_input : not_judged;
  }
  results.info.device_version = chosen->version;
  for (const std::string& finding : chosen->findings) {
    results.info.findings.push_back({verdict::Finding::Kind::describe, "", finding});
    std::cerr << "finding: " << finding << "\n";
  }

  std::optional<report::Journal> journal;
  std::optional<verdict::DeviceUse> used_before;
  std::map<std::string, bool> done;
  if (!command.out.empty()) {
    const bool has_log = chosen->file && chosen->file->start.container;
    if (auto ready = prepare_out(command, has_log); !ready)
      return complain(ready.error().message);
    auto opened = report::Journal::open(command.out + "/journal.jsonl", results.info,
                                        results.info.selection, command.resume);
    if (!opened)
      return complain(opened.error().message);
    journal = *std::move(opened);
    used_before = journal->use();
    // What the run left there before it went on is not its result, should it be killed now.
    if (command.resume) {
      if (auto cleared = clear_reports(command.out); !cleared)
        return complain(cleared.error());
    }
    for (const report::TestResult& test : journal->found()) {
      done[test.test] = true;
      results.tests.push_back(test);
    }
  }

  std::size_t todo = 0;
  for (std::size_t i = 0; i < suite->scenarios.size(); ++i) {
    todo += shard->has(i) && !done.contains(suite->scenarios[i].name) ? 1U : 0U;
  }
  RunProgress progress(todo);
  std::string trouble;
  options.claims = chosen->claims;
  if (patience && options.claims.patience)
    options.claims.patience = patience;
  options.jobs = chosen->simulated ? jobs : chosen->lanes;
  options.real_time = !chosen->simulated;
  options.reference = dut::embedded_worlds(chosen->numbers);
  options.device = chosen->worlds;
  options.device_is_reference = chosen->is_reference;
  options.skip = [&](const script::Scenario& scenario, std::size_t index) {
    return !shard->has(index) || done.contains(scenario.name);
  };
  std::mutex mutex;
  std::map<std::string, std::string> not_written;  // why there is no evidence, by test
  std::atomic<bool> writes = !command.out.empty();
  options.on_played = [&](script::Outcome& outcome) {
    if (!writes)
      return;
    if (auto written = write_evidence(command.out, outcome); !written) {
      const std::lock_guard lock(mutex);
      not_written.emplace(outcome.result.test, written.error().message);
    }
  };
  // The journal names a test when its evidence is there, and none behind one that has none.
  options.on_outcome = [&](script::Outcome&& outcome) {
    if (writes) {
      const std::lock_guard lock(mutex);
      if (const auto why = not_written.find(outcome.result.test); why != not_written.end()) {
        trouble = why->second;
      } else if (auto added = journal->add(outcome.result,
                                           report::joined(used_before, device_use(chosen->file)));
                 !added) {
        trouble = added.error().message;
      }
      writes = trouble.empty();
    }
    progress.step(outcome.result);
    results.tests.push_back(std::move(outcome.result));
  };
  const auto before = std::chrono::steady_clock::now();
  script::run_suite(*suite, options);
  results.info.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  progress.end();
  sort_like(*suite, results.tests);

  const std::size_t described = results.info.findings.size();
  for (verdict::Finding& finding : report::broken_claims(results))
    results.info.findings.push_back(std::move(finding));
  // A device that has died once is not tried further; of shards one tries for all, and merging them
  // leaves it out where another one has seen it die.
  const bool all_judged =
      std::none_of(results.tests.begin(), results.tests.end(),
                   [](const report::TestResult& test) { return test.verdict == Verdict::error; });
  if (!command.no_probes && shard->index == 0) {
    if (!all_judged) {
      std::cerr << report::no_probes_note;
    } else {
      for (verdict::Finding& finding : script::unclaimed_abilities(*suite, options))
        results.info.findings.push_back(std::move(finding));
    }
  }
  // What the last container took is known when it is gone.
  chosen->worlds = options.device = nullptr;
  results.info.device_use = report::joined(used_before, device_use(chosen->file));
  for (std::size_t i = described; i < results.info.findings.size(); ++i)
    std::cerr << "finding: " << results.info.findings[i].text << " ("
              << results.info.findings[i].test << ")\n";
  std::set<std::string> names;
  if (command.tests.empty()) {
    for (const script::Scenario& scenario : suite->scenarios)
      names.insert(scenario.name);
  }
  const std::vector<verdict::Finding> otherwise =
      hold_against(expected, wall_clock().substr(0, 10), results.tests, names);
  results.info.findings.insert(results.info.findings.end(), otherwise.begin(), otherwise.end());
  Result<void> written;
  if (!command.out.empty() && trouble.empty())
    written = write_reports(command.out, results, jobs);
  if (!written)
    trouble = written.error().message;
  std::vector<const report::TestResult*> unexpected;
  for (const report::TestResult& test : results.tests) {
    const auto known = expected.find(test.test);
    const bool as_known = known != expected.end() && known->second.has(test.verdict);
    if (report::counts_against(test) && !as_known)
      unexpected.push_back(&test);
  }
  const report::ConsolePlace place{command.out, common.program};
  std::cerr << report::explain_results(unexpected, results, place);
  for (const verdict::Finding& finding : otherwise)
    std::cerr << "not as expected: " << finding.test << (finding.test.empty() ? "" : ": ")
              << finding.text << "\n";
  std::cerr << report::summary(results, place);
  if (!trouble.empty()) {
    std::cerr << "karpspec: " << trouble << "\n";
    return not_judged;
  }
  return exit_code(results, shard->count > 1);
}

}  // namespace karpspec::cli
