#pragma once

#include <cstdint>
#include <vector>

#include "request.h"

// The kernel's TCP sockets that no program has, over netlink (sock_diag): connections that are
// half open, and those that linger after they were closed.
namespace karpspec::agent {

struct SeenSocket {
  wire::IpAddress local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
  std::uint8_t state = 0;  // TCP_ESTABLISHED, ... as the kernel numbers them
};
// All TCP sockets. Errors: io.
[[nodiscard]] Result<std::vector<SeenSocket>> tcp_sockets();
// Ends every TCP socket that there is, listening ones too. Errors: io.
[[nodiscard]] Result<void> end_tcp_sockets();

}  // namespace karpspec::agent
