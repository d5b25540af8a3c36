#include "connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

// After <netinet/in.h>, which it then leaves alone.
#include <linux/tcp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "diagnosis.h"

namespace karpspec::agent {
namespace {

constexpr std::size_t most_connections = 256;

// The kernel's numbers of TCP's states, which its headers for programs leave out.
enum : std::uint8_t { established = 1, syn_sent = 2, syn_received = 3, closed = 7, listening = 10 };

const char* state_name(std::uint8_t state) {
  switch (state) {
    case established:
      return "established";
    case syn_sent:
      return "syn-sent";
    case syn_received:
    case 12:  // a connection request of which there is no socket yet
      return "syn-received";
    case listening:
      return "listen";
    default:
      return "closed";
  }
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  SocketAddress() : size(sizeof storage) {}
  SocketAddress(bool v4, const wire::IpAddress& address, std::uint16_t port) {
    if (v4) {
      auto* to = reinterpret_cast<sockaddr_in*>(&storage);
      to->sin_family = AF_INET;
      to->sin_port = htons(port);
      std::copy(address.octets().begin(), address.octets().end(),
                reinterpret_cast<std::uint8_t*>(&to->sin_addr));
      size = sizeof *to;
    } else {
      auto* to = reinterpret_cast<sockaddr_in6*>(&storage);
      to->sin6_family = AF_INET6;
      to->sin6_port = htons(port);
      std::copy(address.octets().begin(), address.octets().end(),
                reinterpret_cast<std::uint8_t*>(&to->sin6_addr));
      size = sizeof *to;
    }
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] std::pair<wire::IpAddress, std::uint16_t> read() const {
    const bool v4 = storage.ss_family == AF_INET;
    const auto* in4 = reinterpret_cast<const sockaddr_in*>(&storage);
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    const auto* octets = v4 ? reinterpret_cast<const std::uint8_t*>(&in4->sin_addr)
                            : reinterpret_cast<const std::uint8_t*>(&in6->sin6_addr);
    return {
        wire::IpAddress::from_octets(OctetView(octets, v4 ? 4 : 16)).value_or(wire::IpAddress()),
        ntohs(v4 ? in4->sin_port : in6->sin6_port)};
  }
};

Socket tcp_socket(bool v4) {
  Socket socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!v4)
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  return socket;
}

std::uint8_t state_of(const Socket& socket) {
  if (!socket)
    return closed;
  // Its first octet is the state; the rest may grow with the kernel.
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return closed;
  return info.tcpi_state;
}

// Closed by either side. Whoever has closed its own end only has nothing more to say.
bool over(std::uint8_t state) {
  return std::string_view(state_name(state)) == "closed";
}

std::string line_of(const Ends& ends, std::uint8_t state, const Octets& received,
                    const std::optional<Protection>& protection) {
  const auto name = [&](const wire::IpAddress& address) {
    return address.octets().empty() ? std::string("any") : address.to_text();
  };
  std::string line = name(ends.local) + " " + std::to_string(ends.local_port) + " " +
                     name(ends.remote) + " " + std::to_string(ends.remote_port) + " " +
                     state_name(state) + " " + (received.empty() ? "-" : to_hex(received));
  if (protection)
    for (const std::uint64_t number :
         {std::uint64_t{protection->current}, std::uint64_t{protection->rnext}, protection->good,
          protection->bad, protection->key_not_found, protection->required})
      line += " " + std::to_string(number);
  return line;
}

}  // namespace

Result<void> Connections::listen(std::uint16_t port, const Keys& keys) {
  if (port == 0 || listeners_.contains(port))
    return fail(ErrorCode::bad_value, "port " + std::to_string(port) + " cannot be listened at");
  Listener made;
  for (const bool v4 : {true, false}) {
    Socket& socket = v4 ? made.v4 : made.v6;
    socket = tcp_socket(v4);
    KARPSPEC_CHECK(keys.put(socket.get(), {{}, {}, port, 0, v4}));
    const SocketAddress any(v4, {}, port);
    if (::bind(socket.get(), any.get(), any.size) != 0 || ::listen(socket.get(), 64) != 0)
      return system_error("listen at port " + std::to_string(port));
  }
  listeners_.emplace(port, std::move(made));
  return {};
}

Result<void> Connections::connect(const wire::IpAddress& remote, std::uint16_t port,
                                  std::uint16_t local_port, const Keys& keys) {
  if (port == 0)
    return fail(ErrorCode::bad_value, "a connection needs a port");
  if (connections_.size() >= most_connections)
    return fail(ErrorCode::bad_value, "there are too many connections");
  Connection made;
  const bool v4 = remote.is_v4();
  made.socket = tcp_socket(v4);
  const SocketAddress own(v4, {}, local_port), to(v4, remote, port);
  if (local_port != 0 && ::bind(made.socket.get(), own.get(), own.size) != 0)
    return system_error("bind");
  // Which address of ours it will be, a socket that sends nothing finds out.
  const Socket route(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SocketAddress chosen;
  if (::connect(route.get(), to.get(), to.size) != 0 ||
      ::getsockname(route.get(), chosen.get(), &chosen.size) != 0)
    return system_error("no way to " + remote.to_text());
  made.ends = {chosen.read().first, remote, local_port, port, v4};
  KARPSPEC_CHECK(keys.put(made.socket.get(), made.ends));
  if (::connect(made.socket.get(), to.get(), to.size) != 0 && errno != EINPROGRESS)
    return system_error("connect");
  SocketAddress bound;
  if (::getsockname(made.socket.get(), bound.get(), &bound.size) != 0)
    return system_error("connect");
  made.ends.local_port = bound.read().second;
  connections_.push_back(std::move(made));
  return {};
}

Result<Connections::Connection*> Connections::open_one(const wire::IpAddress& remote,
                                                       std::uint16_t port) {
  const auto found =
      std::find_if(connections_.rbegin(), connections_.rend(), [&](const Connection& one) {
        return one.socket && one.ends.remote == remote && one.ends.remote_port == port;
      });
  if (found == connections_.rend())
    return fail(ErrorCode::not_found,
                "no open connection with " + remote.to_text() + " port " + std::to_string(port));
  return &*found;
}

Result<void> Connections::send(const wire::IpAddress& remote, std::uint16_t port, OctetView data) {
  KARPSPEC_TRY(connection, open_one(remote, port));
  const ssize_t sent = ::send(connection->socket.get(), data.data(), data.size(), MSG_NOSIGNAL);
  if (sent < 0)
    return system_error("send");
  if (static_cast<std::size_t>(sent) != data.size())
    return fail(ErrorCode::io, "send: only " + std::to_string(sent) + " octets were taken");
  return {};
}

Result<void> Connections::close(const wire::IpAddress& remote, std::uint16_t port) {
  KARPSPEC_TRY(connection, open_one(remote, port));
  connection->socket.close();
  return {};
}

Result<void> Connections::close_listener(std::uint16_t port) {
  if (listeners_.erase(port) == 0)
    return fail(ErrorCode::not_found, "nothing listens at port " + std::to_string(port));
  return {};
}

Result<void> Connections::choose(const wire::IpAddress& remote, std::uint16_t port,
                                 std::optional<std::uint8_t> current,
                                 std::optional<std::uint8_t> rnext) {
  KARPSPEC_TRY(connection, open_one(remote, port));
  return agent::choose(connection->socket.get(), current, rnext);
}

Result<void> Connections::put(const Keys& keys) {
  for (const auto& [port, listener] : listeners_) {
    KARPSPEC_CHECK(keys.put(listener.v4.get(), {{}, {}, port, 0, true}));
    KARPSPEC_CHECK(keys.put(listener.v6.get(), {{}, {}, port, 0, false}));
  }
  for (const Connection& one : connections_)
    if (one.socket)
      KARPSPEC_CHECK(keys.put(one.socket.get(), one.ends));
  return {};
}

void Connections::take(const Mkt& mkt) {
  for (const auto& [port, listener] : listeners_) {
    if (mkt.fits({{}, {}, port, 0, true}))
      agent::take(listener.v4.get(), mkt, true, true);
    if (mkt.fits({{}, {}, port, 0, false}))
      agent::take(listener.v6.get(), mkt, false, true);
  }
  for (const Connection& one : connections_)
    if (one.socket && mkt.fits(one.ends))
      agent::take(one.socket.get(), mkt, one.ends.v4, false);
}

Result<void> Connections::reset() {
  listeners_.clear();
  for (Connection& one : connections_) {
    // A socket under repair is closed without a segment.
    const int yes = 1;
    if (one.socket)
      ::setsockopt(one.socket.get(), IPPROTO_TCP, TCP_REPAIR, &yes, sizeof yes);
  }
  connections_.clear();
  return end_tcp_sockets();
}

Result<std::vector<std::string>> Connections::list() const {
  std::vector<std::string> lines;
  for (const auto& [port, listener] : listeners_)
    lines.push_back(line_of({{}, {}, port, 0, true}, listening, {}, std::nullopt));
  for (const Connection& one : connections_) {
    const std::uint8_t state = state_of(one.socket);
    lines.push_back(
        line_of(one.ends, state, one.received,
                over(state) || !one.socket ? std::nullopt : protection_of(one.socket.get())));
  }
  KARPSPEC_TRY(sockets, tcp_sockets());
  for (const SeenSocket& one : sockets)
    if (std::string_view(state_name(one.state)) == "syn-received")
      lines.push_back(
          line_of({one.local, one.remote, one.local_port, one.remote_port, one.local.is_v4()},
                  one.state, {}, std::nullopt));
  return lines;
}

void Connections::wanted(std::vector<pollfd>& descriptors) const {
  for (const auto& [port, listener] : listeners_)
    for (const Socket* socket : {&listener.v4, &listener.v6})
      descriptors.push_back({socket->get(), POLLIN, 0});
  for (const Connection& one : connections_)
    if (one.socket)
      descriptors.push_back({one.socket.get(), POLLIN, 0});
}

void Connections::accept(const Socket& listener, bool v4, const Keys& keys) {
  for (;;) {
    SocketAddress from, own;
    Connection made;
    made.socket =
        Socket(::accept4(listener.get(), from.get(), &from.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!made.socket || ::getsockname(made.socket.get(), own.get(), &own.size) != 0)
      return;
    if (connections_.size() >= most_connections)
      continue;
    made.ends.v4 = v4;
    std::tie(made.ends.remote, made.ends.remote_port) = from.read();
    std::tie(made.ends.local, made.ends.local_port) = own.read();
    // Of the keys that came since the SYN; that one is refused changes nothing for the others.
    static_cast<void>(keys.put(made.socket.get(), made.ends));
    connections_.push_back(std::move(made));
  }
}

void Connections::pump(const Keys& keys) {
  for (const auto& [port, listener] : listeners_) {
    accept(listener.v4, true, keys);
    accept(listener.v6, false, keys);
  }
  for (Connection& one : connections_) {
    while (one.socket) {
      std::array<std::uint8_t, 4096> data{};
      const ssize_t got = ::recv(one.socket.get(), data.data(), data.size(), 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR))
        break;
      if (got <= 0 && !(got < 0 && errno == ENOTCONN)) {
        one.socket.close();
        break;
      }
      if (got < 0)
        break;
      const std::size_t room = most_received - std::min(most_received, one.received.size());
      append(one.received, OctetView(data).first(std::min(room, static_cast<std::size_t>(got))));
    }
  }
}

}  // namespace karpspec::agent
