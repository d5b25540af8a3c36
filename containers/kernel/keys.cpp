#include "keys.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

// After <netinet/in.h>, which it then leaves alone. <netinet/tcp.h> has no TCP-AO yet.
#include <linux/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace karpspec::agent {
namespace {

constexpr std::uint8_t mac_octets = 12;  // both MACs of RFC 5926 are cut to 96 bits

void put_address(__kernel_sockaddr_storage& to, const Prefix& prefix, bool v4) {
  std::memset(&to, 0, sizeof to);
  if (v4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::copy(prefix.address.octets().begin(), prefix.address.octets().end(),
              reinterpret_cast<std::uint8_t*>(&address.sin_addr));
    std::memcpy(&to, &address, sizeof address);
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::copy(prefix.address.octets().begin(), prefix.address.octets().end(),
              reinterpret_cast<std::uint8_t*>(&address.sin6_addr));
    std::memcpy(&to, &address, sizeof address);
  }
}

// 0, or an errno.
int add_key(int socket, const Mkt& mkt, bool v4) {
  tcp_ao_add request{};
  put_address(request.addr, mkt.remote, v4);
  mkt.algorithm.copy(request.alg_name, sizeof request.alg_name - 1);
  request.prefix = mkt.remote.length;
  request.sndid = mkt.send_id;
  request.rcvid = mkt.recv_id;
  request.maclen = mac_octets;
  request.keyflags = mkt.covers_options ? 0 : TCP_AO_KEYF_EXCLUDE_OPT;
  if (mkt.key.size() > sizeof request.key)
    return EMSGSIZE;
  request.keylen = static_cast<std::uint8_t>(mkt.key.size());
  std::copy(mkt.key.begin(), mkt.key.end(), request.key);
  const int done = ::setsockopt(socket, IPPROTO_TCP, TCP_AO_ADD_KEY, &request, sizeof request);
  const int error = done == 0 ? 0 : errno;
  explicit_bzero(request.key, sizeof request.key);
  return error;
}

Socket closed_socket(bool v4) {
  return Socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

bool for_family(const Mkt& mkt, bool v4) {
  return mkt.remote.any() || mkt.remote.address.is_v4() == v4;
}

bool ports_overlap(std::uint16_t a, std::uint16_t b) {
  return a == 0 || b == 0 || a == b;
}

}  // namespace

tl::unexpected<Error> system_error(const std::string& what) {
  const int error = errno;
  const bool refused = error == EINVAL || error == EEXIST || error == EMSGSIZE ||
                       error == EKEYREJECTED || error == EADDRINUSE || error == EADDRNOTAVAIL;
  ErrorCode code = refused ? ErrorCode::bad_value : ErrorCode::io;
  if (error == ENOENT)
    code = ErrorCode::not_found;
  return fail(code, what + ": " + std::strerror(error));
}

void Socket::close() {
  if (descriptor_ >= 0)
    ::close(std::exchange(descriptor_, -1));
}

bool Mkt::fits(const Ends& ends) const {
  return for_family(*this, ends.v4) && (local.any() || local.contains(ends.local)) &&
         (ends.remote.octets().empty() || remote.contains(ends.remote)) &&
         ports_overlap(local_port, ends.local_port) && ports_overlap(remote_port, ends.remote_port);
}

Result<void> Keys::add(Mkt mkt) {
  for (const Mkt& other : mkts_)
    if (other.name == mkt.name)
      return fail(ErrorCode::bad_value, "there is an MKT of that name");
  // Whether the kernel takes it beside those that a connection could have with it is found out on
  // a socket that holds them all.
  for (const bool v4 : {true, false}) {
    if (!for_family(mkt, v4))
      continue;
    const Socket beside = closed_socket(v4);
    for (const Mkt& other : mkts_)
      if (for_family(other, v4) && other.local.overlaps(mkt.local) &&
          ports_overlap(other.local_port, mkt.local_port) &&
          ports_overlap(other.remote_port, mkt.remote_port))
        add_key(beside.get(), other, v4);
    if (const int error = add_key(beside.get(), mkt, v4); error != 0) {
      errno = error;
      return system_error("TCP_AO_ADD_KEY");
    }
  }
  const bool v4 = for_family(mkt, true);
  mkt.holder = closed_socket(v4);
  if (const int error = add_key(mkt.holder.get(), mkt, v4); error != 0) {
    errno = error;
    return system_error("TCP_AO_ADD_KEY");
  }
  mkts_.push_back(std::move(mkt));
  return {};
}

Result<Mkt> Keys::remove(std::string_view name) {
  const auto found =
      std::find_if(mkts_.begin(), mkts_.end(), [&](const Mkt& mkt) { return mkt.name == name; });
  if (found == mkts_.end())
    return fail(ErrorCode::not_found, "there is no such MKT");
  Mkt removed = std::move(*found);
  mkts_.erase(found);
  return removed;
}

Result<std::vector<std::string>> Keys::list() const {
  std::vector<std::string> lines;
  for (const Mkt& mkt : mkts_) {
    tcp_ao_getsockopt read{};
    read.nkeys = 1;
    read.get_all = 1;
    socklen_t size = sizeof read;
    if (::getsockopt(mkt.holder.get(), IPPROTO_TCP, TCP_AO_GET_KEYS, &read, &size) != 0)
      return system_error("TCP_AO_GET_KEYS");
    explicit_bzero(read.key, sizeof read.key);
    if (read.nkeys != 1 || size != sizeof read)
      return fail(ErrorCode::io, "TCP_AO_GET_KEYS: not the one MKT that there is");
    const bool v4 = for_family(mkt, true);
    const auto* octets = reinterpret_cast<const std::uint8_t*>(&read.addr);
    octets += v4 ? offsetof(sockaddr_in, sin_addr) : offsetof(sockaddr_in6, sin6_addr);
    KARPSPEC_TRY(address, wire::IpAddress::from_octets(OctetView(octets, v4 ? 4 : 16)));
    const Prefix remote = mkt.remote.any() ? Prefix() : Prefix{address, read.prefix};
    const std::string algorithm(read.alg_name, ::strnlen(read.alg_name, sizeof read.alg_name));
    lines.push_back(mkt.name + " " + to_text(mkt.local) + " " + std::to_string(mkt.local_port) +
                    " " + to_text(remote) + " " + std::to_string(mkt.remote_port) + " " +
                    std::to_string(read.sndid) + " " + std::to_string(read.rcvid) + " " +
                    algorithm +
                    ((read.keyflags & TCP_AO_KEYF_EXCLUDE_OPT) != 0 ? " exclude" : " include"));
  }
  return lines;
}

Result<void> Keys::put(int socket, const Ends& ends) const {
  for (const Mkt& mkt : mkts_) {
    if (!mkt.fits(ends))
      continue;
    if (ends.remote.octets().empty() && mkt.remote_port != 0)
      return fail(ErrorCode::unsupported, "the kernel's listeners know no port of the peer's");
    const int error = add_key(socket, mkt, ends.v4);
    if (error == EISCONN)
      return {};
    if (error != 0 && error != EEXIST) {
      errno = error;
      return system_error("TCP_AO_ADD_KEY");
    }
  }
  return {};
}

void take(int socket, const Mkt& mkt, bool v4, bool listening) {
  tcp_ao_del request{};
  put_address(request.addr, mkt.remote, v4);
  request.prefix = mkt.remote.length;
  request.sndid = mkt.send_id;
  request.rcvid = mkt.recv_id;
  request.del_async = listening ? 1 : 0;
  // Refused where it is not there, or where the connection uses it.
  ::setsockopt(socket, IPPROTO_TCP, TCP_AO_DEL_KEY, &request, sizeof request);
}

std::optional<Protection> protection_of(int socket) {
  tcp_ao_info_opt info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_AO_INFO, &info, &size) != 0)
    return std::nullopt;
  return Protection{info.current_key,       info.rnext,          info.pkt_good, info.pkt_bad,
                    info.pkt_key_not_found, info.pkt_ao_required};
}

Result<void> choose(int socket, std::optional<std::uint8_t> current,
                    std::optional<std::uint8_t> rnext) {
  tcp_ao_info_opt info{};
  socklen_t size = sizeof info;
  // What is not to be changed is written back as it was.
  if (::getsockopt(socket, IPPROTO_TCP, TCP_AO_INFO, &info, &size) != 0)
    return fail(ErrorCode::bad_value, "TCP-AO does not protect the connection");
  info.set_current = current ? 1 : 0;
  info.set_rnext = rnext ? 1 : 0;
  info.set_counters = 0;
  info.current_key = current.value_or(0);
  info.rnext = rnext.value_or(0);
  if (::setsockopt(socket, IPPROTO_TCP, TCP_AO_INFO, &info, sizeof info) != 0)
    return fail(ErrorCode::bad_value, std::string("TCP_AO_INFO: the connection has no such MKT: ") +
                                          std::strerror(errno));
  return {};
}

}  // namespace karpspec::agent
