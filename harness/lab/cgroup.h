#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace karpspec::lab {

// What the processes of one cgroup have taken of the machine so far.
struct CgroupUse {
  std::uint64_t peak_memory = 0;  // octets, what the kernel caches for them included
  std::chrono::microseconds cpu_time{};
};

// The cgroup of a process, as the kernel shows it in /sys/fs/cgroup, of version 1 or 2.
class Cgroup {
 public:
  // Nothing where PROCESS is gone, or in no cgroup but that of everybody.
  [[nodiscard]] static std::optional<Cgroup> of(pid_t process);
  // Nothing once the cgroup is gone. What the kernel does not count is 0.
  [[nodiscard]] std::optional<CgroupUse> read() const;
  // Whether the kernel has killed one of them for want of memory; told also once the cgroup is
  // gone, so long as the kernel's log goes back and may be read.
  [[nodiscard]] bool ran_out_of_memory() const;

 private:
  std::string memory_, cpu_;  // folders
  std::string path_;          // of the memory's, as the kernel names it
  bool second_version_ = false;
};

}  // namespace karpspec::lab
