#pragma once

#include <filesystem>
#include <string>

namespace karpspec {

// Where `suites` is: beside the target where it was put there, as fuzzing services want it, and
// otherwise where the target was built from.
inline std::string source_dir() {
  std::error_code error;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  return std::filesystem::exists(beside / "suites", error) ? beside.string() : KARPSPEC_SOURCE_DIR;
}

}  // namespace karpspec
