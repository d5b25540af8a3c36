#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "cli/commands.h"
#include "report/comparison.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

Result<std::vector<report::ComparedRun>> read_runs(const CompareCommand& command) {
  std::vector<report::ComparedRun> runs;
  std::set<fs::path> seen;
  for (const std::string& directory : command.directories) {
    std::error_code error;
    if (!seen.insert(fs::weakly_canonical(directory, error)).second)
      return fail(ErrorCode::bad_value, directory + ": given twice");
    report::ComparedRun run;
    run.directory = directory;
    if (!command.out.empty())
      run.link = link_to(directory, command.out);
    KARPSPEC_TRY(results, read_run(directory));
    run.results = std::move(results);
    runs.push_back(std::move(run));
  }
  return runs;
}

Result<void> write_all(const std::string& directory, const report::Comparison& comparison) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"comparison.json", report::json_text(report::to_json(comparison), 1) + "\n"},
      {"comparison.md", report::to_markdown(comparison)},
      {"comparison.html", report::to_html(comparison)}};
  for (const auto& [name, text] : files)
    KARPSPEC_CHECK(report::write_file(directory + "/" + name, text));
  return {};
}

}  // namespace

int compare(const CompareCommand& command) {
  auto runs = read_runs(command);
  if (!runs)
    return complain(runs.error().message);
  const auto comparison = report::compare(*std::move(runs));
  if (!comparison)
    return complain(comparison.error().message);
  if (command.exit_code && comparison->changes.empty())
    return complain("--exit-code: no two of these runs are of one device");

  if (!command.out.empty()) {
    std::error_code error;
    fs::create_directories(command.out, error);
    if (error)
      return complain(command.out + ": " + error.message());
    if (auto written = write_all(command.out, *comparison); !written)
      return complain(written.error().message);
  }
  if (command.json) {
    std::cout << report::json_text(report::to_json(*comparison), 1) << "\n";
  } else if (command.out.empty()) {
    std::cout << report::to_markdown(*comparison);
  } else {
    std::cerr << report::headline(*comparison) << "\n";
    for (const report::ComparedRun& run : comparison->runs)
      std::cerr << run.letter << "  " << run.directory << ": " << report::in_words(run) << "\n";
    for (const std::string& caveat : comparison->caveats)
      std::cerr << "note: " << caveat << "\n";
    std::cerr << "comparison: " << command.out << "/comparison.html\n";
  }
  const bool worse = std::any_of(comparison->changes.begin(), comparison->changes.end(),
                                 [](const report::Change& change) { return change.worse; });
  return command.exit_code && worse ? does_not : conforms;
}

}  // namespace karpspec::cli
