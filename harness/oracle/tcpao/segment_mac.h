#pragma once

#include "base/secret.h"
#include "oracle/tcpao/habit.h"
#include "wire/code_points.h"
#include "wire/tcp_segment.h"

// TCP-AO's cryptography: RFC 5925 section 5, RFC 5926. Vectors: RFC 9235.
namespace karpspec::oracle::tcpao {

// Octets of a traffic key: 20 for HMAC-SHA-1-96, 16 for AES-128-CMAC-96 (RFC 5926 section 3.2);
// 0 for a MAC that we do not know.
[[nodiscard]] std::size_t traffic_key_size(wire::TcpAoAuthAlg alg);
// Octets of the MAC in the option; 0 for one that we do not know.
[[nodiscard]] std::size_t mac_size(wire::TcpAoAuthAlg alg);

// What a traffic key is bound to (RFC 5925 section 5.2), seen from the segment's sender. A SYN
// without ACK has a destination ISN of 0; every other segment, SYN-ACK too, has both.
struct KeyContext {
  wire::IpAddress source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t source_isn = 0, destination_isn = 0;
};

// CONTEXT as an end with HABIT has it. SYN_ACK: of a SYN with ACK.
[[nodiscard]] KeyContext bound_by(KeyContext context, bool syn_ack, Habit habit);

// The traffic key (RFC 5926 section 3.1.1): blocks 1, 2, ... of
//   PRF(master key, i | "TCP-AO" | context | size in bits)
// until there are as many octets as the MAC wants. With the KDF that RFC 5926 pairs with the MAC
// one block is enough (profile P-80 says what the other pairs do). AES-128-CMAC brings master keys
// of other sizes than 16 octets to 16 (section 3.1.1.2).
// Errors: bad_length for an empty master key; unsupported for numbers that we do not know.
[[nodiscard]] Result<Secret> traffic_key(wire::TcpAoKdf kdf, wire::TcpAoAuthAlg alg,
                                         OctetView master_key, const KeyContext& context);

// The MAC of a segment, as many octets as mac_size() says, over
//   SNE (4) | pseudo header | TCP header and options | data
// with the checksum and the MAC field as zeros. Where options are not covered only the TCP-AO
// option itself is. HEADER is PACKET's, OPTION its TCP-AO option. SNE: the sequence number
// extension of the segment's first octet. Errors: unsupported, bad_length for a key of another
// size.
[[nodiscard]] Result<Secret> segment_mac(wire::TcpAoAuthAlg alg, OctetView traffic_key,
                                         bool covers_options, std::uint32_t sne,
                                         const wire::TcpPacket& packet,
                                         const wire::TcpHeader& header,
                                         const wire::TcpAoOption& option);

// The digest of the TCP MD5 signature option (RFC 2385 section 2.0), 16 octets, over
//   pseudo header | TCP header without options, checksum zero | data | key
[[nodiscard]] Octets md5_signature(OctetView key, const wire::TcpPacket& packet,
                                   const wire::TcpHeader& header);

}  // namespace karpspec::oracle::tcpao
