#include "lab/data_folder.h"

#include <cstdlib>
#include <fstream>
#include <optional>

namespace karpspec::lab {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> set_folder(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (value == nullptr || *value == '\0')
    return std::nullopt;
  return fs::path(value);
}

bool has_suites(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "suites" / "requirements", error);
}

// The build leaves a file beside the program with the way from there to the sources, so that no
// path of the machine that built it is in the program, and a tree can be moved as a whole.
std::optional<fs::path> source_tree() {
  std::ifstream in(program_folder() / "karpspec.source");
  std::string way;
  if (!std::getline(in, way) || way.empty())
    return std::nullopt;
  return (program_folder() / way).lexically_normal();
}

}  // namespace

fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

Result<fs::path> data_folder() {
  if (const auto set = set_folder("KARPSPEC_DATA")) {
    if (has_suites(*set))
      return *set;
    return fail(ErrorCode::not_found, "KARPSPEC_DATA=" + set->string() +
                                          ": no such data (it has no suites/requirements/)");
  }
  if (const auto source = source_tree(); source && has_suites(*source))
    return *source;
  fs::path installed = (program_folder() / ".." / "share" / "karpspec").lexically_normal();
  if (has_suites(installed))
    return installed;
  return fail(ErrorCode::not_found,
              "the suites are not where they are installed (" + installed.string() +
                  "); --suites names their folder, KARPSPEC_DATA the one with suites/ in it");
}

fs::path beside_program(const std::string& name) {
  std::error_code error;
  fs::path built = program_folder() / name;
  if (fs::exists(built, error))
    return built;
  return (program_folder() / ".." / "lib" / "karpspec" / name).lexically_normal();
}

fs::path roots_folder() {
  if (const auto set = set_folder("KARPSPEC_ROOTS"))
    return *set;
  if (const auto source = source_tree())
    return *source / "build" / "roots";
  return "/var/lib/karpspec/roots";
}

}  // namespace karpspec::lab
