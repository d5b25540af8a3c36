#include "lab/namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sstream>
#include <thread>

#include "lab/child_process.h"
#include "lab/file_descriptor.h"

namespace karpspec::lab {
namespace {

constexpr const char* folder = "/run/netns";
constexpr std::string_view prefix = "karpspec-";

Result<std::string> run_ip(std::vector<std::string> arguments) {
  ChildOptions options;
  options.command = std::move(arguments);
  options.command.insert(options.command.begin(), "ip");
  std::string text;
  for (const std::string& word : options.command)
    text += (text.empty() ? "" : " ") + word;
  KARPSPEC_TRY(result, run_command(std::move(options)));
  if (!result.status.success()) {
    std::replace(result.output.begin(), result.output.end(), '\n', ' ');
    return fail(ErrorCode::io, text + ": " + to_string(result.status) + ": " + result.output);
  }
  return result.output;
}

bool is_label(const std::string& label) {
  return !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<std::string> name_for(const std::string& label) {
  if (!is_label(label))
    return fail(ErrorCode::bad_value, "'" + label + "' is no label of letters, digits and hyphens");
  return std::string(prefix) + std::to_string(::getpid()) + "-" + label;
}

std::optional<pid_t> owner_of(std::string_view name) {
  if (name.substr(0, prefix.size()) != prefix)
    return std::nullopt;
  name.remove_prefix(prefix.size());
  pid_t owner = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), owner);
  if (error != std::errc{} || end == name.data() + name.size() || *end != '-' || owner <= 0)
    return std::nullopt;
  return owner;
}

bool lives(pid_t process) {
  return ::kill(process, 0) == 0 || errno != ESRCH;
}

Result<void> kill_inhabitants(const std::string& name) {
  KARPSPEC_TRY(output, run_ip({"netns", "pids", name}));
  std::istringstream words(output);
  for (pid_t process = 0; words >> process;)
    ::kill(process, SIGKILL);
  return {};
}

}  // namespace

std::string why_no_namespaces() {
  if (::geteuid() != 0)
    return "network namespaces need root";
  ChildOptions options;
  options.command = {"ip", "-V"};
  if (!run_command(std::move(options)))
    return "network namespaces need the command ip (Debian package iproute2)";
  // In a thread of its own, whose namespaces are nobody else's. `ip` makes the mounts of a
  // namespace its own, which takes a root that is a mount point: that of a plain chroot is none.
  int error = 0;
  bool root_is_mount = true;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0)
      error = errno;
    else
      root_is_mount = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }).join();
  if (error != 0)
    return std::string("network namespaces cannot be made here: ") + std::strerror(error);
  if (!root_is_mount)
    return "network namespaces need a root that is a mount point (this is a plain chroot)";
  return {};
}

Result<NetworkNamespace> NetworkNamespace::create(const std::string& label) {
  KARPSPEC_TRY(name, name_for(label));
  KARPSPEC_CHECK(run_ip({"netns", "add", name}));
  NetworkNamespace made(name);
  KARPSPEC_CHECK(made.ip({"link", "set", "lo", "up"}));
  return made;
}

Result<NetworkNamespace> NetworkNamespace::adopt(const std::string& label, pid_t process) {
  KARPSPEC_TRY(name, name_for(label));
  KARPSPEC_CHECK(run_ip({"netns", "attach", name, std::to_string(process)}));
  return NetworkNamespace(name);
}

std::string NetworkNamespace::path() const {
  return std::string(folder) + "/" + name_;
}

NetworkNamespace::NetworkNamespace(NetworkNamespace&& other) noexcept
    : name_(std::exchange(other.name_, {})) {}

NetworkNamespace& NetworkNamespace::operator=(NetworkNamespace&& other) noexcept {
  std::swap(name_, other.name_);
  return *this;
}

NetworkNamespace::~NetworkNamespace() {
  // What fails here is found by the next sweep().
  if (!name_.empty())
    static_cast<void>(run_ip({"netns", "del", name_}));
}

Result<void> NetworkNamespace::add_address(const std::string& interface,
                                           const std::string& address) const {
  std::vector<std::string> arguments = {"address", "add", address, "dev", interface};
  if (address.find(':') != std::string::npos)
    arguments.emplace_back("nodad");
  KARPSPEC_CHECK(ip(std::move(arguments)));
  return {};
}

Result<std::string> NetworkNamespace::ip(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-n", name_});
  return run_ip(std::move(arguments));
}

Result<void> connect(const CableEnd& a, const CableEnd& b) {
  KARPSPEC_CHECK(a.place.ip({"link", "add", a.interface, "type", "veth", "peer", "name",
                             b.interface, "netns", b.place.name()}));
  for (const CableEnd* end : {&a, &b}) {
    KARPSPEC_CHECK(end->place.ip({"link", "set", end->interface, "up"}));
    for (const std::string& address : end->addresses)
      KARPSPEC_CHECK(end->place.add_address(end->interface, address));
  }
  return {};
}

bool is_left_behind(std::string_view name) {
  const auto owner = owner_of(name);
  return owner && !lives(*owner);
}

Result<std::vector<std::string>> sweep() {
  std::vector<std::string> removed;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!is_left_behind(name))
      continue;
    // Another harness may be sweeping too: what is gone is as good as removed by us.
    if (auto done = kill_inhabitants(name); !done && std::filesystem::exists(entry.path()))
      return tl::unexpected(std::move(done).error());
    if (auto done = run_ip({"netns", "del", name}); !done && std::filesystem::exists(entry.path()))
      return tl::unexpected(std::move(done).error());
    removed.push_back(name);
  }
  std::sort(removed.begin(), removed.end());
  return removed;
}

Result<void> inside(const std::string& network_namespace,
                    const std::function<Result<void>()>& action) {
  if (network_namespace.empty())
    return action();
  Result<void> result;
  std::thread([&] {
    const std::string path = std::string(folder) + "/" + network_namespace;
    const FileDescriptor place(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!place) {
      result = fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                    "network namespace " + network_namespace + ": " + std::strerror(errno));
    } else if (::setns(place.get(), CLONE_NEWNET) != 0) {
      result = fail(ErrorCode::io, "cannot enter network namespace " + network_namespace + ": " +
                                       std::strerror(errno));
    } else {
      result = action();
    }
  }).join();
  return result;
}

}  // namespace karpspec::lab
