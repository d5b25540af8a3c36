#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "wire/ip_address.h"

// RIP version 2 messages as far as their authentication goes: RFC 2453 section 4, RFC 4822.
//
//   command (1) | version (1) | 0 (2)
//   entries of 20 octets
//   trailer: 0xFFFF (2) | 1 (2) | authentication data   } with authentication type 3
//
// The first entry authenticates where its address family is 0xFFFF (RFC 4822 section 2.1):
//   0xFFFF (2) | authentication type (2)
//   RIPv2 packet length: where the trailer begins (2) | Key ID (1) | Auth Data Len (1)
//   sequence number (4)
//   0 (8)
namespace karpspec::wire {

inline constexpr std::uint16_t rip_port = 520;     // UDP
inline constexpr std::size_t rip_header_size = 4;  // octets
inline constexpr std::size_t rip_entry_size = 20;
inline constexpr std::size_t rip_trailer_header_size = 4;
inline constexpr std::uint32_t rip_routers = 0xe0000009;  // 224.0.0.9
inline constexpr std::uint32_t rip_infinity = 16;

// A message with the addresses of the IP header that it came in.
struct RipPacket {
  IpAddress source, destination;
  Octets octets;  // the UDP payload
  friend bool operator==(const RipPacket&, const RipPacket&) = default;
};

enum class RipCommand : std::uint8_t { REQUEST = 1, RESPONSE = 2 };
enum class RipAuthType : std::uint16_t { SIMPLE_PASSWORD = 2, KEYED_DIGEST = 3 };

struct RipEntry {
  std::uint16_t family = 2;  // 2: IP
  std::uint16_t tag = 0;
  std::uint32_t address = 0, mask = 0, next_hop = 0;
  std::uint32_t metric = 1;
  friend bool operator==(const RipEntry&, const RipEntry&) = default;
};

// The first entry, where it authenticates. All but the type is of type 3 alone.
struct RipAuthentication {
  std::uint16_t type = 0;
  std::uint16_t trailer_at = 0;  // octets from the message's start: RIPv2 packet length
  std::uint8_t key_id = 0;
  std::uint8_t digest_size = 0;  // octets of the authentication data
  // Auth Data Len counts the trailer's first four octets too. RFC 4822 section 2.1 can be read so,
  // and some routers do so for MD5.
  bool length_of_trailer = false;
  std::uint32_t sequence = 0;
  [[nodiscard]] bool is(RipAuthType which) const {
    return type == static_cast<std::uint16_t>(which);
  }
  // Where the authentication data begins.
  [[nodiscard]] std::size_t digest_at() const { return trailer_at + rip_trailer_header_size; }
};

struct RipMessage {
  std::uint8_t command = 0;
  std::uint8_t version = 2;
  std::optional<RipAuthentication> authentication;
  std::vector<RipEntry> entries;  // the others, up to the trailer
};

// Where fields stand that a refusal may blame, octets from the message's start.
inline constexpr std::size_t rip_auth_type_at = 6, rip_packet_length_at = 8, rip_key_id_at = 10,
                             rip_digest_size_at = 11, rip_sequence_at = 12;

// Errors: truncated when there are fewer octets than the header, or than the authentication entry
// says; bad_length when what is left is not whole entries, or the packet length points elsewhere
// than behind one, or Auth Data Len is neither the length of the authentication data that is there
// nor that of the trailer; bad_value for another version than 2 and for a trailer that does not
// begin as one. Each with its octet.
[[nodiscard]] Result<RipMessage> read_rip(OctetView message);

// A message with MESSAGE's entries; with AuType 3 the trailer has DIGEST, and Auth Data Len
// the size of it, or of what MESSAGE says where DIGEST is empty. Other authentication than of type
// 3 is left out.
[[nodiscard]] Octets encode_rip(const RipMessage& message, OctetView digest = {});

}  // namespace karpspec::wire
