#include "lab/live_link.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "lab/file_descriptor.h"
#include "lab/link_socket.h"
#include "lab/namespaces.h"
#include "lab/socket_address.h"

namespace karpspec::lab {
namespace {

constexpr std::size_t largest_datagram = 65535;

struct Socket {
  FileDescriptor fd;
  Endpoint endpoint;
  bool marked = false;     // the non-ESP marker is used here
  bool link_only = false;  // what a router has passed on is none of ours
};

std::string to_text(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" +
         std::to_string(endpoint.port);
}

Result<Socket> open_socket(const Endpoint& endpoint) {
  KARPSPEC_TRY(address, to_socket_address(endpoint));
  if (is_wildcard(address)) {
    return fail(ErrorCode::bad_value,
                endpoint.address + " is no address that a datagram can come from");
  }
  Socket made;
  made.fd =
      FileDescriptor(::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.fd)
    return system_error("cannot make a socket for " + to_text(endpoint));
  const int fd = made.fd.get();
  // A scenario may send what is larger than the path takes: then it is fragmented.
  static_assert(IP_PMTUDISC_DONT == IPV6_PMTUDISC_DONT);
  const int fragment = IP_PMTUDISC_DONT;
  const int set =
      address.family() == AF_INET
          ? ::setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &fragment, sizeof fragment)
          : ::setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &fragment, sizeof fragment);
  if (set != 0 || !bind_to(fd, address))
    return system_error("cannot bind " + to_text(endpoint));
  SocketAddress bound;
  if (::getsockname(fd, bound.writable(), &bound.size) != 0)
    return system_error("cannot bind " + to_text(endpoint));
  made.endpoint = to_endpoint(bound);
  made.marked = made.endpoint.port == nat_traversal_port;
  return made;
}

// One of link_socket.h that speaks for ENDPOINT.
Result<Socket> link_only(const Endpoint& endpoint, Result<FileDescriptor> made) {
  if (!made)
    return tl::unexpected(made.error());
  Socket out;
  out.fd = *std::move(made);
  out.endpoint = endpoint;
  out.link_only = true;
  return out;
}

}  // namespace

struct LiveLink::State {
  std::vector<Socket> sockets;
  std::vector<Endpoint> endpoints;
  std::vector<pollfd> wanted;
  std::size_t next = 0;  // the socket to look at first, so that none is starved
  Octets buffer = Octets(largest_datagram);
  Tap tap;
  Time start = Time(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  [[nodiscard]] Time now() const {
    return start + std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
  }

  // What one socket has, if it has anything for the tester.
  Result<std::optional<Datagram>> take(const Socket& socket) {
    while (socket.link_only) {
      const auto came = receive_from_link(socket.fd.get(), buffer);
      if (!came && came.error().code == ErrorCode::not_found)
        return std::optional<Datagram>();
      if (!came)
        return tl::unexpected(came.error());
      if (came->from_link)
        return Datagram{
            came->source, socket.endpoint,
            Octets(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(came->size))};
    }
    for (;;) {
      SocketAddress from;
      const ssize_t size =
          ::recvfrom(socket.fd.get(), buffer.data(), buffer.size(), 0, from.writable(), &from.size);
      if (size < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
          return std::optional<Datagram>();
        if (errno == EINTR || errno == ECONNREFUSED)
          continue;
        return system_error("cannot receive at " + to_text(socket.endpoint));
      }
      OctetView payload(buffer.data(), static_cast<std::size_t>(size));
      if (socket.marked) {
        constexpr std::array<std::uint8_t, non_esp_marker_size> marker{};
        if (payload.size() < non_esp_marker_size ||
            !std::equal(marker.begin(), marker.end(), payload.begin())) {
          continue;
        }
        payload = payload.subspan(non_esp_marker_size);
      }
      return Datagram{to_endpoint(from), socket.endpoint, Octets(payload.begin(), payload.end())};
    }
  }
};

LiveLink::LiveLink(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveLink::~LiveLink() = default;

Result<std::unique_ptr<LiveLink>> LiveLink::open(const LiveOptions& options) {
  if (options.endpoints.empty())
    return fail(ErrorCode::bad_value, "the tester needs an address");
  auto state = std::make_unique<State>();
  const auto open_all = [&]() -> Result<void> {
    std::vector<Endpoint> all = options.endpoints;
    if (!options.group.empty())
      all.push_back({options.group, options.endpoints.front().port});
    for (const Endpoint& endpoint : all) {
      KARPSPEC_TRY(
          socket,
          options.group.empty() ? open_socket(endpoint)
          : endpoint.address == options.group
              ? link_only(endpoint, group_socket(endpoint, options.endpoints.front().address))
              : link_only(endpoint, link_socket(endpoint)));
      state->endpoints.push_back(socket.endpoint);
      state->wanted.push_back({socket.fd.get(), POLLIN, 0});
      state->sockets.push_back(std::move(socket));
    }
    return {};
  };
  KARPSPEC_CHECK(inside(options.network_namespace, open_all));
  return std::unique_ptr<LiveLink>(new LiveLink(std::move(state)));
}

const std::vector<Endpoint>& LiveLink::endpoints() const {
  return state_->endpoints;
}

Time LiveLink::now() const {
  return state_->now();
}

Result<void> LiveLink::send(const Datagram& datagram) {
  KARPSPEC_TRY(source, to_socket_address(datagram.source));
  KARPSPEC_TRY(destination, to_socket_address(datagram.destination));
  const Endpoint from = to_endpoint(source);
  const auto socket = std::find_if(state_->sockets.begin(), state_->sockets.end(),
                                   [&](const Socket& one) { return one.endpoint == from; });
  if (socket == state_->sockets.end())
    return fail(ErrorCode::bad_value, to_text(from) + " is no address of the tester");
  if (source.family() != destination.family()) {
    return fail(ErrorCode::bad_value,
                to_text(datagram.destination) + " cannot be reached from " + to_text(from));
  }
  Octets marked;
  OctetView payload = datagram.payload;
  if (socket->marked) {
    marked.resize(non_esp_marker_size);
    append(marked, payload);
    payload = marked;
  }
  const Time sent = state_->now();
  while (::sendto(socket->fd.get(), payload.data(), payload.size(), 0, destination.get(),
                  destination.size) < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd room{socket->fd.get(), POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR && errno != ECONNREFUSED) {
      return system_error("cannot send to " + to_text(datagram.destination));
    }
  }
  if (state_->tap)
    state_->tap(datagram, sent);
  return {};
}

Result<std::optional<Datagram>> LiveLink::receive(Time deadline) {
  State& state = *state_;
  for (;;) {
    for (std::size_t i = 0; i < state.sockets.size(); ++i) {
      const std::size_t at = (state.next + i) % state.sockets.size();
      KARPSPEC_TRY(datagram, state.take(state.sockets[at]));
      if (!datagram)
        continue;
      state.next = at + 1;
      if (state.tap)
        state.tap(*datagram, state.now());
      return datagram;
    }
    const Time now = state.now();
    if (now >= deadline)
      return std::optional<Datagram>();
    // Awake once an hour: a deadline may be farther off than a timespec can say.
    const Duration left = std::min<Duration>(deadline - now, std::chrono::hours{1});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec wait{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
    if (::ppoll(state.wanted.data(), state.wanted.size(), &wait, nullptr) < 0 && errno != EINTR)
      return system_error("cannot wait for datagrams");
  }
}

void LiveLink::set_tap(Tap tap) {
  state_->tap = std::move(tap);
}

}  // namespace karpspec::lab
