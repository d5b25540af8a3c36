#pragma once

#include <string_view>

#include "base/octets.h"
#include "bench/primitives/owners.h"
#include "crypto/signature_scheme.h"

namespace karpspec::bench::primitives {

// Signatures by OpenSSL under one key, with contexts that are made beforehand; an ECDSA signature
// is in DER.
class Signature {
 public:
  // A private key, PKCS #8 in PEM, and how it signs.
  Signature(std::string_view pem, const crypto::SignatureScheme& scheme);

  // Empty: OpenSSL refused.
  [[nodiscard]] Octets sign(OctetView message);
  [[nodiscard]] bool verify(OctetView message, OctetView signature);

 private:
  [[nodiscard]] bool prepare(EVP_PKEY_CTX* context) const;
  [[nodiscard]] Octets digest(OctetView message) const;

  crypto::SignatureScheme scheme_;
  PkeyPtr key_;
  PkeyCtxPtr signer_, verifier_;
};

// What a peer's certificate takes at least: it is read, and its signature is verified with the key
// of its issuer.
class CertificateCheck {
 public:
  // Both in PEM.
  CertificateCheck(std::string_view certificate, std::string_view issuer);
  [[nodiscard]] bool run() const;

 private:
  Octets der_;
  X509Ptr issuer_;
};

}  // namespace karpspec::bench::primitives
