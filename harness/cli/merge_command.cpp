#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "capture/keys_file.h"
#include "cli/commands.h"
#include "cli/generated_files.h"
#include "report/console.h"
#include "report/merge.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

// "2/3", and where it was.
struct Part {
  std::string number, directory;
};

bool holds_keys(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".keys") || name.ends_with(".secrets.yaml") ||
         name.ends_with(".keytable.yaml");
}

// Keys are their owner's alone, whatever became of their mode on the way between machines.
Result<void> close_keys(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (holds_keys(at->path()))
      fs::permissions(at->path(), fs::perms::owner_read | fs::perms::owner_write, error);
    if (error)
      return fail(ErrorCode::io, at->path().string() + ": " + error.message());
  }
  if (error)
    return fail(ErrorCode::io, folder.string() + ": " + error.message());
  return {};
}

// What the device printed in all PARTS, each behind a line that names it: a log may be large.
Result<void> join_device_logs(const std::map<std::size_t, Part>& parts, const std::string& out) {
  const std::string to = out + "/" + device_log_name;
  std::ofstream whole;
  for (const auto& [place, part] : parts) {
    const fs::path from = fs::path(part.directory) / device_log_name;
    std::error_code error;
    if (!fs::exists(from, error))
      continue;
    std::ifstream in(from, std::ios::binary);
    if (!in)
      return fail(ErrorCode::io, from.string() + ": cannot be read");
    if (!whole.is_open()) {
      KARPSPEC_CHECK(capture::write_private_file(to, ""));
      whole.open(to, std::ios::binary | std::ios::app);
    }
    whole << "--- karpspec: part " << part.number << ", " << part.directory << "\n";
    // Of an empty file a stream says that nothing could be read.
    if (in.peek() != std::ifstream::traits_type::eof())
      whole << in.rdbuf();
    if (!whole.flush())
      return fail(ErrorCode::io, to + ": cannot be written");
  }
  return {};
}

// What lies below NAME in each of DIRECTORIES, into OUT.
Result<void> copy_below(const std::vector<std::string>& directories, const char* name,
                        const std::string& out) {
  for (const std::string& directory : directories) {
    const fs::path from = fs::path(directory) / name;
    std::error_code error;
    if (!fs::exists(from, error))
      continue;
    fs::copy(from, fs::path(out) / name,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
    if (error)
      return fail(ErrorCode::io, from.string() + ": " + error.message());
  }
  return {};
}

// Whether something was found by trying what the PICS does not claim.
bool has_probes(const report::RunResults& results) {
  const auto& findings = results.info.findings;
  return std::any_of(findings.begin(), findings.end(), [](const verdict::Finding& finding) {
    return finding.kind == verdict::Finding::Kind::unclaimed;
  });
}

Result<int> merge_runs(const MergeCommand& command) {
  std::vector<report::ShardResults> shards;
  std::map<std::size_t, Part> parts;
  bool probed = false;
  for (const std::string& directory : command.directories) {
    KARPSPEC_TRY(results, read_run(directory));
    const report::Part part = report::part_of(results.info.selection);
    parts[part.number] = {std::to_string(part.number) + "/" + std::to_string(part.count),
                          directory};
    probed = probed || has_probes(results);
    shards.push_back({directory, std::move(results)});
  }
  KARPSPEC_TRY(whole, report::merge(std::move(shards)));
  KARPSPEC_CHECK(writable_directory(command.out));
  KARPSPEC_CHECK(copy_below(command.directories, "tests", command.out));
  if (std::error_code error; fs::exists(fs::path(command.out) / "tests", error))
    KARPSPEC_CHECK(close_keys(fs::path(command.out) / "tests"));
  KARPSPEC_CHECK(join_device_logs(parts, command.out));
  KARPSPEC_CHECK(write_reports(command.out, whole, job_count(0)));
  if (probed && !has_probes(whole))
    std::cerr << report::no_probes_note;
  std::cerr << report::summary(whole, {command.out, "karpspec"});
  return exit_code(whole, false);
}

Result<int> merge_matrices(const MergeCommand& command) {
  return merge_interop(command.directories, command.out);
}

// What a directory may hold a part of, told by the file in it.
struct MergeKind {
  const char* file;
  Result<int> (*merge)(const MergeCommand& command);
};
constexpr std::array<MergeKind, 2> kinds = {
    {{"results.json", merge_runs}, {"interop.json", merge_matrices}}};

}  // namespace

int merge(const MergeCommand& command) {
  std::error_code error;
  if (fs::exists(command.out, error) && !fs::is_empty(command.out, error)) {
    return complain(command.out +
                    ": is there already, and not empty; what is merged is not mixed with it");
  }
  const auto held_by = [](const std::string& directory) {
    return std::find_if(kinds.begin(), kinds.end(), [&](const MergeKind& kind) {
      std::error_code ignored;
      return fs::exists(fs::path(directory) / kind.file, ignored);
    });
  };
  // Where the first holds nothing, it is said of a run what there is instead.
  const auto found = held_by(command.directories.front());
  const MergeKind& kind = found == kinds.end() ? kinds.front() : *found;
  const auto merged = kind.merge(command);
  if (!merged)
    return complain(merged.error());
  if (const auto is_signed = sign(command.out, command.sign); !is_signed)
    return complain(is_signed.error());
  return *merged;
}

}  // namespace karpspec::cli
