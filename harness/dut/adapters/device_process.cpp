#include "dut/adapters/device_process.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "capture/keys_file.h"
#include "dut/control.h"
#include "dut/line_channel.h"
#include "lab/file_descriptor.h"
#include "lab/link_socket.h"
#include "lab/socket_address.h"
#include "observer/secrets_file.h"

namespace karpspec::dut {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t largest_datagram = 65535;
// A control client that does not read its answers holds up the device for so long and is dropped.
constexpr auto patience = std::chrono::seconds{2};

Result<lab::FileDescriptor> bound_socket(const Endpoint& endpoint, int type) {
  KARPSPEC_TRY(address, lab::to_socket_address(endpoint));
  if (lab::is_wildcard(address)) {
    return fail(ErrorCode::bad_value,
                endpoint.address + " is no address that a peer can send to; name one");
  }
  lab::FileDescriptor made(::socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made)
    return lab::system_error("cannot make a socket");
  if (type == SOCK_STREAM) {
    const int again = 1;  // a predecessor's connections may linger
    ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
  }
  if (::bind(made.get(), address.get(), address.size) != 0)
    return lab::system_error("cannot listen at " + lab::named(endpoint));
  if (type == SOCK_STREAM && ::listen(made.get(), SOMAXCONN) != 0)
    return lab::system_error("cannot listen at " + lab::named(endpoint));
  return made;
}

// One who asks: file descriptor to wait for, and the lines.
struct Client {
  int fd = -1;
  std::unique_ptr<LineChannel> lines;
};

class Process {
 public:
  Process(const DeviceProcess& what, oracle::Seams& seams, wire::CodePoints numbers)
      : what_(what), router_(what.listen, what.seed, seams, numbers, what.rules) {}

  Result<void> run() {
    KARPSPEC_CHECK(listen());
    allow_fragments();
    if (what_.control) {
      KARPSPEC_TRY(listener, bound_socket(*what_.control, SOCK_STREAM));
      listener_ = std::move(listener);
    } else {
      clients_.push_back(
          {STDIN_FILENO, std::make_unique<LineChannel>(STDOUT_FILENO, STDIN_FILENO, nullptr)});
    }
    while (listener_ || !clients_.empty())
      KARPSPEC_CHECK(turn());
    return {};
  }

 private:
  [[nodiscard]] Time now() const {
    return start_ + std::chrono::duration_cast<Duration>(steady_clock::now() - started_);
  }

  // MRKMP is spoken on one link, and to the group of those who speak it (profile P-201).
  Result<void> listen() {
    if (what_.listen.port != oracle::mrkmp::udp_port) {
      KARPSPEC_TRY(udp, bound_socket(what_.listen, SOCK_DGRAM));
      udp_ = std::move(udp);
      return {};
    }
    KARPSPEC_TRY(udp, lab::link_socket(what_.listen));
    const bool ipv6 = what_.listen.address.find(':') != std::string::npos;
    const Endpoint group{oracle::mrkmp::group_address(ipv6), what_.listen.port};
    KARPSPEC_TRY(members, lab::group_socket(group, what_.listen.address));
    udp_ = std::move(udp);
    group_ = std::move(members);
    return {};
  }

  void allow_fragments() const {
    const int v4 = IP_PMTUDISC_DONT;
    const int v6 = IPV6_PMTUDISC_DONT;
    ::setsockopt(udp_.get(), IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof v4);
    ::setsockopt(udp_.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof v6);
  }

  // Waits for one of everything, and deals with what there is.
  Result<void> turn() {
    std::vector<pollfd> wanted = {
        {udp_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}, {group_.get(), POLLIN, 0}};
    const std::size_t first_client = wanted.size();
    for (const Client& client : clients_)
      wanted.push_back({client.fd, POLLIN, 0});
    const timespec wait = until_deadline();
    if (::ppoll(wanted.data(), wanted.size(), &wait, nullptr) < 0) {
      if (errno == EINTR)
        return {};
      return lab::system_error("cannot wait");
    }
    // Datagrams first: what was sent before a command came is known when it is carried out.
    if (group_) {
      KARPSPEC_CHECK(take_from_link(group_.get()));
      KARPSPEC_CHECK(take_from_link(udp_.get()));
    } else {
      KARPSPEC_CHECK(take_datagrams());
    }
    if (const auto deadline = router_.deadline(); deadline && *deadline <= now())
      send(router_.tick(now()));
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (wanted[first_client + i].revents != 0)
        answer(clients_[i]);
    }
    std::erase_if(clients_, [](const Client& client) { return !client.lines; });
    if (wanted[1].revents != 0)
      accept_client();
    return what_.keys.empty() ? Result<void>() : tell_keys();
  }

  // Those that are new since the last turn.
  Result<void> tell_keys() {
    const std::size_t before = told_.size();
    for (const oracle::IkeKeyLog& log : router_.ike_keys()) {
      const auto same = [&](const observer::Secrets::IkeSa& sa) {
        return sa.spi_i == log.spi_i && sa.spi_r == log.spi_r;
      };
      if (std::none_of(told_.begin(), told_.end(), same))
        told_.push_back({log.spi_i, log.spi_r, log.suite, log.keys.clone()});
    }
    if (told_.size() == before)
      return {};
    return capture::write_private_file(what_.keys, observer::secrets_text({}, {}, told_));
  }

  [[nodiscard]] timespec until_deadline() const {
    Duration left = std::chrono::hours{1};
    if (const auto deadline = router_.deadline())
      left = std::clamp<Duration>(*deadline - now(), Duration{0}, left);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
  }

  Result<void> take_datagrams() {
    for (;;) {
      lab::SocketAddress from;
      const ssize_t size =
          ::recvfrom(udp_.get(), buffer_.data(), buffer_.size(), 0, from.writable(), &from.size);
      if (size < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
          return {};
        if (errno == EINTR || errno == ECONNREFUSED)
          continue;
        return lab::system_error("cannot receive at " + lab::named(what_.listen));
      }
      const Datagram datagram{lab::to_endpoint(from), what_.listen,
                              Octets(buffer_.begin(), buffer_.begin() + size)};
      if (what_.front == nullptr || what_.front->passes(datagram, router_))
        send(router_.receive(datagram, now()));
    }
  }

  // What has come from beyond the link is passed over.
  Result<void> take_from_link(int socket) {
    for (;;) {
      const auto datagram = lab::receive_from_link(socket, buffer_);
      if (!datagram && datagram.error().code == ErrorCode::not_found)
        return {};
      if (!datagram)
        return tl::unexpected(datagram.error());
      const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(datagram->size);
      if (datagram->from_link)
        send(
            router_.receive({datagram->source, what_.listen, Octets(buffer_.begin(), end)}, now()));
    }
  }

  // What the system does not take is lost on the way like any other datagram.
  void send(const std::vector<Datagram>& datagrams) const {
    for (const Datagram& datagram : datagrams) {
      const auto to = lab::to_socket_address(datagram.destination);
      if (!to)
        continue;
      // Only a router with a fault sends from another port than it listens at.
      Result<lab::FileDescriptor> other = lab::FileDescriptor();
      if (datagram.source.port != what_.listen.port)
        other = bound_socket({what_.listen.address, datagram.source.port}, SOCK_DGRAM);
      if (!other)
        continue;
      const int socket = *other ? other->get() : udp_.get();
      while (::sendto(socket, datagram.payload.data(), datagram.payload.size(), 0, to->get(),
                      to->size) < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
          pollfd room{socket, POLLOUT, 0};
          ::poll(&room, 1, -1);
        } else if (errno != EINTR && errno != ECONNREFUSED) {
          break;
        }
      }
    }
  }

  // Answers all lines that are there; a client that has hung up loses its lines.
  void answer(Client& client) {
    for (;;) {
      // There is something to read, so that only the rest of a line can be missing.
      const auto line = client.lines->read(steady_clock::now() + std::chrono::milliseconds{1});
      if (!line && line.error().code == ErrorCode::timeout)
        return;
      const std::string reply = line ? carry_out(*line) : std::string();
      if (!line ||
          (!reply.empty() && !client.lines->write(reply, steady_clock::now() + patience))) {
        client.lines.reset();
        return;
      }
    }
  }

  std::string carry_out(const std::string& line) {
    return answer_control(line, [this](std::string_view method, const Json& params) {
      std::vector<Datagram> sent;
      if (what_.front != nullptr && method == "reset")
        what_.front->reset();
      auto result = router_.call(method, params, now(), sent);
      send(sent);
      return result;
    });
  }

  void accept_client() {
    auto socket = std::make_shared<lab::FileDescriptor>(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!*socket)
      return;  // it went away again
    const int fd = socket->get();
    clients_.push_back({fd, std::make_unique<LineChannel>(fd, fd, std::move(socket))});
  }

  const DeviceProcess& what_;
  ReferenceRouter router_;
  lab::FileDescriptor udp_, listener_;
  lab::FileDescriptor group_;  // where the port is that of MRKMP
  std::vector<Client> clients_;
  std::vector<observer::Secrets::IkeSa> told_;  // of what_.keys
  Octets buffer_ = Octets(largest_datagram);
  Time start_ = Time(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
  steady_clock::time_point started_ = steady_clock::now();
};

}  // namespace

Result<void> run_device_process(const DeviceProcess& process, oracle::Seams& seams,
                                wire::CodePoints numbers) {
  return Process(process, seams, numbers).run();
}

}  // namespace karpspec::dut
