#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/dut_choice.h"
#include "cli/fuzz_evidence.h"
#include "cli/generated_files.h"
#include "dut/adapters/embedded.h"
#include "fuzz/live/campaign.h"
#include "fuzz/live/journal.h"
#include "report/fuzz_run.h"
#include "report/journal.h"
#include "script/pics.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

// Whoever stops a run gets the report of what it has done.
std::atomic<bool> fuzzing_interrupted{false};
void interrupt_fuzzing(int) {
  fuzzing_interrupted = true;
}

// One line that is written over on a terminal; elsewhere a line every ten seconds.
class ProgressLine {
 public:
  ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1) {}
  void show(const fuzz::Progress& progress, std::size_t findings) {
    const double every = terminal_ ? 0.2 : 10.0;
    if (progress.seconds < next_)
      return;
    next_ = progress.seconds + every;
    const auto rate = static_cast<std::size_t>(
        progress.seconds > 0 ? static_cast<double>(progress.cases) / progress.seconds : 0);
    std::cerr << (terminal_ ? "\r\033[K" : "") << static_cast<std::size_t>(progress.seconds)
              << " s  " << progress.cases << " cases, " << rate << " a second, "
              << progress.messages << " messages  " << findings
              << (findings == 1 ? " finding" : " findings");
    if (progress.restarts > 0)
      std::cerr << ", " << progress.restarts << " restarts";
    std::cerr << (terminal_ ? "" : "\n") << std::flush;
  }
  void end() const {
    if (terminal_)
      std::cerr << "\r\033[K";
  }
  void say(const std::string& text) const {
    end();
    std::cerr << text << "\n";
  }

 private:
  bool terminal_;
  double next_ = 0;
};

// Makes OUT, or takes it when it holds no run. Errors: bad_value, io.
Result<void> prepare(const FuzzCommand& command) {
  std::error_code error;
  const fs::path out = command.out;
  const bool there = fs::exists(out / "journal.jsonl", error);
  if (there && !command.resume && !command.force)
    return fail(ErrorCode::bad_value,
                command.out +
                    ": holds a run; --resume goes on with it, --force puts this one in its place");
  if (there && command.force) {
    KARPSPEC_CHECK(remove_generated(command.out, fuzz_files));
    KARPSPEC_CHECK(remove_generated(command.out, signature_files));
  }
  return writable_directory(command.out);
}

// What is learned about an exchange while the others are looked at is kept out of the way.
void show_targets(const std::vector<fuzz::Target>& targets,
                  const std::vector<fuzz::LeftOut>& left_out) {
  std::size_t operations = 0;
  for (const fuzz::Target& target : targets)
    operations += target.fields.size() + target.octets.size();
  std::cerr << targets.size() << " exchanges, " << operations << " things to do to their messages";
  if (!left_out.empty())
    std::cerr << "; left out are " << left_out.size() << " exchanges:";
  std::cerr << "\n";
  for (const fuzz::LeftOut& one : left_out)
    std::cerr << "  " << one.exchange << ": " << one.reason << "\n";
}

// What was seen once only may be the laboratory's, but for a device that has died.
int end_with(const std::vector<fuzz::Finding>& findings) {
  const bool found =
      std::any_of(findings.begin(), findings.end(), [](const fuzz::Finding& finding) {
        return finding.reproduced || finding.symptom == fuzz::Symptom::crash;
      });
  return found ? does_not : conforms;
}

// Bad usage in one sentence, or nothing.
std::optional<std::string> wrong_with(const FuzzCommand& command) {
  if (command.dut.empty())
    return "fuzz: expected --dut FILE, or the name of a target";
  if (command.out.empty() && (command.resume || command.force))
    return std::string(command.resume ? "--resume" : "--force") + " goes with --out";
  if (command.resume && command.force)
    return "--resume keeps the run that is in --out, --force does not";
  std::vector<std::string> names;
  for (const fuzz::Exchange& exchange : fuzz::exchanges())
    names.push_back(exchange.name);
  for (const std::string& name : command.only)
    if (std::ranges::find(names, name) == names.end())
      return "--only " + name + ": there is no such exchange" + transcript::suggestion(name, names);
  return std::nullopt;
}

// What the report says of the run whatever comes of it.
report::FuzzRun run_of(const Common& common, const FuzzCommand& command, const DutChoice& chosen) {
  report::FuzzRun run;
  run.info.tool_version = KARPSPEC_VERSION;
  run.info.device = chosen.name;
  run.info.device_version = chosen.version;
  run.info.seed = command.seed;
  run.info.dut_file = chosen.file ? command.dut : "";
  run.info.dut_digest = chosen.file_digest;
  run.info.profile_version = profile_version(common.suites);
  run.info.started = wall_clock();
  if (auto digest = suites_digest(common.suites))
    run.info.suites_digest = *std::move(digest);
  return run;
}

// The journal of --out, which belongs to one device, seed and choice of exchanges.
Result<fuzz::Journal> open_journal(const FuzzCommand& command, const report::FuzzRun& run) {
  KARPSPEC_CHECK(prepare(command));
  std::string head = run.info.device + " " + run.info.dut_digest + " " + run.info.suites_digest +
                     " seed " + std::to_string(command.seed) + " " + KARPSPEC_VERSION;
  for (const std::string& name : command.only)
    head += " " + name;
  return fuzz::Journal::open(command.out + "/journal.jsonl", head, command.resume);
}

fuzz::Options options_of(const FuzzCommand& command, const DutChoice& chosen) {
  const bool daemon = chosen.file && chosen.file->start.in_root();
  fuzz::Options options;
  options.time = std::chrono::seconds{command.time};
  options.cases = command.cases;
  options.seed = command.seed;
  options.patient = !chosen.simulated;
  // Fewer than the IKE SAs that a device may leave half open before it refuses more.
  options.renew_every = daemon ? 1000 : 50;
  options.deadlines.alive_ms = chosen.simulated ? 5000 : command.deadline_ms;
  return options;
}

// Writes what a campaign comes to, as it comes, and tells who watches.
class Chronicle {
 public:
  Chronicle(const Common& common, const FuzzCommand& command, std::optional<fuzz::Journal> journal)
      : command_(command), journal_(std::move(journal)), evidence_(command, common) {
    hooks_.record = [this](const fuzz::Record& record) {
      if (journal_)
        note(journal_->add(record));
    };
    hooks_.finding = [this](const fuzz::Finding& finding, bool first) { found(finding, first); };
    hooks_.progress = [this](const fuzz::Progress& progress, std::size_t findings) {
      line_.show(progress, findings);
    };
    hooks_.stopped = [this] { return fuzzing_interrupted.load() || !trouble_.empty(); };
  }
  Chronicle(const Chronicle&) = delete;
  Chronicle& operator=(const Chronicle&) = delete;

  [[nodiscard]] const fuzz::Campaign::Hooks& hooks() const { return hooks_; }
  // What cannot be written, or "".
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  // What an earlier run has written goes on.
  void resume(fuzz::Campaign& campaign) const {
    if (journal_ && command_.resume)
      campaign.resume(journal_->records(), journal_->findings());
  }
  void end(const fuzz::Campaign& campaign, const std::vector<fuzz::LeftOut>& left_out,
           report::FuzzRun& run) {
    line_.end();
    run.info.wall_seconds = campaign.progress().seconds;
    fill_fuzz_run(campaign, left_out, evidence_, run);
    if (command_.out.empty() || !trouble_.empty())
      return;
    note(report::write_file(command_.out + "/fuzz.json",
                            report::json_text(report::to_json(run), 1) + "\n"));
    note(report::write_file(command_.out + "/fuzz.html", report::to_html(run)));
  }

 private:
  void note(const Result<void>& done) {
    if (!done && trouble_.empty())
      trouble_ = done.error().message;
  }
  void found(const fuzz::Finding& finding, bool first) {
    if (journal_)
      note(journal_->add(finding));
    if (!first)
      return;
    line_.say(std::string(finding.reproduced ? "found" : "seen once, not reproduced") + " after " +
              std::to_string(static_cast<int>(finding.seconds)) + " s: " + finding.signature +
              "  (" + finding.reduced.title() + ")");
    if (!command_.out.empty())
      note(evidence_.write(finding));
  }

  const FuzzCommand& command_;
  std::optional<fuzz::Journal> journal_;
  FuzzEvidence evidence_;
  ProgressLine line_;
  std::string trouble_;
  fuzz::Campaign::Hooks hooks_;
};

}  // namespace

int fuzz(const Common& common, const FuzzCommand& command) {
  if (!command.target.empty())
    return fuzz_target(common, command);
  if (const auto wrong = wrong_with(command))
    return complain(*wrong);
  auto chosen = choose_dut(command.dut, "", common.suites, command.seed);
  if (!chosen)
    return complain(chosen.error().message);
  // Of the suites only what scenarios are read with is wanted.
  const auto suite = script::load_suite(common.suites, {"rfc5996/1.2"}, 1);
  if (!suite)
    return complain(suite.error().message);
  auto context = script::load_context(common.suites, suite->requirements);
  if (!context)
    return complain(context.error().message);
  auto material = fuzz_material(common.suites);
  if (!material)
    return complain(material.error().message);

  script::PlayOptions play;
  play.seed = command.seed;
  play.child = chosen->claims.child;
  play.numbers = chosen->numbers;
  play.requirements = &suite->requirements;
  play.rules = suite->rules;
  play.device_overrides = chosen->device_overrides;
  play.tester_overrides = chosen->tester_overrides;
  if (const auto started = start_dut(*chosen, common.suites, play); !started) {
    const ErrorCode code = started.error().code;
    complain(started.error().message);
    return code == ErrorCode::bad_value || code == ErrorCode::not_found ? bad_input : not_judged;
  }

  report::FuzzRun run = run_of(common, command, *chosen);
  std::optional<fuzz::Journal> journal;
  if (!command.out.empty()) {
    auto opened = open_journal(command, run);
    if (!opened)
      return complain(opened.error().message);
    journal = *std::move(opened);
  }

  const fuzz::Options options = options_of(command, *chosen);
  const script::MakeWorld worlds =
      chosen->worlds ? chosen->worlds : dut::embedded_worlds(chosen->numbers);
  fuzz::Session session(worlds, play, *context, suite->rules);
  std::vector<fuzz::LeftOut> left_out;
  auto targets = fuzz::find_targets(session, chosen->claims, *material, chosen->numbers,
                                    options.deadlines, command.only, left_out);
  if (!targets) {
    complain(targets.error().message);
    return not_judged;
  }
  show_targets(*targets, left_out);
  if (targets->empty()) {
    complain("the device goes through none of the exchanges as it should, so nothing was altered");
    return not_judged;
  }

  Chronicle chronicle(common, command, std::move(journal));
  std::signal(SIGINT, interrupt_fuzzing);
  std::signal(SIGTERM, interrupt_fuzzing);
  fuzz::Campaign campaign(fuzz::Generator(*std::move(targets), command.seed), session, options,
                          chronicle.hooks());
  chronicle.resume(campaign);
  const auto done = campaign.run();
  chronicle.end(campaign, left_out, run);

  if (command.json)
    std::cout << report::json_text(report::to_json(run), 1) << "\n";
  std::cerr << report::fuzz_summary(run, command.out);
  if (!done)
    complain("the device cannot be had any more: " + done.error().message);
  if (!chronicle.trouble().empty()) {
    complain(chronicle.trouble());
    return not_judged;
  }
  if (!done && campaign.findings().empty())
    return not_judged;
  return end_with(campaign.findings());
}

}  // namespace karpspec::cli
