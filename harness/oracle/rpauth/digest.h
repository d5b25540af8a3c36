#pragma once

#include <optional>
#include <string_view>

#include "base/secret.h"
#include "wire/ospf_packet.h"
#include "wire/rip_packet.h"

// Cryptographic authentication of OSPFv2 and RIPv2: RFC 2328 section D.4.3, RFC 5709, RFC 4822.
namespace karpspec::oracle::rpauth {

enum class Algorithm : std::uint8_t { md5, hmac_sha_1, hmac_sha_256, hmac_sha_384, hmac_sha_512 };
// By AlgID of a row of the key table: "md5", "hmac-sha-256". Nothing for another protocol's.
[[nodiscard]] std::optional<Algorithm> algorithm_from(std::string_view alg_id);
// Octets of the digest: L of RFC 5709 section 3.3.
[[nodiscard]] std::size_t digest_size(Algorithm algorithm);

// The digest over TEXT, which is everything before the authentication data.
//   md5       MD5(text | key, filled with zeros to 16 octets)     RFC 2328 D.4.3, RFC 4822
//   hmac-sha  HMAC(Ko, text | Apad)                                RFC 5709 3.3, RFC 4822 2.5
// Ko has L octets: a longer key is hashed, a shorter one filled with zeros. A key between L octets
// and the hash's block therefore gives another digest than plain HMAC. Apad is 0x878FE1F3 repeated
// to L octets.
// Errors: bad_length for an empty key, and for md5 for one of more than 16 octets.
[[nodiscard]] Result<Secret> digest(Algorithm algorithm, OctetView key, OctetView text);

// The octets that an OSPF packet's digest covers; HEADER is PACKET's.
[[nodiscard]] OctetView covered(OctetView packet, const wire::OspfHeader& header);
// Those of a RIP message with authentication of type 3, the trailer's first four octets included.
[[nodiscard]] OctetView covered(OctetView message, const wire::RipAuthentication& authentication);

// A Hello as HEADER and HELLO have it, with its digest. HEADER has AuType 2, Key ID and sequence
// number. Errors: those of digest().
[[nodiscard]] Result<Octets> protect(Algorithm algorithm, OctetView key,
                                     const wire::OspfHeader& header, const wire::OspfHello& hello);
// The same for a RIP message, whose authentication has type 3.
[[nodiscard]] Result<Octets> protect(Algorithm algorithm, OctetView key,
                                     const wire::RipMessage& message);

}  // namespace karpspec::oracle::rpauth
