#pragma once

#include <cstdint>
#include <string>

#include "base/octets.h"
#include "base/result.h"

// How a signature is made: RFC 5996 section 3.8, RFC 4754, RFC 7427, RFC 8420.
namespace karpspec::crypto {

// The IKEv2 registry of hash algorithms (RFC 7427 section 7, RFC 8420 section 4).
enum class HashAlgorithm : std::uint16_t {
  SHA1 = 1,
  SHA2_256 = 2,
  SHA2_384 = 3,
  SHA2_512 = 4,
  IDENTITY = 5,  // EdDSA hashes by itself
};
// "SHA2_256"; the number in decimal where there is none.
[[nodiscard]] std::string hash_name(HashAlgorithm hash);
// Octets of a digest; 0 for IDENTITY and for those we do not know.
[[nodiscard]] std::size_t hash_size(HashAlgorithm hash);

enum class SignatureAlgorithm : std::uint8_t {
  rsa_pkcs1,    // RSASSA-PKCS1-v1_5
  rsa_pss,      // RSASSA-PSS with MGF1 under the same hash
  ecdsa,        // Ecdsa-Sig-Value in DER, as certificates and RFC 7427 have it
  ecdsa_fixed,  // r | s at the size of the curve's order, as RFC 4754 has it
  eddsa,
};

struct SignatureScheme {
  SignatureAlgorithm algorithm = SignatureAlgorithm::rsa_pkcs1;
  HashAlgorithm hash = HashAlgorithm::SHA2_256;
  std::size_t salt_size = 0;  // octets, rsa_pss alone; the digest's size is what we make
  friend bool operator==(const SignatureScheme&, const SignatureScheme&) = default;
};
// "RSASSA-PSS with SHA2_256", for events and reports.
[[nodiscard]] std::string scheme_name(const SignatureScheme& scheme);

enum class EddsaCurve { ed25519, ed448 };

// The DER AlgorithmIdentifier of RFC 7427 appendix A; for EdDSA that of CURVE (RFC 8420).
// Errors: unsupported for ecdsa_fixed and for an algorithm under a hash that it has none with.
[[nodiscard]] Result<Octets> algorithm_identifier(const SignatureScheme& scheme,
                                                  EddsaCurve curve = EddsaCurve::ed25519);
// The scheme that a DER AlgorithmIdentifier names. Errors: bad_value when it is none or has octets
// behind it, unsupported when we do not know it.
[[nodiscard]] Result<SignatureScheme> scheme_from_identifier(OctetView der);

}  // namespace karpspec::crypto
