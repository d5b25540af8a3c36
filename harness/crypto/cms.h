#pragma once

#include <string>
#include <string_view>

#include "base/octets.h"
#include "base/result.h"

// Detached signatures of files: CMS SignedData (RFC 5652) in PEM, as `openssl cms -verify -binary
// -inform PEM -content FILE` takes them too.
namespace karpspec::crypto {

// The signature of CONTENT, which is not in it, with the key of KEY_PEM (not encrypted). The first
// certificate of CERTIFICATES_PEM is the key's own; the others go along, for whoever verifies.
// What a signature needs of randomness is the system's.
// Errors: bad_value (no key, no certificate, or they do not belong together); unsupported (OpenSSL
// has no CMS for such a key: those of OpenSSL 3.0 are RSA and ECDSA, not Ed25519 and Ed448).
[[nodiscard]] Result<std::string> sign_cms(OctetView content, std::string_view key_pem,
                                           std::string_view certificates_pem);

// By whom a signature may be.
enum class CmsTrust {
  anybody,  // only whether it is one of this content is looked at
  signer,   // whoever has just this certificate
  issuers,  // whoever has a certificate that leads to one of these
};
// Gives the signer's subject, "CN=lab.example, O=...", of a SIGNATURE_PEM that is one of CONTENT.
// TRUSTED_PEM has the certificates of TRUST. A certificate counts while it is valid by the clock.
// Errors: bad_value (no CMS signature, no certificate in TRUSTED_PEM); not_authentic, with what is
// wrong: with the content, the signature or the certificate.
[[nodiscard]] Result<std::string> verify_cms(OctetView content, std::string_view signature_pem,
                                             CmsTrust trust, std::string_view trusted_pem = {});

}  // namespace karpspec::crypto
