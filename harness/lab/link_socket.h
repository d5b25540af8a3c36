#pragma once

#include <span>

#include "lab/file_descriptor.h"
#include "lab/socket_address.h"

// UDP sockets for what is spoken on one link alone, and to groups on it (RFC 5082; profile P-201).
namespace karpspec::lab {

// A socket at OWN, from which all leaves with a TTL (hop limit) of 255, multicast by OWN's
// interface and not back to this host. Errors: bad_value (no address, or the wildcard), not_found
// (no interface has it), io.
[[nodiscard]] Result<FileDescriptor> link_socket(const Endpoint& own);
// One that hears what is sent to GROUP and its port on the interface that has the address OWN.
// Errors: bad_value (no addresses), not_found (no interface has OWN), io (GROUP is no multicast
// address, say).
[[nodiscard]] Result<FileDescriptor> group_socket(const Endpoint& group, const std::string& own);

struct LinkDatagram {
  Endpoint source;
  std::size_t size = 0;
  bool from_link = false;  // its TTL was 255: no router has passed it on
};
// What there is for SOCKET, one of those above, into BUFFER. Errors: as errno says in io;
// "nothing is there" is not_found.
[[nodiscard]] Result<LinkDatagram> receive_from_link(int socket, std::span<std::uint8_t> buffer);

}  // namespace karpspec::lab
