#include "lab/raw_link.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "lab/file_descriptor.h"
#include "lab/namespaces.h"
#include "lab/socket_address.h"
#include "wire/ip_packet.h"

namespace karpspec::lab {
namespace {

constexpr std::size_t largest_frame = 65535, destination_at = 16;

}  // namespace

struct RawLink::State {
  FileDescriptor frames, packets, udp;

  Result<void> open(const std::string& interface, std::uint16_t udp_port) {
    const unsigned index = ::if_nametoindex(interface.c_str());
    if (index == 0)
      return system_error(interface);
    frames = FileDescriptor(
        ::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_IP)));
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_protocol = htons(ETH_P_IP);
    where.sll_ifindex = static_cast<int>(index);
    if (!frames || ::bind(frames.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where))
      return system_error("cannot listen at " + interface);
    packets = FileDescriptor(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    ip_mreqn multicast{};
    multicast.imr_ifindex = static_cast<int>(index);
    if (!packets ||
        ::setsockopt(packets.get(), IPPROTO_IP, IP_MULTICAST_IF, &multicast, sizeof multicast))
      return system_error("cannot send raw packets at " + interface);
    if (udp_port == 0)
      return {};
    udp = FileDescriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    KARPSPEC_TRY(any, to_socket_address({"0.0.0.0", udp_port}));
    if (!udp || !bind_to(udp.get(), any))
      return system_error("cannot bind UDP port " + std::to_string(udp_port));
    return {};
  }
};

RawLink::RawLink(std::unique_ptr<State> state) : state_(std::move(state)) {}
RawLink::RawLink(RawLink&&) noexcept = default;
RawLink& RawLink::operator=(RawLink&&) noexcept = default;
RawLink::~RawLink() = default;

Result<RawLink> RawLink::open(const std::string& network_namespace, const std::string& interface,
                              std::uint16_t udp_port) {
  auto state = std::make_unique<State>();
  KARPSPEC_CHECK(inside(network_namespace, [&] { return state->open(interface, udp_port); }));
  return RawLink(std::move(state));
}

Result<void> RawLink::send(OctetView packet) {
  if (packet.size() < wire::ipv4_header_size)
    return fail(ErrorCode::bad_length, "an IPv4 packet has 20 octets at least");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  std::copy_n(packet.begin() + destination_at, 4, reinterpret_cast<std::uint8_t*>(&to.sin_addr));
  if (::sendto(state_->packets.get(), packet.data(), packet.size(), 0,
               reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0)
    return system_error("cannot send an IPv4 packet");
  return {};
}

Result<std::optional<Octets>> RawLink::receive(Time deadline) {
  using std::chrono::milliseconds;
  for (;;) {
    Octets frame(largest_frame);
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const ssize_t got = ::recvfrom(state_->frames.get(), frame.data(), frame.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &size);
    if (got >= 0) {
      if (from.sll_pkttype == PACKET_OUTGOING)
        continue;
      frame.resize(static_cast<std::size_t>(got));
      return frame;
    }
    if (errno != EAGAIN && errno != EINTR && errno != ENETDOWN)
      return system_error("cannot receive frames");
    const auto left = std::chrono::ceil<milliseconds>(deadline - now()).count();
    if (left <= 0)
      return std::optional<Octets>();
    pollfd wanted{state_->frames.get(), POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 1000))) < 0 &&
        errno != EINTR)
      return system_error("cannot receive frames");
  }
}

Time RawLink::now() const {
  return Time(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

}  // namespace karpspec::lab
