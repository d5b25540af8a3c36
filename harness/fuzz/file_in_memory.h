#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/octets.h"
#include "require.h"

namespace karpspec {

// A file that is on no disk, for readers that take a path.
class FileInMemory {
 public:
  explicit FileInMemory(OctetView octets) : file_(::memfd_create("input", MFD_CLOEXEC)) {
    require(file_ >= 0, "a file in memory can be made");
    while (!octets.empty()) {
      const auto written = ::write(file_, octets.data(), octets.size());
      require(written > 0, "and written");
      octets = octets.subspan(static_cast<std::size_t>(written));
    }
  }
  ~FileInMemory() { ::close(file_); }
  FileInMemory(const FileInMemory&) = delete;
  FileInMemory& operator=(const FileInMemory&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

}  // namespace karpspec
