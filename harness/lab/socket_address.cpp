#include "lab/socket_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace karpspec::lab {
namespace {

template <class T>
T as(const SocketAddress& address) {
  T result{};
  std::memcpy(&result, &address.storage, sizeof result);
  return result;
}

template <class T>
SocketAddress made_of(const T& address) {
  SocketAddress result;
  std::memcpy(&result.storage, &address, sizeof address);
  result.size = sizeof address;
  return result;
}

}  // namespace

Result<SocketAddress> to_socket_address(const Endpoint& endpoint) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    return made_of(v4);
  }
  sockaddr_in6 v6{};
  const auto percent = endpoint.address.find('%');
  const std::string number = endpoint.address.substr(0, percent);
  if (::inet_pton(AF_INET6, number.c_str(), &v6.sin6_addr) != 1)
    return fail(ErrorCode::bad_value, "'" + endpoint.address + "' is no IPv4 or IPv6 address");
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port);
  if (percent != std::string::npos) {
    v6.sin6_scope_id = ::if_nametoindex(endpoint.address.c_str() + percent + 1);
    if (v6.sin6_scope_id == 0)
      return fail(ErrorCode::bad_value, endpoint.address + ": there is no such interface");
  }
  return made_of(v6);
}

Endpoint to_endpoint(const SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.family() == AF_INET) {
    const auto v4 = as<sockaddr_in>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(v4.sin_port)};
  }
  const auto v6 = as<sockaddr_in6>(address);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return {text.data(), ntohs(v6.sin6_port)};
}

bool is_wildcard(const SocketAddress& address) {
  if (address.family() == AF_INET)
    return as<sockaddr_in>(address).sin_addr.s_addr == INADDR_ANY;
  const auto v6 = as<sockaddr_in6>(address);
  return IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

bool bind_to(int socket, const SocketAddress& address) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + 250ms;
  while (::bind(socket, address.get(), address.size) != 0) {
    if (errno != EADDRINUSE || std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace karpspec::lab
