#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/octets.h"
#include "wire/code_points.h"

namespace karpspec::wire {

// A transform attribute, RFC 5996 section 3.3.5: AF bit and 15-bit type, then either a 16-bit
// value (AF = 1) or a 16-bit length in octets and the value.
struct Attribute {
  static constexpr std::uint16_t key_length = 14;  // in bits
  std::uint16_t type = 0;                          // 15 bits
  std::variant<std::uint16_t, Octets> value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// A transform of RFC 5996 section 3.3.2, for IKE, AH, ESP and any protocol we do not know.
//   last (0) or more (3) | RESERVED | transform length (2)
//   transform type | RESERVED | transform ID (2)
//   attributes
struct Transform {
  std::uint8_t reserved1 = 0;
  std::uint8_t type = 0;
  std::uint8_t reserved2 = 0;
  std::uint16_t id = 0;
  std::vector<Attribute> attributes;

  // The key length attribute in bits, if there is one.
  [[nodiscard]] std::optional<std::uint16_t> key_length() const;
  friend bool operator==(const Transform&, const Transform&) = default;
};
// KEY_BITS 0: without a key length attribute.
[[nodiscard]] Transform make_transform(TransformType type, std::uint16_t id,
                                       std::uint16_t key_bits = 0);

// RKMP section 4.1.1.1: 8 octets, without a transform type.
//   last (0) or more (3) | RESERVED | transform length (2) = 8
//   SendID | Auth Alg | KDF | flags: O X X X X X X X
struct TcpAoTransform {
  static constexpr std::uint8_t flag_options = 0x80;  // O: TCP options are left out of the MAC
  std::uint8_t reserved = 0;
  std::uint8_t send_id = 0;
  std::uint8_t auth_alg = 0;
  std::uint8_t kdf = 0;
  std::uint8_t flags = 0;
  friend bool operator==(const TcpAoTransform&, const TcpAoTransform&) = default;
};

// RFC 5996 section 3.3.1. Which kind of transform it holds follows from the protocol.
//   last (0) or more (2) | RESERVED | proposal length (2)
//   proposal number | protocol ID | SPI size | number of transforms
//   SPI, transforms
struct Proposal {
  std::uint8_t reserved = 0;
  std::uint8_t number = 0;
  std::uint8_t protocol = 0;  // a ProtocolId where known, or one of CodePoints
  Octets spi;                 // at most 255 octets
  std::variant<std::vector<Transform>, std::vector<TcpAoTransform>> transforms;

  [[nodiscard]] bool is_tcp_ao() const {
    return std::holds_alternative<std::vector<TcpAoTransform>>(transforms);
  }
  friend bool operator==(const Proposal&, const Proposal&) = default;
};

// RFC 5996 section 3.3, RKMP section 4.1.
struct SaPayload {
  std::vector<Proposal> proposals;
  friend bool operator==(const SaPayload&, const SaPayload&) = default;
};

}  // namespace karpspec::wire
