#pragma once

#include <cstdint>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "wire/ip_address.h"

// TCP segments as far as their authentication goes: RFC 9293 section 3.1, RFC 2385, RFC 5925.
//
//   source port (2) | destination port (2)
//   sequence number (4)
//   acknowledgment number (4)
//   data offset in units of 4 octets, 4 bits reserved (1) | flags (1) | window (2)
//   checksum (2) | urgent pointer (2)
//   options, up to 40 octets | data
//
// What is authenticated is the octets as they were sent, so a segment stays octets and is read in
// place.
namespace karpspec::wire {

enum class TcpFlag : std::uint8_t { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };
enum class TcpOptionKind : std::uint8_t { END = 0, NOP = 1, MSS = 2, MD5 = 19, AO = 29 };

inline constexpr std::size_t tcp_header_size = 20;  // without options
inline constexpr std::size_t tcp_option_space = 40;
inline constexpr std::size_t tcp_checksum_offset = 16;
inline constexpr std::size_t tcp_md5_option_size = 18;

// A segment with the addresses of the IP header that it came in, which its pseudo header has.
struct TcpPacket {
  IpAddress source, destination;
  Octets segment;  // from the source port on
  friend bool operator==(const TcpPacket&, const TcpPacket&) = default;
};

// One option other than END and NOP. Sizes and offsets are in octets of the segment.
struct TcpOption {
  std::uint8_t kind = 0;
  std::size_t offset = 0;
  std::size_t size = 0;  // kind and length included
  [[nodiscard]] bool is(TcpOptionKind which) const {
    return kind == static_cast<std::uint8_t>(which);
  }
};

struct TcpHeader {
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t sequence = 0, acknowledgment = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  std::size_t size = tcp_header_size;  // octets, options included: where the data begins
  std::vector<TcpOption> options;      // in their order, up to the end of the list

  [[nodiscard]] bool has(TcpFlag flag) const {
    return (flags & static_cast<std::uint8_t>(flag)) != 0;
  }
  // The first option of a kind, or nullptr.
  [[nodiscard]] const TcpOption* find(TcpOptionKind kind) const;
  [[nodiscard]] std::size_t count(TcpOptionKind kind) const;
};

// Errors: truncated when there are fewer octets than the header says; bad_length when the data
// offset is below 5, or an option is shorter than 2 octets or longer than what is left of the
// header. Each with its octet in the segment.
[[nodiscard]] Result<TcpHeader> read_tcp_header(OctetView segment);

// Kind (1) | length (1) | KeyID (1) | RNextKeyID (1) | MAC: RFC 5925 section 2.2.
struct TcpAoOption {
  std::uint8_t key_id = 0;
  std::uint8_t r_next_key_id = 0;
  std::size_t mac_offset = 0;  // in the segment
  std::size_t mac_size = 0;
};
// OPTION is one of SEGMENT's. Errors: bad_length when it has fewer than 4 octets.
[[nodiscard]] Result<TcpAoOption> read_tcp_ao(OctetView segment, const TcpOption& option);

// What a segment is made of.
struct TcpFields {
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t sequence = 0, acknowledgment = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  Octets options;  // padded with END to a multiple of 4 octets
  Octets data;
};
// The octets, with a checksum of zero. Errors: bad_length for more than 40 octets of options.
[[nodiscard]] Result<Octets> encode_tcp(const TcpFields& fields);

// What the checksum covers before the segment (RFC 9293 section 3.1, RFC 8200 section 8.1), and
// what TCP-AO (RFC 5925 section 5.1) and TCP MD5 (RFC 2385 section 2.0) cover too:
//   IPv4: source (4) | destination (4) | 0 (1) | 6 (1) | TCP length (2)
//   IPv6: source (16) | destination (16) | TCP length (4) | 0 (3) | 6 (1)
[[nodiscard]] Octets pseudo_header(const TcpPacket& packet);
// Puts the checksum in. The segment must have a header.
void set_tcp_checksum(TcpPacket& packet);
[[nodiscard]] bool tcp_checksum_holds(const TcpPacket& packet);

}  // namespace karpspec::wire
