#include "cli/interop_run.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

#include "capture/keys_file.h"
#include "cli/commands.h"
#include "cli/generated_files.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

// Also from one file system to another.
Result<void> move_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error)
    return {};
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error)
    return fail(ErrorCode::io, to.string() + ": " + error.message());
  fs::remove(from, error);
  return {};
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Result<void> write_interop_evidence(const std::string& directory, interop::Played& played) {
  verdict::InteropCell& cell = played.cell;
  const std::string name = "cells/" + cell.name;
  const fs::path base = fs::path(directory) / name;
  if (played.capture.empty())
    return {};
  std::error_code error;
  fs::create_directories(base.parent_path(), error);
  if (error)
    return fail(ErrorCode::io, base.parent_path().string() + ": " + error.message());
  cell.capture = name + ".pcapng";
  KARPSPEC_CHECK(move_to(played.capture, directory + "/" + cell.capture));
  played.capture.clear();
  std::string table;
  for (const observer::Secrets::IkeSa& sa : played.keys)
    table += capture::decryption_line(sa.spi_i, sa.spi_r, sa.suite, sa.keys) + "\n";
  if (!table.empty()) {
    cell.keys = name + ".keys";
    KARPSPEC_CHECK(capture::write_private_file(directory + "/" + cell.keys, table));
  }
  std::string secrets;
  for (const observer::Secrets::PresharedKey& one : played.secrets)
    secrets += "  - {identity: " + one.identity + ", key: 0x" + to_hex(one.key.view()) + "}\n";
  if (!secrets.empty())
    secrets.insert(0, "preshared-keys:\n");
  secrets += observer::secrets_text({}, {}, played.keys);
  if (!secrets.empty()) {
    cell.secrets = name + ".secrets.yaml";
    KARPSPEC_CHECK(capture::write_private_file(directory + "/" + cell.secrets, secrets));
  }
  if (!played.transcript.empty()) {
    cell.transcript = name + ".transcript.yaml";
    KARPSPEC_CHECK(report::write_file(directory + "/" + cell.transcript, played.transcript));
  }
  return {};
}

Result<void> write_interop(const std::string& directory, const report::InteropRun& run) {
  std::map<std::string, std::string> transcripts;
  for (const verdict::InteropCell& cell : run.cells)
    if (!cell.transcript.empty())
      transcripts[cell.name] = text_of(fs::path(directory) / cell.transcript);
  KARPSPEC_CHECK(report::write_file(directory + "/interop.json",
                                    report::json_text(report::to_json(run), 1) + "\n"));
  KARPSPEC_CHECK(report::write_file(directory + "/verdicts.json",
                                    report::json_text(report::verdicts_json(run), 1) + "\n"));
  return report::write_file(directory + "/interop.html", report::to_html(run, transcripts));
}

Result<void> clear_interop(const std::string& directory) {
  KARPSPEC_CHECK(remove_generated(directory, interop_files));
  return remove_generated(directory, signature_files);
}

int exit_code(const report::InteropRun& run, bool part) {
  using verdict::Verdict;
  std::size_t errors = 0, judged = 0, of_no_cell = 0;
  std::set<std::string> wrong;  // cells
  for (const verdict::InteropCell& cell : run.cells) {
    errors += cell.verdict == Verdict::error && cell.expected.empty() ? 1U : 0U;
    judged += cell.verdict != Verdict::error && cell.verdict != Verdict::not_applicable ? 1U : 0U;
    if (report::counts_against(cell) && cell.expected.empty())
      wrong.insert(cell.name);
  }
  for (const verdict::Finding& finding : run.findings) {
    of_no_cell += finding.test.empty() ? 1U : 0U;
    if (!finding.test.empty())
      wrong.insert(finding.test);
  }
  if (wrong.size() + of_no_cell > errors)
    return does_not;
  return errors > 0 || (judged == 0 && !run.cells.empty() && !part) ? not_judged : conforms;
}

bool holds_interop(const std::string& directory) {
  std::error_code error;
  return fs::exists(fs::path(directory) / "interop.json", error);
}

Result<int> merge_interop(const std::vector<std::string>& directories, const std::string& out) {
  std::vector<report::InteropPart> parts;
  std::map<std::string, std::string> place;  // of each cell
  for (const std::string& directory : directories) {
    KARPSPEC_TRY(run, report::read_interop(directory));
    for (const verdict::InteropCell& cell : run.cells)
      place.emplace(cell.name, directory);
    parts.push_back({directory, std::move(run)});
  }
  KARPSPEC_TRY(whole, report::merge(std::move(parts)));
  if (holds_interop(out))
    return fail(ErrorCode::bad_value, out + ": holds a run already");
  KARPSPEC_CHECK(writable_directory(out));
  for (const verdict::InteropCell& cell : whole.cells) {
    for (const std::string* file : {&cell.capture, &cell.keys, &cell.secrets, &cell.transcript}) {
      if (file->empty())
        continue;
      std::error_code error;
      const fs::path from = fs::path(place[cell.name]) / *file, to = fs::path(out) / *file;
      fs::create_directories(to.parent_path(), error);
      if (!error)
        fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
      if (error)
        return fail(ErrorCode::io, from.string() + ": " + error.message());
    }
  }
  KARPSPEC_CHECK(write_interop(out, whole));
  std::cerr << report::interop_summary(whole, out);
  return exit_code(whole, false);
}

}  // namespace karpspec::cli
