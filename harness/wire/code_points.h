#pragma once

#include <cstdint>

#include "base/algorithm_ids.h"

// Numbers of RFC 5996 section 3 and of the IANA registries it refers to. The documents' spelling.
namespace karpspec::wire {

enum class PayloadType : std::uint8_t {
  none = 0,
  SA = 33,
  KE = 34,
  IDi = 35,
  IDr = 36,
  CERT = 37,
  CERTREQ = 38,
  AUTH = 39,
  Nonce = 40,
  N = 41,
  D = 42,
  V = 43,
  TSi = 44,
  TSr = 45,
  SK = 46,
  CP = 47,
  EAP = 48,
  SKF = 53,  // RFC 7383
  // MRKMP, profile P-202
  GROUP = 128,
  KD = 129,
  SEQ = 130,
  ADV = 131,
  GKM = 132,
  INC = 133,
  POLICY = 134,  // of the key servers, P-242
};

enum class ExchangeType : std::uint8_t {
  IKE_SA_INIT = 34,
  IKE_AUTH = 35,
  CREATE_CHILD_SA = 36,
  INFORMATIONAL = 37,
  // MRKMP, profile P-202
  mrkmp_init = 240,
  mrkmp_auth = 241,
  mrkmp_join = 242,
  mrkmp_merge_sa = 243,
  mrkmp_newkey = 244,
  mrkmp_group = 245,
  mrkmp_advert = 246,
  // Key servers, profile P-242
  ks_policy = 247,
  ks_group = 248,
};

// Exchanges that make an IKE SA.
[[nodiscard]] constexpr bool makes_ike_sa(ExchangeType exchange) {
  return exchange == ExchangeType::IKE_SA_INIT || exchange == ExchangeType::mrkmp_init;
}
// Exchanges of MRKMP that go to a whole group.
[[nodiscard]] constexpr bool is_to_group(ExchangeType exchange) {
  return exchange == ExchangeType::mrkmp_advert || exchange == ExchangeType::mrkmp_group;
}
// Exchanges of MRKMP and of the key servers, which have its payloads.
[[nodiscard]] constexpr bool is_mrkmp(ExchangeType exchange) {
  return exchange >= ExchangeType::mrkmp_init && exchange <= ExchangeType::ks_group;
}

// Security protocol identifiers (section 3.3.1). TCP-AO and the LDP discovery key have numbers in
// the profile: see CodePoints.
enum class ProtocolId : std::uint8_t { none = 0, IKE = 1, AH = 2, ESP = 3 };

enum class TransformType : std::uint8_t { ENCR = 1, PRF = 2, INTEG = 3, DH = 4, ESN = 5 };

using karpspec::DhGroup;
using karpspec::Encr;
using karpspec::Integ;
using karpspec::Prf;

enum class IdType : std::uint8_t {
  ID_IPV4_ADDR = 1,
  ID_FQDN = 2,
  ID_RFC822_ADDR = 3,
  ID_IPV6_ADDR = 5,
  ID_DER_ASN1_DN = 9,
  ID_DER_ASN1_GN = 10,
  ID_KEY_ID = 11,
};

enum class AuthMethod : std::uint8_t {
  RSA = 1,
  PSK = 2,
  DSS = 3,
  ECDSA_256 = 9,
  ECDSA_384 = 10,
  ECDSA_521 = 11,
  NULL_AUTH = 13,
  DIGITAL_SIGNATURE = 14,
};

enum class TsType : std::uint8_t { TS_IPV4_ADDR_RANGE = 7, TS_IPV6_ADDR_RANGE = 8 };

enum class NotifyType : std::uint16_t {
  UNSUPPORTED_CRITICAL_PAYLOAD = 1,
  INVALID_IKE_SPI = 4,
  INVALID_MAJOR_VERSION = 5,
  INVALID_SYNTAX = 7,
  INVALID_MESSAGE_ID = 9,
  INVALID_SPI = 11,
  NO_PROPOSAL_CHOSEN = 14,
  INVALID_KE_PAYLOAD = 17,
  AUTHENTICATION_FAILED = 24,
  SINGLE_PAIR_REQUIRED = 34,
  NO_ADDITIONAL_SAS = 35,
  INTERNAL_ADDRESS_FAILURE = 36,
  FAILED_CP_REQUIRED = 37,
  TS_UNACCEPTABLE = 38,
  INVALID_SELECTORS = 39,
  TEMPORARY_FAILURE = 43,
  CHILD_SA_NOT_FOUND = 44,
  AUTHORIZATION_FAILED = 45,  // of the key servers: RFC 9838, profile P-242
  // MRKMP, profile P-203
  MRKMP_WRONG_GCKS = 8192,
  MRKMP_GCKS_UNKNOWN = 8193,
  MRKMP_NOT_PERMITTED = 8194,
  MRKMP_MERGE_REFUSED = 8195,
  INITIAL_CONTACT = 16384,
  SET_WINDOW_SIZE = 16385,
  ADDITIONAL_TS_POSSIBLE = 16386,
  IPCOMP_SUPPORTED = 16387,
  NAT_DETECTION_SOURCE_IP = 16388,
  NAT_DETECTION_DESTINATION_IP = 16389,
  COOKIE = 16390,
  USE_TRANSPORT_MODE = 16391,
  HTTP_CERT_LOOKUP_SUPPORTED = 16392,
  REKEY_SA = 16393,
  ESP_TFC_PADDING_NOT_SUPPORTED = 16394,
  NON_FIRST_FRAGMENTS_ALSO = 16395,
  EAP_ONLY_AUTHENTICATION = 16417,
  CHILDLESS_IKEV2_SUPPORTED = 16418,
  IKEV2_FRAGMENTATION_SUPPORTED = 16430,
  SIGNATURE_HASH_ALGORITHMS = 16431,
};
// Notify types below this are errors, the others status (section 3.10.1).
inline constexpr std::uint16_t first_status_notify = 16384;

enum class CertEncoding : std::uint8_t {
  PKCS7 = 1,
  X509_SIGNATURE = 4,
  CRL = 7,
  RAW_RSA_KEY = 11,  // PKCS #1 RSAPublicKey
  HASH_AND_URL = 12,
  RAW_PUBLIC_KEY = 15,  // SubjectPublicKeyInfo, RFC 7670
};

// Numbers nobody assigned: suites/profile.md says why these, a DUT file may override each.
struct CodePoints {
  std::uint8_t tcp_ao_protocol = 201;         // RKMP TBD-1
  std::uint8_t ldp_discovery_protocol = 202;  // RKMP TBD-2
  std::uint8_t rp_ts_type = 241;              // RKMP TBD-3
  // Whether MRKMP is spoken: to all others its payload types are unknown ones.
  bool mrkmp = false;
};

// RKMP section 4.1.1.1, IDs of RFC 5926's algorithms.
enum class TcpAoAuthAlg : std::uint8_t { HMAC_SHA_1_96 = 1, AES_128_CMAC_96 = 2 };
enum class TcpAoKdf : std::uint8_t { KDF_HMAC_SHA1 = 1, KDF_AES_128_CMAC = 2 };
// RKMP section 4.2.
enum class RoutingProtocol : std::uint8_t { BGP = 1, LDP = 2, MSDP = 3, PIM_PORT = 4, PCEP = 5 };

}  // namespace karpspec::wire
