#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "report/console.h"
#include "report/merge.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

// What lies below NAME in each of DIRECTORIES, into OUT; keys stay their owner's alone.
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

Result<int> merge_runs(const MergeCommand& command) {
  std::vector<report::ShardResults> shards;
  for (const std::string& directory : command.directories) {
    KARPSPEC_TRY(results, read_run(directory));
    shards.push_back({directory, std::move(results)});
  }
  KARPSPEC_TRY(whole, report::merge(std::move(shards)));
  KARPSPEC_CHECK(writable_directory(command.out));
  KARPSPEC_CHECK(copy_below(command.directories, "tests", command.out));
  KARPSPEC_CHECK(write_reports(command.out, whole));
  std::cerr << report::summary(whole, {command.out, "karpspec"});
  return exit_code(whole, false);
}

Result<int> merge_matrices(const MergeCommand& command) {
  return merge_interop(command.directories, command.out);
}

// What a directory may hold a part of, told by the file in it.
struct Kind {
  const char* file;
  Result<int> (*merge)(const MergeCommand& command);
};
constexpr std::array<Kind, 2> kinds = {
    {{"results.json", merge_runs}, {"interop.json", merge_matrices}}};

}  // namespace

int merge(const MergeCommand& command) {
  std::error_code error;
  if (fs::exists(command.out, error) && !fs::is_empty(command.out, error)) {
    return complain(command.out +
                    ": is there already, and not empty; what is merged is not mixed with it");
  }
  const auto held_by = [](const std::string& directory) {
    return std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) {
      std::error_code ignored;
      return fs::exists(fs::path(directory) / kind.file, ignored);
    });
  };
  // Where the first holds nothing, it is said of a run what there is instead.
  const auto found = held_by(command.directories.front());
  const Kind& kind = found == kinds.end() ? kinds.front() : *found;
  const auto merged = kind.merge(command);
  if (!merged)
    return complain(merged.error());
  if (const auto is_signed = sign(command.out, command.sign); !is_signed)
    return complain(is_signed.error());
  return *merged;
}

}  // namespace karpspec::cli
