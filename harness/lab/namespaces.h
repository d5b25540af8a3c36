#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace karpspec::lab {

// Empty when network namespaces can be made here; otherwise why not, for a reader.
[[nodiscard]] std::string why_no_namespaces();

// A network namespace of the harness, with its loopback interface up. It is removed with this
// object. Its name, "karpspec-PID-LABEL", says whose it is, so that sweep() finds what a killed
// harness left behind.
class NetworkNamespace {
 public:
  // LABEL: letters, digits and hyphens, not used twice at a time in this process.
  // Errors: bad_value; io with what `ip` said.
  [[nodiscard]] static Result<NetworkNamespace> create(const std::string& label);
  // The namespace that PROCESS is in, which is somebody else's: with this object its name goes.
  // Errors: as those of create.
  [[nodiscard]] static Result<NetworkNamespace> adopt(const std::string& label, pid_t process);
  NetworkNamespace(NetworkNamespace&& other) noexcept;
  NetworkNamespace& operator=(NetworkNamespace&& other) noexcept;
  ~NetworkNamespace();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string path() const;  // of the file that stands for it
  // ADDRESS with its prefix length: "192.0.2.1/24", "2001:db8::1/64". Usable on return (without
  // duplicate address detection). Errors: io with what `ip` said.
  [[nodiscard]] Result<void> add_address(const std::string& interface,
                                         const std::string& address) const;
  // Any `ip` command inside: {"route", "add", "default", "via", "192.0.2.1"}. Returns its output.
  [[nodiscard]] Result<std::string> ip(std::vector<std::string> arguments) const;

 private:
  explicit NetworkNamespace(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

// One end of a cable: an interface to be made in a namespace, with its addresses.
struct CableEnd {
  const NetworkNamespace& place;
  std::string interface;  // at most 15 characters
  std::vector<std::string> addresses;
};
// A veth pair between two namespaces, both ends up and with carrier. It goes with either
// namespace. Errors: io.
[[nodiscard]] Result<void> connect(const CableEnd& a, const CableEnd& b);

// Removes the namespaces whose harness no longer lives, after killing what still runs in them.
// Returns their names. Errors: io.
Result<std::vector<std::string>> sweep();

// Whether NAME, "karpspec-PID-LABEL", is that of something whose harness no longer lives.
[[nodiscard]] bool is_left_behind(std::string_view name);

// Runs ACTION on a thread that is inside a network namespace ("": ours), and waits for it. Sockets
// made there stay there; the calling thread stays where it is.
// Errors: not_found, io; those of ACTION.
[[nodiscard]] Result<void> inside(const std::string& network_namespace,
                                  const std::function<Result<void>()>& action);

}  // namespace karpspec::lab
