#include "lab/cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>

#include "lab/file_descriptor.h"

namespace karpspec::lab {
namespace {

constexpr const char* mounted = "/sys/fs/cgroup/";

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream in(path);
  std::uint64_t number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

// `usage_usec 31415` among the lines of cpu.stat.
std::optional<std::uint64_t> number_after(const std::string& path, std::string_view word) {
  std::ifstream in(path);
  std::uint64_t number = 0;
  for (std::string name; in >> name >> number;)
    if (name == word)
      return number;
  return std::nullopt;
}

bool names(const std::string& controllers, std::string_view wanted) {
  std::istringstream in(controllers);
  for (std::string one; std::getline(in, one, ',');)
    if (one == wanted)
      return true;
  return false;
}

}  // namespace

// A line of /proc/PID/cgroup: "4:memory:/libpod_parent/libpod-a2ea" (version 1) or
// "0::/machine.slice/libpod-a2ea.scope" (version 2, or a machine with both).
std::optional<Cgroup> Cgroup::of(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/cgroup");
  Cgroup found;
  std::string second;
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':');
    const std::size_t last = first == std::string::npos ? first : line.find(':', first + 1);
    if (last == std::string::npos)
      continue;
    const std::string controllers = line.substr(first + 1, last - first - 1);
    const std::string path = line.substr(last + 1);
    if (path == "/")
      continue;
    if (controllers.empty())
      second = mounted + path.substr(1);
    if (names(controllers, "memory")) {
      found.memory_ = mounted + controllers + path;
      found.path_ = path;
    }
    if (names(controllers, "cpuacct"))
      found.cpu_ = mounted + controllers + path;
  }
  if (found.memory_.empty() && found.cpu_.empty() && !second.empty()) {
    found.memory_ = found.cpu_ = second;
    found.path_ = second.substr(std::string_view(mounted).size() - 1);
    found.second_version_ = true;
  }
  if (found.memory_.empty() && found.cpu_.empty())
    return std::nullopt;
  return found;
}

std::optional<CgroupUse> Cgroup::read() const {
  const auto memory = second_version_ ? number_in(memory_ + "/memory.peak")
                                      : number_in(memory_ + "/memory.max_usage_in_bytes");
  const auto cpu = second_version_ ? number_after(cpu_ + "/cpu.stat", "usage_usec")
                                   : number_in(cpu_ + "/cpuacct.usage");
  if (!memory && !cpu)
    return std::nullopt;
  CgroupUse use;
  // Kernels before 5.19 keep no peak in version 2; what is taken now is the next best.
  use.peak_memory = memory ? *memory : number_in(memory_ + "/memory.current").value_or(0);
  use.cpu_time = std::chrono::microseconds(
      static_cast<std::int64_t>(cpu.value_or(0) / (second_version_ ? 1U : 1000U)));
  return use;
}

// The log names the group whose limit it was:
// `oom-kill:...,oom_memcg=/libpod_parent/libpod-a2ea,...`.
bool Cgroup::ran_out_of_memory() const {
  const char* const file = second_version_ ? "/memory.events" : "/memory.oom_control";
  if (const auto kills = number_after(memory_ + file, "oom_kill"))
    return *kills > 0;
  const FileDescriptor log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const std::string wanted = "oom_memcg=" + path_ + ",";
  std::array<char, 8192> record{};
  for (;;) {
    const ssize_t size = ::read(log.get(), record.data(), record.size());
    if (size < 0 && (errno == EPIPE || errno == EINTR))
      continue;  // what was next is overwritten already
    if (size <= 0)
      return false;
    if (std::string_view(record.data(), static_cast<std::size_t>(size)).find(wanted) !=
        std::string_view::npos)
      return true;
  }
}

}  // namespace karpspec::lab
