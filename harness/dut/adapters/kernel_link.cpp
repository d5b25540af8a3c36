#include "dut/adapters/kernel_link.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "lab/file_descriptor.h"

namespace karpspec::dut {
namespace {

// Ethernet: destination (6) | source (6) | type (2)
constexpr std::size_t frame_header = 14, type_at = 12, largest_frame = 65536;
constexpr std::array<std::uint8_t, 6> own_hardware_address = {0x52, 0x54, 0, 0, 0, 2};
constexpr std::array<std::uint8_t, 2> ipv4 = {0x08, 0x00}, ipv6 = {0x86, 0xdd};
constexpr std::size_t ipv4_header = 20, ipv4_destination = 16;
constexpr std::size_t ipv6_header = 40, ipv6_destination = 24;

Time system_time() {
  return Time(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::io, path + ": too long for a socket's name");
  path.copy(address.sun_path, path.size());
  return address;
}

// The IP packet in a frame, or nothing where it holds none for one receiver.
std::optional<Octets> packet_in(OctetView frame) {
  if (frame.size() < frame_header)
    return std::nullopt;
  const OctetView type = frame.subspan(type_at, 2), packet = frame.subspan(frame_header);
  const bool v4 = std::ranges::equal(type, ipv4) && packet.size() >= ipv4_header;
  const bool v6 = std::ranges::equal(type, ipv6) && packet.size() >= ipv6_header;
  // 224.0.0.0/4 and what is above it; ff00::/8.
  const bool to_many =
      (v4 && packet[ipv4_destination] >= 224) || (v6 && packet[ipv6_destination] == 0xff);
  if ((!v4 && !v6) || to_many)
    return std::nullopt;
  return Octets(packet.begin(), packet.end());
}

}  // namespace

struct KernelLink::State {
  std::shared_ptr<const KernelMachine> machine;
  lab::FileDescriptor socket;
  sockaddr_un to{};
  Tap tap;

  void tell(OctetView packet) const {
    if (tap)
      tap(packet, system_time());
  }
};

KernelLink::KernelLink(std::unique_ptr<State> state) : state_(std::move(state)) {}
KernelLink::~KernelLink() = default;

Result<std::unique_ptr<KernelLink>> KernelLink::open(std::shared_ptr<const KernelMachine> machine) {
  auto state = std::make_unique<State>();
  KARPSPEC_TRY(own, address_of(machine->harness_socket()));
  KARPSPEC_TRY(to, address_of(machine->machine_socket()));
  state->to = to;
  state->socket =
      lab::FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // The last test's goes with its name.
  ::unlink(own.sun_path);
  if (!state->socket ||
      ::bind(state->socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
    return lab::system_error(machine->harness_socket());
  state->machine = std::move(machine);
  return std::unique_ptr<KernelLink>(new KernelLink(std::move(state)));
}

Time KernelLink::now() const {
  return system_time();
}

Result<void> KernelLink::send(OctetView packet) {
  const unsigned version = packet.empty() ? 0 : packet[0] >> 4U;
  if (version != 4 && version != 6)
    return fail(ErrorCode::bad_value, "neither an IPv4 nor an IPv6 packet");
  const Octets frame = concat(
      {KernelMachine::hardware_address, own_hardware_address, version == 4 ? ipv4 : ipv6, packet});
  for (;;) {
    if (::sendto(state_->socket.get(), frame.data(), frame.size(), 0,
                 reinterpret_cast<const sockaddr*>(&state_->to), sizeof state_->to) >= 0)
      break;
    if (errno != EAGAIN && errno != EINTR)
      return lab::system_error("the machine's network card");
    // Its queue is full; the machine reads on.
    pollfd wanted{state_->socket.get(), POLLOUT, 0};
    ::poll(&wanted, 1, 10);
    if (!state_->machine->alive())
      return fail(ErrorCode::io, "the device is dead: its machine ended");
  }
  state_->tell(packet);
  return {};
}

Result<std::optional<Octets>> KernelLink::receive(Time deadline) {
  using std::chrono::milliseconds;
  Octets frame(largest_frame);
  for (;;) {
    const ssize_t got = ::recv(state_->socket.get(), frame.data(), frame.size(), 0);
    if (got >= 0) {
      auto packet = packet_in(OctetView(frame).first(static_cast<std::size_t>(got)));
      if (!packet)
        continue;
      state_->tell(*packet);
      return packet;
    }
    if (errno != EAGAIN && errno != EINTR)
      return lab::system_error("the machine's network card");
    const auto left = std::chrono::ceil<milliseconds>(deadline - now()).count();
    if (left <= 0)
      return std::optional<Octets>();
    if (!state_->machine->alive())
      return fail(ErrorCode::io, "the device is dead: its machine ended");
    pollfd wanted{state_->socket.get(), POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 500))) < 0 &&
        errno != EINTR)
      return lab::system_error("the machine's network card");
  }
}

void KernelLink::set_tap(Tap tap) {
  state_->tap = std::move(tap);
}

Time SilentLink::now() const {
  return system_time();
}

Result<void> SilentLink::send(const Datagram&) {
  return fail(ErrorCode::unsupported, "the device speaks no UDP");
}

Result<std::optional<Datagram>> SilentLink::receive(Time deadline) {
  std::this_thread::sleep_until(std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          deadline.time_since_epoch())));
  return std::optional<Datagram>();
}

}  // namespace karpspec::dut
