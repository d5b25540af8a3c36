#pragma once

#include <sys/socket.h>

#include <string>

#include "base/machine.h"
#include "base/result.h"

namespace karpspec::lab {

// An endpoint as the system's calls take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // as bind(2) wants it
  }
  [[nodiscard]] sockaddr* writable() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] int family() const { return storage.ss_family; }
};

// Numbers only, no names; an IPv6 address may end in "%interface", looked up where the calling
// thread is. Errors: bad_value.
[[nodiscard]] Result<SocketAddress> to_socket_address(const Endpoint& endpoint);
// Address text without the interface.
[[nodiscard]] Endpoint to_endpoint(const SocketAddress& address);
[[nodiscard]] bool is_wildcard(const SocketAddress& address);

// ENDPOINT in an error: "192.0.2.1 port 500".
[[nodiscard]] inline std::string named(const Endpoint& endpoint) {
  return endpoint.address + " port " + std::to_string(endpoint.port);
}

// bind(2): whether it succeeded, with errno. An address that is in use is asked for again, for a
// quarter of a second: a child that another thread has just forked has this process's sockets,
// closed here or not, until it has closed them itself.
[[nodiscard]] bool bind_to(int socket, const SocketAddress& address);

}  // namespace karpspec::lab
