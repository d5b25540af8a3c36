#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/reader.h"
#include "dut/adapters/vici.h"
#include "lab/file_descriptor.h"

namespace karpspec::dut::vici {
namespace {

using Clock = std::chrono::steady_clock;

enum PacketType : std::uint8_t {
  command_request = 0,
  command_response = 1,
  command_unknown = 2,
  event_register = 3,
  event_unregister = 4,
  event_confirm = 5,
  event_unknown = 6,
  event_packet = 7,
};
// As in charon itself.
constexpr std::size_t largest_packet = 512UL * 1024;

Result<void> wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0)
      return fail(ErrorCode::timeout, "charon does not answer on its control socket");
    pollfd wanted{fd, events, 0};
    if (::poll(&wanted, 1, static_cast<int>(std::min<long>(left, 60'000))) > 0)
      return {};
  }
}

}  // namespace

Result<Session> Session::connect(const std::string& path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::bad_value, "the path of charon's control socket is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  lab::FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd)
    return lab::system_error("cannot make a socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return lab::system_error("cannot connect to charon's control socket");
  return Session(std::move(fd), timeout);
}

Result<void> Session::send(std::uint8_t type, std::string_view name, const Message& message) {
  KARPSPEC_TRY(body, message.encode());
  Octets packet = {type, static_cast<std::uint8_t>(name.size())};
  append(packet, octets_of(name));
  append(packet, body);
  if (packet.size() > largest_packet)
    return fail(ErrorCode::bad_length, "more than charon takes in one packet");
  Octets octets = octets_of(static_cast<std::uint32_t>(packet.size()));
  append(octets, packet);
  const auto deadline = Clock::now() + timeout_;
  for (std::size_t done = 0; done < octets.size();) {
    const ssize_t sent =
        ::send(fd_.get(), octets.data() + done, octets.size() - done, MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      KARPSPEC_CHECK(wait_for(fd_.get(), POLLOUT, deadline));
    } else if (errno != EINTR) {
      return lab::system_error("charon's control socket");
    }
  }
  return {};
}

Result<Octets> Session::read(std::size_t count, Clock::time_point deadline) {
  Octets out(count);
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = ::recv(fd_.get(), out.data() + done, count - done, 0);
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (got == 0) {
      return fail(ErrorCode::io, "charon closed its control socket");
    } else if (errno == EAGAIN) {
      KARPSPEC_CHECK(wait_for(fd_.get(), POLLIN, deadline));
    } else if (errno != EINTR) {
      return lab::system_error("charon's control socket");
    }
  }
  return out;
}

Result<Session::Packet> Session::receive() {
  const auto deadline = Clock::now() + timeout_;
  KARPSPEC_TRY(head, read(4, deadline));
  Reader header(head);
  KARPSPEC_TRY(size, header.u32("length of a packet"));
  if (size == 0 || size > largest_packet)
    return fail(ErrorCode::io, "charon sent a packet of " + std::to_string(size) + " octets");
  KARPSPEC_TRY(octets, read(size, deadline));
  Reader in(octets);
  Packet packet;
  KARPSPEC_TRY(type, in.u8("type of a packet"));
  packet.type = type;
  if (type == event_packet) {
    KARPSPEC_TRY(length, in.u8("length of a name"));
    KARPSPEC_TRY(name, in.octets(length, "a name"));
    packet.name.assign(name.begin(), name.end());
  }
  KARPSPEC_TRY(message, Message::decode(in.rest()));
  packet.message = std::move(message);
  return packet;
}

Result<Message> Session::request(std::string_view command, const Message& message) {
  KARPSPEC_CHECK(send(command_request, command, message));
  for (;;) {
    KARPSPEC_TRY(packet, receive());
    if (packet.type == event_packet)
      continue;
    if (packet.type == command_unknown)
      return fail(ErrorCode::unsupported, "charon does not know '" + std::string(command) + "'");
    if (packet.type != command_response)
      return fail(ErrorCode::io, "charon answered with another kind of packet");
    if (packet.message.text({"success"}) == "no") {
      const std::string why = packet.message.text({"errmsg"});
      return fail(ErrorCode::bad_value, std::string(command) + ": " + (why.empty() ? "no" : why));
    }
    return std::move(packet.message);
  }
}

Result<std::vector<Message>> Session::stream(std::string_view command, const Message& message,
                                             std::string_view event) {
  KARPSPEC_CHECK(send(event_register, event, {}));
  KARPSPEC_TRY(confirmed, receive());
  if (confirmed.type != event_confirm)
    return fail(ErrorCode::unsupported, "charon has no event '" + std::string(event) + "'");
  KARPSPEC_CHECK(send(command_request, command, message));
  std::vector<Message> out;
  for (;;) {
    KARPSPEC_TRY(packet, receive());
    if (packet.type == event_packet && packet.name == event) {
      out.push_back(std::move(packet.message));
    } else if (packet.type != event_packet) {
      KARPSPEC_CHECK(send(event_unregister, event, {}));
      KARPSPEC_CHECK(receive());
      if (packet.type != command_response)
        return fail(ErrorCode::unsupported, "charon does not know '" + std::string(command) + "'");
      return out;
    }
  }
}

}  // namespace karpspec::dut::vici
