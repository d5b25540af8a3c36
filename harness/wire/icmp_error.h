#pragma once

#include <optional>
#include <string_view>

#include "wire/tcp_segment.h"

// ICMP errors about TCP segments: RFC 792 and RFC 4443 sections 2.4 and 3.1.
//
//   type (1) | code (1) | checksum (2) | unused (4)
//   IP header of the packet that it is about, and at least 8 octets behind that
namespace karpspec::wire {

// Those that end a connection where they are believed (RFC 5925 section 7.8).
enum class IcmpError : std::uint8_t {
  protocol_unreachable,  // of IPv4 alone
  port_unreachable,
  prohibited,  // administratively
};
// "port-unreachable"
[[nodiscard]] const char* to_string(IcmpError error);
[[nodiscard]] std::optional<IcmpError> icmp_error_from(std::string_view name);

// The IP packet that tells the sender of ABOUT the error, in the name of who ABOUT was for. Errors:
// bad_value where the addresses are no pair, or IPv6 has no such error; bad_length for a segment of
// fewer than 8 octets.
[[nodiscard]] Result<Octets> encode_icmp_error(IcmpError error, const TcpPacket& about);

// The segment that an error is about, as far as it is quoted: as its sender sent it.
struct IcmpAbout {
  IpAddress source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t sequence = 0;
};
// Nothing where PACKET is no such error, or ends too early.
[[nodiscard]] std::optional<IcmpAbout> read_icmp_error(OctetView packet);

}  // namespace karpspec::wire
