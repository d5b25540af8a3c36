#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "wire/tcp_segment.h"

// Whole IP packets that carry one TCP segment: RFC 791 section 3.1, RFC 8200 section 3.
namespace karpspec::wire {

constexpr std::uint8_t protocol_tcp = 6;  // also the next header of IPv6
// Octets, without options and extension headers.
constexpr std::size_t ipv4_header_size = 20, ipv6_header_size = 40;

// The packet, without IP options or extension headers; identification 0, not to be fragmented, hop
// limit 64. The segment's checksum is taken as it is. Errors: bad_value where the addresses are no
// pair of one family, bad_length for more than 65535 octets.
[[nodiscard]] Result<Octets> encode_ip(const TcpPacket& packet);

// The same with another PROTOCOL (IPv4) or next header (IPv6), and what it carries.
[[nodiscard]] Result<Octets> encode_ip(const IpAddress& source, const IpAddress& destination,
                                       std::uint8_t protocol, OctetView payload);

// The Internet checksum of RFC 1071, of OCTETS, an odd one at the end filled up with zero.
[[nodiscard]] std::uint16_t internet_checksum(OctetView octets);

// The segment in an IP packet. Nothing where that carries something else than TCP behind its
// header, or is a fragment of another packet. What follows the length that the header tells is
// padding of the link. Errors: truncated, bad_length, bad_value for another version than 4 and 6.
[[nodiscard]] Result<std::optional<TcpPacket>> read_ip(OctetView packet);

}  // namespace karpspec::wire
