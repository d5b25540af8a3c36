#include "cli/generated_files.h"

#include <filesystem>
#include <vector>

#include "base/for_each_index.h"

namespace karpspec::cli {
namespace fs = std::filesystem;
namespace {

// What of it does not go stays for who removes the folder itself, and is told there.
void empty(const fs::path& folder, unsigned jobs) {
  std::vector<fs::path> inside;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    inside.push_back(at->path());
  for_each_index(inside.size(), jobs, [&](std::size_t i) {
    std::error_code ignored;
    fs::remove_all(inside[i], ignored);
  });
}

}  // namespace

Result<void> remove_generated(const std::string& directory, FileNames names, unsigned jobs) {
  for (const char* name : names) {
    std::error_code error;
    const fs::path path = fs::path(directory) / name;
    if (jobs > 1 && fs::is_directory(fs::symlink_status(path, error)))
      empty(path, jobs);
    fs::remove_all(path, error);
    if (error)
      return fail(ErrorCode::io, path.string() + ": " + error.message());
  }
  return {};
}

}  // namespace karpspec::cli
