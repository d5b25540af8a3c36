#pragma once

#include <cstdint>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "wire/ip_address.h"

// OSPFv2 packets as far as their authentication goes: RFC 2328 appendix A.3 and D.
//
//   version (1) | type (1) | packet length (2)
//   router ID (4)
//   area ID (4)
//   checksum (2) | AuType (2)
//   authentication (8)
//   body, up to packet length
//   message digest, not counted in packet length        } with AuType 2
//   block for link-local signaling, if any (RFC 5613)
//
// With AuType 2 the authentication field is
//   0 (2) | Key ID (1) | Auth Data Len (1) | cryptographic sequence number (4)
// What is authenticated is the octets as they were sent, so a packet is read in place.
namespace karpspec::wire {

inline constexpr std::uint8_t protocol_ospf = 89;             // IP protocol
inline constexpr std::size_t ospf_header_size = 24;           // octets
inline constexpr std::uint32_t all_spf_routers = 0xe0000005;  // 224.0.0.5

// An OSPF packet with the addresses of the IP header that it came in.
struct OspfPacket {
  IpAddress source, destination;
  Octets octets;  // from the version on
  friend bool operator==(const OspfPacket&, const OspfPacket&) = default;
};

enum class OspfType : std::uint8_t {
  HELLO = 1,
  DATABASE_DESCRIPTION = 2,
  LINK_STATE_REQUEST = 3,
  LINK_STATE_UPDATE = 4,
  LINK_STATE_ACKNOWLEDGMENT = 5,
};
enum class OspfAuType : std::uint16_t { NONE = 0, SIMPLE_PASSWORD = 1, CRYPTOGRAPHIC = 2 };

struct OspfHeader {
  std::uint8_t type = 0;
  std::uint16_t length = 0;  // octets, header included, digest not
  std::uint32_t router_id = 0, area_id = 0;
  std::uint16_t checksum = 0;
  std::uint16_t au_type = 0;
  // With AuType 2 alone; 0 otherwise.
  std::uint8_t key_id = 0;
  std::uint8_t digest_size = 0;  // octets: Auth Data Len
  std::uint32_t sequence = 0;

  [[nodiscard]] bool is(OspfAuType which) const {
    return au_type == static_cast<std::uint16_t>(which);
  }
  [[nodiscard]] bool is(OspfType which) const { return type == static_cast<std::uint8_t>(which); }
};

// Where fields stand that a refusal may blame, octets from the packet's start.
inline constexpr std::size_t ospf_area_id_at = 8, ospf_au_type_at = 14, ospf_key_id_at = 18,
                             ospf_digest_size_at = 19, ospf_sequence_at = 20;

// Errors: truncated when there are fewer octets than the header, its length or its Auth Data Len
// say; bad_value for another version than 2; bad_length for a packet length below 24. Each with
// its octet.
[[nodiscard]] Result<OspfHeader> read_ospf_header(OctetView packet);

// A Hello's body, RFC 2328 section A.3.2:
//   network mask (4)
//   HelloInterval, seconds (2) | options (1) | router priority (1)
//   RouterDeadInterval, seconds (4)
//   designated router (4)
//   backup designated router (4)
//   neighbors, router IDs (4 each)
struct OspfHello {
  std::uint32_t mask = 0;
  std::uint16_t interval = 10;
  std::uint8_t options = 0;
  std::uint8_t priority = 0;
  std::uint32_t dead_interval = 40;
  std::uint32_t designated = 0, backup = 0;
  std::vector<std::uint32_t> neighbors;  // of whom a Hello was taken lately
  friend bool operator==(const OspfHello&, const OspfHello&) = default;
};
// HEADER is PACKET's. Errors: bad_value for another type; bad_length for a body that is shorter
// than 20 octets, or whose neighbors are no multiple of 4.
[[nodiscard]] Result<OspfHello> read_ospf_hello(OctetView packet, const OspfHeader& header);

// Header and body. HEADER's length is not looked at; the checksum is put in where there is no
// cryptographic authentication (appendix D.4), and DIGEST behind the packet where there is, with
// its size in Auth Data Len unless HEADER has one.
[[nodiscard]] Octets encode_ospf_hello(const OspfHeader& header, const OspfHello& hello,
                                       OctetView digest = {});

}  // namespace karpspec::wire
