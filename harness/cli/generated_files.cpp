#include "cli/generated_files.h"

#include <filesystem>

namespace karpspec::cli {

Result<void> remove_generated(const std::string& directory, FileNames names) {
  namespace fs = std::filesystem;
  for (const char* name : names) {
    std::error_code error;
    const fs::path path = fs::path(directory) / name;
    fs::remove_all(path, error);
    if (error)
      return fail(ErrorCode::io, path.string() + ": " + error.message());
  }
  return {};
}

}  // namespace karpspec::cli
