#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/public_key.h"

// By what a router proves who it is other than a preshared key, and by what it knows others:
// RFC 5996 sections 2.15, 3.6 and 3.7, operations model sections 4.2 and 4.3.
namespace karpspec::oracle {

// A key of our own. Copies share what never changes.
struct Credential {
  std::string name;
  crypto::PrivateKey key;
  std::vector<crypto::Certificate> certificates;  // the key's own first; none: a raw public key
};

// What makes the key of a peer one to be believed. Any one of the four suffices: a chain to an
// anchor, a certificate's fingerprint, a key's, the key itself. The latter three name the peer by
// its key, so that neither names nor dates in a certificate count (profile P-43).
struct Trust {
  std::vector<crypto::Certificate> anchors;
  std::vector<crypto::RevocationList> revocations;
  std::vector<crypto::Fingerprint> fingerprints;      // of certificates
  std::vector<crypto::Fingerprint> key_fingerprints;  // of SubjectPublicKeyInfo
  std::vector<crypto::PublicKey> keys;
  std::string key_purpose;            // OID that extendedKeyUsage must hold; empty: none
  std::size_t max_intermediates = 3;  // certificates between end entity and anchor
};

}  // namespace karpspec::oracle
