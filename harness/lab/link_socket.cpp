#include "lab/link_socket.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

#include "lab/file_descriptor.h"

namespace karpspec::lab {
namespace {

constexpr int whole_way = 255;

template <class Value>
bool set(const FileDescriptor& socket, int level, int name, const Value& value) {
  return ::setsockopt(socket.get(), level, name, &value, sizeof value) == 0;
}

bool same_address(const sockaddr* one, const SocketAddress& other) {
  if (one == nullptr || one->sa_family != other.family())
    return false;
  if (one->sa_family == AF_INET)
    return reinterpret_cast<const sockaddr_in*>(one)->sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in*>(other.get())->sin_addr.s_addr;
  return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(one)->sin6_addr,
                     &reinterpret_cast<const sockaddr_in6*>(other.get())->sin6_addr,
                     sizeof(in6_addr)) == 0;
}

// The interface that has ADDRESS, where the calling thread is. Errors: not_found, io.
Result<int> interface_of(const SocketAddress& address, const std::string& text) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return system_error("the interfaces cannot be read");
  int found = 0;
  for (const ifaddrs* each = list; each != nullptr && found == 0; each = each->ifa_next)
    if (same_address(each->ifa_addr, address))
      found = static_cast<int>(::if_nametoindex(each->ifa_name));
  ::freeifaddrs(list);
  if (found == 0)
    return fail(ErrorCode::not_found, "no interface has the address " + text);
  return found;
}

// Asks for the TTL of what comes.
bool asks_for_ttl(const FileDescriptor& socket, int family) {
  return family == AF_INET ? set(socket, IPPROTO_IP, IP_RECVTTL, 1)
                           : set(socket, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

}  // namespace

Result<FileDescriptor> link_socket(const Endpoint& own) {
  KARPSPEC_TRY(address, to_socket_address(own));
  if (is_wildcard(address))
    return fail(ErrorCode::bad_value, own.address + " is no address that a peer can send to");
  KARPSPEC_TRY(interface, interface_of(address, own.address));
  FileDescriptor made(::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made)
    return system_error("cannot make a socket");
  const bool ready = address.family() == AF_INET
                         ? set(made, IPPROTO_IP, IP_TTL, whole_way) &&
                               set(made, IPPROTO_IP, IP_MULTICAST_TTL, whole_way) &&
                               set(made, IPPROTO_IP, IP_MULTICAST_LOOP, 0) &&
                               set(made, IPPROTO_IP, IP_MULTICAST_IF, ip_mreqn{{}, {}, interface})
                         : set(made, IPPROTO_IPV6, IPV6_UNICAST_HOPS, whole_way) &&
                               set(made, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, whole_way) &&
                               set(made, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) &&
                               set(made, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface);
  if (!ready || !asks_for_ttl(made, address.family()) || !bind_to(made.get(), address))
    return system_error("cannot listen at " + own.address + " port " + std::to_string(own.port));
  return made;
}

Result<FileDescriptor> group_socket(const Endpoint& group, const std::string& own) {
  KARPSPEC_TRY(address, to_socket_address(group));
  KARPSPEC_TRY(own_address, to_socket_address({own, 0}));
  KARPSPEC_TRY(interface, interface_of(own_address, own));
  FileDescriptor made(::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made)
    return system_error("cannot make a socket");
  if (!set(made, SOL_SOCKET, SO_REUSEADDR, 1) || !asks_for_ttl(made, address.family()))
    return system_error("cannot make a socket");
  if (address.family() == AF_INET6)
    reinterpret_cast<sockaddr_in6*>(address.writable())->sin6_scope_id =
        static_cast<std::uint32_t>(interface);
  if (!bind_to(made.get(), address))
    return system_error("cannot listen at " + group.address);
  bool joined = false;
  if (address.family() == AF_INET) {
    ip_mreqn request{};
    request.imr_multiaddr = reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr;
    request.imr_ifindex = interface;
    joined = set(made, IPPROTO_IP, IP_ADD_MEMBERSHIP, request);
  } else {
    ipv6_mreq request{};
    request.ipv6mr_multiaddr = reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr;
    request.ipv6mr_interface = static_cast<unsigned>(interface);
    joined = set(made, IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
  }
  if (!joined)
    return system_error("cannot join the group " + group.address);
  return made;
}

Result<LinkDatagram> receive_from_link(int socket, std::span<std::uint8_t> buffer) {
  for (;;) {
    SocketAddress from;
    iovec part{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::uint8_t control[128];
    msghdr message{};
    message.msg_name = from.writable();
    message.msg_namelen = from.size;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(socket, &message, 0);
    if (size < 0) {
      if (errno == EINTR || errno == ECONNREFUSED)
        continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        return fail(ErrorCode::not_found, "nothing is there");
      return system_error("cannot receive");
    }
    from.size = message.msg_namelen;
    LinkDatagram out{to_endpoint(from), static_cast<std::size_t>(size), false};
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each)) {
      const bool ttl = (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_TTL) ||
                       (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_HOPLIMIT);
      int hops = 0;
      if (ttl && each->cmsg_len >= CMSG_LEN(sizeof hops)) {
        std::memcpy(&hops, CMSG_DATA(each), sizeof hops);
        out.from_link = hops == whole_way;
      }
    }
    return out;
  }
}

}  // namespace karpspec::lab
