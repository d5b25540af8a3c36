#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <set>

#include "cli/commands.h"
#include "cli/dut_choice.h"
#include "cli/interop_run.h"
#include "dut/adapters/device_root.h"
#include "dut/adapters/start_at.h"
#include "interop/matrix.h"
#include "report/record_journal.h"
#include "script/pics.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using interop::Cell;
using interop::Matrix;
using report::InteropRun;
using report::Json;
using verdict::InteropCell;
using verdict::Verdict;

// What is gone with the run.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool is_wanted(const Cell& cell, const std::vector<std::string>& only) {
  return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& prefix) {
           return cell.name == prefix || cell.name.starts_with(prefix + "/");
         });
}

std::string selection_of(const std::vector<std::string>& only, const Shard& shard) {
  std::string text;
  for (const std::string& prefix : only)
    text += (text.empty() ? "" : " ") + prefix;
  if (text.empty())
    text = "all";
  if (shard.count > 1)
    text += ", shard " + std::to_string(shard.index + 1) + "/" + std::to_string(shard.count);
  return text;
}

Result<InteropRun> head_of(const Common& common, const InteropCommand& command,
                           const Matrix& matrix, const Shard& shard) {
  InteropRun run;
  run.tool_version = KARPSPEC_VERSION;
  run.profile_version = profile_version(common.suites);
  KARPSPEC_TRY(suites, suites_digest(common.suites));
  run.suites_digest = std::move(suites);
  run.title = matrix.title.empty() ? fs::path(command.matrix).stem().string() : matrix.title;
  run.matrix = command.matrix;
  KARPSPEC_TRY(digest, file_digest(command.matrix));
  run.matrix_digest = std::move(digest);
  run.seed = matrix.seed;
  run.repetitions = matrix.repetitions;
  run.selection = selection_of(command.only, shard);
  run.started = wall_clock();
  for (const interop::MatrixDevice& device : matrix.devices) {
    KARPSPEC_TRY(of_file, file_digest(device.path));
    run.devices.push_back({device.name, device.dut.name, "", device.dut_file, std::move(of_file),
                           device.children, script::claimed_items(device.claims)});
  }
  for (const interop::Exchange* exchange : matrix.exchanges)
    run.exchanges.push_back({exchange->name, exchange->title});
  return run;
}

Json journal_head(const InteropRun& run) {
  Json devices = Json::array();
  for (const verdict::InteropDevice& device : run.devices)
    devices.push_back({device.name, device.dut_digest});
  return {{"journal", interop_journal},
          {"matrix_digest", run.matrix_digest},
          {"seed", run.seed},
          {"cells", run.selection},
          {"devices", std::move(devices)},
          {"suites_digest", run.suites_digest},
          {"tool_version", run.tool_version},
          {"profile_version", run.profile_version}};
}

// Makes OUT, or takes it when it holds no run. Errors: bad_value, io.
Result<void> prepare(const InteropCommand& command) {
  std::error_code error;
  const fs::path out = command.out;
  const bool there = fs::exists(out / "journal.jsonl", error) || holds_interop(command.out);
  if (there && !command.resume && !command.force)
    return fail(ErrorCode::bad_value,
                command.out +
                    ": holds a run; --resume goes on with it, --force puts this one in its place");
  if (there && command.force)
    KARPSPEC_CHECK(clear_interop(command.out));
  return writable_directory(command.out);
}

void note_version(InteropRun& run, const std::string& device, const std::string& version) {
  for (verdict::InteropDevice& one : run.devices)
    if (one.name == device && one.version.empty())
      one.version = version;
}

// Holds the cells against what is known beforehand, as a run's tests are; what is not so is a
// finding of the run. ALL: the names of all cells that there are, or none.
void hold_cells(const std::map<std::string, Expected>& expected, InteropRun& run,
                const std::set<std::string>& all) {
  std::vector<report::TestResult> tests;
  for (const InteropCell& cell : run.cells) {
    report::TestResult test;
    test.test = cell.name;
    test.verdict = cell.verdict;
    tests.push_back(std::move(test));
  }
  run.findings = hold_against(expected, wall_clock().substr(0, 10), tests, all);
  for (std::size_t i = 0; i < tests.size(); ++i)
    run.cells[i].expected = tests[i].expected;
}

// The cells that are to be played, from the first to the last; what came of them goes to RUN.
class Playing {
 public:
  Playing(const Matrix& matrix, const interop::Tools& tools, InteropRun& run)
      : matrix_(matrix), tools_(tools), run_(run) {}

  // Goes on with what an earlier run has left, and writes down what comes. Errors: bad_value, io.
  Result<void> use(const InteropCommand& command) {
    KARPSPEC_CHECK(prepare(command));
    out_ = command.out;
    KARPSPEC_TRY(journal,
                 report::RecordJournal::open(
                     out_ + "/journal.jsonl", journal_head(run_), command.resume,
                     [](const Json& json) { return report::cell_from_json(json).has_value(); }));
    for (const Json& record : journal.found()) {
      auto cell = report::cell_from_json(record);
      const Json versions = record.value("versions", Json::object());
      for (const auto& [device, version] : versions.items())
        if (version.is_string())
          note_version(run_, device, version.get<std::string>());
      done_.emplace(cell->name, *std::move(cell));
    }
    journal_.emplace(std::move(journal));
    // What the run left there before it went on is not its result, should it be killed now.
    std::error_code error;
    for (const char* name : {"interop.json", "verdicts.json", "interop.html"})
      fs::remove(fs::path(out_) / name, error);
    return {};
  }

  Result<void> play(const std::vector<const Cell*>& cells) {
    std::size_t number = 0;
    for (const Cell* cell : cells) {
      ++number;
      if (const auto known = done_.find(cell->name); known != done_.end()) {
        run_.cells.push_back(known->second);
        continue;
      }
      interop::Played played = interop::play_cell(matrix_, *cell, tools_);
      note_version(run_, cell->initiator->name, played.initiator_version);
      note_version(run_, cell->responder->name, played.responder_version);
      if (journal_)
        KARPSPEC_CHECK(keep(*cell, played));
      if (played.cell.verdict != Verdict::not_applicable)
        std::cerr << number << "/" << cells.size() << "  " << to_string(played.cell.verdict) << "  "
                  << played.cell.name << "\n";
      run_.cells.push_back(std::move(played.cell));
    }
    return {};
  }

 private:
  Result<void> keep(const Cell& cell, interop::Played& played) {
    KARPSPEC_CHECK(write_interop_evidence(out_, played));
    Json record = report::to_json(played.cell);
    record["versions"] = {{cell.initiator->name, played.initiator_version}};
    record["versions"][cell.responder->name] = played.responder_version;
    return journal_->add(record);
  }

  const Matrix& matrix_;
  const interop::Tools& tools_;
  InteropRun& run_;
  std::string out_;
  std::optional<report::RecordJournal> journal_;
  std::map<std::string, InteropCell> done_;
};

// Bad usage in one sentence, or nothing.
std::optional<std::string> wrong_with(const InteropCommand& command) {
  if (command.out.empty() && (command.resume || command.force))
    return std::string(command.resume ? "--resume" : "--force") + " goes with --out";
  if (command.resume && command.force)
    return "--resume keeps the run that is in --out, --force does not";
  return std::nullopt;
}

}  // namespace

int interop(const Common& common, const InteropCommand& command) {
  if (const auto wrong = wrong_with(command))
    return complain(*wrong);
  const auto shard = read_shard(command.shard);
  if (!shard)
    return complain(shard.error().message);
  const interop::MatrixChecks checks{
      [&](const std::string& path) { return read_checked_dut_file(path, common.suites); },
      dut::why_not_at_port};
  auto matrix = interop::read_matrix(command.matrix, checks);
  if (!matrix)
    return complain(matrix.error().message);
  if (command.seed)
    matrix->seed = *command.seed;
  std::map<std::string, Expected> expected;
  if (const std::string file = command.expected.empty() ? matrix->expected : command.expected;
      !file.empty()) {
    auto read = read_expected(file);
    if (!read)
      return complain(read.error().message);
    expected = *std::move(read);
  }
  const auto requirements = script::load_requirements(common.suites);
  if (!requirements)
    return complain(requirements.error().message);
  auto run = head_of(common, command, *matrix, *shard);
  if (!run)
    return complain(run.error().message);
  const std::vector<Cell> cells = interop::cells_of(*matrix);
  run->cells_in_all = cells.size();
  for (const std::string& prefix : command.only) {
    if (std::none_of(cells.begin(), cells.end(),
                     [&](const Cell& cell) { return is_wanted(cell, {prefix}); }))
      return complain("--only " + prefix + ": the matrix has no such cell");
  }
  std::vector<const Cell*> wanted;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (shard->has(i) && is_wanted(cells[i], command.only))
      wanted.push_back(&cells[i]);

  auto folder = dut::make_device_folder();
  if (!folder) {
    complain(folder.error().message);
    return not_judged;
  }
  const TemporaryFolder temporary(*folder);
  const interop::Tools tools{dut::start_at, common.suites + "/credentials", &*requirements,
                             temporary.path()};
  Playing playing(*matrix, tools, *run);
  if (!command.out.empty())
    if (const auto ready = playing.use(command); !ready)
      return complain(ready.error().message);
  const auto before = std::chrono::steady_clock::now();
  const auto played = playing.play(wanted);
  run->wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  if (!played) {
    complain(played.error().message);
    return not_judged;
  }
  std::set<std::string> names;
  if (command.only.empty()) {
    for (const Cell& cell : cells)
      names.insert(cell.name);
  }
  hold_cells(expected, *run, names);
  if (!command.out.empty())
    if (const auto written = write_interop(command.out, *run); !written) {
      complain(written.error().message);
      return not_judged;
    }
  std::cerr << report::interop_summary(*run, command.out);
  if (command.json)
    std::cout << report::json_text(report::to_json(*run), 1) << "\n";
  return exit_code(*run, shard->count > 1);
}

}  // namespace karpspec::cli
