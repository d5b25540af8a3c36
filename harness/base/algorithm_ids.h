#pragma once

#include <cstdint>

// Transform IDs of RFC 5996 section 3.3.2 and its IANA registry, shared by wire and crypto.
namespace karpspec {

enum class Encr : std::uint16_t { NONE = 0, AES_CBC = 12, AES_GCM_16 = 20, CHACHA20_POLY1305 = 28 };
enum class Prf : std::uint16_t {
  HMAC_SHA1 = 2,
  AES128_XCBC = 4,
  HMAC_SHA2_256 = 5,
  HMAC_SHA2_384 = 6,
  HMAC_SHA2_512 = 7,
  AES128_CMAC = 8,
};
enum class Integ : std::uint16_t {
  NONE = 0,
  HMAC_SHA1_96 = 2,
  AES_XCBC_96 = 5,
  AES_CMAC_96 = 8,
  HMAC_SHA2_256_128 = 12,
  HMAC_SHA2_384_192 = 13,
  HMAC_SHA2_512_256 = 14,
};
enum class DhGroup : std::uint16_t {
  NONE = 0,
  MODP_2048 = 14,
  MODP_3072 = 15,
  MODP_4096 = 16,
  ECP_256 = 19,
  ECP_384 = 20,
  ECP_521 = 21,
  CURVE25519 = 31,
};

}  // namespace karpspec
