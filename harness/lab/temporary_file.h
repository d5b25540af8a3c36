#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace karpspec::lab {

// A file that goes when nobody wants it any more. Whoever wants to keep it moves it elsewhere
// first.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace karpspec::lab
