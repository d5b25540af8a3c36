#include "diagnosis.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include "keys.h"

namespace karpspec::agent {
namespace {

struct Request {
  nlmsghdr header{};
  inet_diag_req_v2 body{};
};

Socket diagnosis_socket() {
  Socket socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  const timeval patience{2, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return socket;
}

Request request_for(std::uint16_t type, std::uint16_t flags, std::uint8_t family) {
  Request request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0U;
  return request;
}

// Calls SEEN for each socket of FAMILY.
Result<void> each(std::uint8_t family, const std::function<void(const inet_diag_msg&)>& seen) {
  const Socket socket = diagnosis_socket();
  const Request request = request_for(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, family);
  if (::send(socket.get(), &request, sizeof request, 0) < 0)
    return system_error("sock_diag");
  alignas(nlmsghdr) std::array<char, 32768> buffer{};
  for (;;) {
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0)
      return system_error("sock_diag");
    std::size_t left = static_cast<std::size_t>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE)
        return {};
      if (header->nlmsg_type == NLMSG_ERROR)
        return fail(ErrorCode::io, "sock_diag: refused");
      if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg)))
        seen(*static_cast<const inet_diag_msg*>(NLMSG_DATA(header)));
    }
  }
}

wire::IpAddress address_of(std::uint8_t family, const __be32* words) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(words);
  return wire::IpAddress::from_octets(OctetView(octets, family == AF_INET ? 4 : 16))
      .value_or(wire::IpAddress());
}

}  // namespace

Result<std::vector<SeenSocket>> tcp_sockets() {
  std::vector<SeenSocket> sockets;
  for (const std::uint8_t family : {AF_INET, AF_INET6})
    KARPSPEC_CHECK(each(family, [&](const inet_diag_msg& one) {
      sockets.push_back({address_of(family, one.id.idiag_src), address_of(family, one.id.idiag_dst),
                         ntohs(one.id.idiag_sport), ntohs(one.id.idiag_dport), one.idiag_state});
    }));
  return sockets;
}

Result<void> end_tcp_sockets() {
  for (const std::uint8_t family : {AF_INET, AF_INET6}) {
    std::vector<inet_diag_sockid> found;
    KARPSPEC_CHECK(each(family, [&](const inet_diag_msg& one) { found.push_back(one.id); }));
    const Socket socket = diagnosis_socket();
    for (const inet_diag_sockid& id : found) {
      Request request = request_for(SOCK_DESTROY, NLM_F_ACK, family);
      request.body.id = id;
      std::array<char, 1024> answer{};
      // One that has gone by itself meanwhile is as good.
      if (::send(socket.get(), &request, sizeof request, 0) < 0 ||
          ::recv(socket.get(), answer.data(), answer.size(), 0) < 0)
        return system_error("sock_diag");
    }
  }
  return {};
}

}  // namespace karpspec::agent
