#include <filesystem>
#include <iostream>

#include "cli/commands.h"

namespace karpspec::cli {
namespace {

Result<void> write(const std::string& directory, const std::string& name, const std::string& text) {
  const std::string path = directory + "/" + name;
  KARPSPEC_CHECK(report::write_file(path, text));
  std::cerr << path << "\n";
  return {};
}

Result<void> write_run(const std::string& directory, const std::string& format) {
  KARPSPEC_TRY(results, report::read_results(directory));
  if (format == "html")
    return write(directory, "report.html", report::to_html(results));
  if (format == "junit")
    return write(directory, "junit.xml", report::to_junit(results));
  return write(directory, "results.json", report::json_text(report::to_json(results), 1) + "\n");
}

Result<void> write_proof(const std::string& directory, const std::string& format) {
  KARPSPEC_TRY(proof, report::read_proof(directory));
  if (format == "html")
    return write(directory, "proof.html", report::to_html(proof));
  if (format == "junit") {
    return fail(ErrorCode::unsupported,
                directory + ": holds a proof, which is written as html or json, not as junit");
  }
  return write(directory, "proof.json", report::json_text(report::to_json(proof), 1) + "\n");
}

// What cannot be looked at is not there.
bool is_there(const std::string& directory, const char* name) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::path(directory) / name, error);
}

// Why DIRECTORY holds nothing to report, where it does not.
std::string nothing_in(const std::string& directory, const char* wanted) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error))
    return directory + ": " + (error ? error.message() : "there is no such directory");
  if (!is_there(directory, "journal.jsonl"))
    return directory + ": holds " + wanted;
  return directory + ": its run did not end; 'karpspec run --out " + shell_word(directory) +
         " --resume' goes on with it";
}

}  // namespace

Result<report::RunResults> read_run(const std::string& directory) {
  if (!is_there(directory, "results.json"))
    return fail(ErrorCode::not_found, nothing_in(directory, "no results.json"));
  return report::read_results(directory);
}

int report(const ReportCommand& command) {
  for (const std::string& directory : command.directories) {
    const bool run = is_there(directory, "results.json");
    const bool proof = is_there(directory, "proof.json");
    if (!run && !proof)
      return complain(nothing_in(directory, "neither results.json nor proof.json"));
    for (const std::string& format : command.formats) {
      if (run) {
        if (auto written = write_run(directory, format); !written)
          return complain(written.error().message);
      }
      // Of a folder with both, junit is the run's.
      if (proof && !(run && format == "junit")) {
        if (auto written = write_proof(directory, format); !written)
          return complain(written.error().message);
      }
    }
  }
  return conforms;
}

}  // namespace karpspec::cli
