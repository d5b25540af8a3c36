#pragma once

#include <functional>

#include "oracle/core.h"

// CERT and CERTREQ, RFC 5996 sections 3.6 and 3.7; raw public keys as RFC 5996 (RSA) and RFC 7670
// have them; what makes a key one of a peer (profile P-41 to P-46).
namespace karpspec::oracle::ike {

// What CERT payloads bring: an end entity's certificate with others, a raw key, or nothing.
struct PresentedKey {
  std::optional<crypto::Certificate> certificate;
  std::vector<crypto::Certificate> others;
  std::optional<crypto::PublicKey> raw;

  // nullptr: nothing was presented, and the key must be known already.
  [[nodiscard]] const crypto::PublicKey* key() const {
    if (certificate)
      return &certificate->public_key();
    return raw ? &*raw : nullptr;
  }
};
// The first CERT payload holds the key of AUTH, the others may be in any order (section 3.6).
// Encodings that we do not know are passed over, as are others that cannot be read; payloads beyond
// crypto::most_certificates too.
// Errors: bad_value, unsupported: the first one cannot be read.
[[nodiscard]] Result<PresentedKey> presented_key(const std::vector<wire::Payload>& payloads,
                                                 std::size_t most = crypto::most_certificates);

// Why PRESENTED is not a key of PEER when it calls itself IDENTITY; empty: it is. With nothing
// presented, the keys that are configured are what is left, and it is for the signature to say.
[[nodiscard]] std::string why_not_trusted(Core& core, const PeerConfig& peer,
                                          const PresentedKey& presented, const Identity& identity);

// Our CERT payloads: the certificates of CREDENTIAL, its own first; or its raw key, for RSA in
// encoding 11, otherwise 15.
[[nodiscard]] std::vector<wire::Payload> certificate_payloads(const Core& core,
                                                              const Credential& credential);
// One CERTREQ for ANCHORS, nothing where there are none.
[[nodiscard]] std::optional<wire::Payload> certificate_request(
    const Core& core, std::span<const crypto::Certificate> anchors);
// The authorities that CERTREQ payloads for X.509 name: SHA-1 of their SubjectPublicKeyInfo.
[[nodiscard]] std::vector<Octets> requested_authorities(const std::vector<wire::Payload>& payloads);

// Our credential for PEER: the one that it names; otherwise, of those that are USABLE with it, the
// first with a certificate of one of AUTHORITIES (section 3.7: a hint), otherwise the first.
// nullptr: there is none.
[[nodiscard]] const Credential* choose_credential(
    const Core& core, const PeerConfig& peer, const std::vector<Octets>& authorities,
    const std::function<bool(const Credential&)>& usable);

}  // namespace karpspec::oracle::ike
