#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/signature_scheme.h"

namespace karpspec::crypto {

enum class KeyType { rsa, ecdsa_p256, ecdsa_p384, ecdsa_p521, ed25519, ed448 };
// "RSA", "ECDSA P-256", ...
[[nodiscard]] const char* key_type_name(KeyType type);

struct KeyState;

// A public key that AUTH or a certificate is verified with. Copies share what never changes.
class PublicKey {
 public:
  // A DER SubjectPublicKeyInfo (RFC 7670, CERT encoding 15). Errors: bad_value (not one, or octets
  // behind it), unsupported (another kind of key).
  [[nodiscard]] static Result<PublicKey> from_spki(OctetView der);
  // A DER RSAPublicKey of PKCS #1 (RFC 5996 section 3.6, CERT encoding 11). Errors: bad_value.
  [[nodiscard]] static Result<PublicKey> from_pkcs1(OctetView der);
  // "-----BEGIN PUBLIC KEY-----". Errors as from_spki.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);

  [[nodiscard]] KeyType type() const;
  [[nodiscard]] std::size_t bits() const;
  // DER SubjectPublicKeyInfo.
  [[nodiscard]] const Octets& spki() const;
  // DER RSAPublicKey. Errors: unsupported for keys that are not RSA.
  [[nodiscard]] Result<Octets> pkcs1() const;
  // Errors: not_authentic (SIGNATURE is not MESSAGE's), unsupported (this key makes no such
  // signatures).
  [[nodiscard]] Result<void> verify(const SignatureScheme& scheme, OctetView message,
                                    OctetView signature) const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.spki() == b.spki(); }

 private:
  friend class PrivateKey;
  friend class Certificate;
  explicit PublicKey(std::shared_ptr<const KeyState> state) : state_(std::move(state)) {}
  std::shared_ptr<const KeyState> state_;
};

// A private key. Copies share it; it is wiped with the last of them.
class PrivateKey {
 public:
  // "-----BEGIN PRIVATE KEY-----", PKCS #8, not encrypted; forms from before it are read too.
  // Errors: bad_value, unsupported.
  [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem);

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] KeyType type() const { return public_key_.type(); }
  // What a signature needs of randomness comes from RANDOM, so that a seed repeats it.
  // Errors: unsupported (this key makes no such signatures), internal.
  [[nodiscard]] Result<Octets> sign(const SignatureScheme& scheme, OctetView message,
                                    Random& random) const;

 private:
  PrivateKey(std::shared_ptr<const KeyState> state, PublicKey public_key)
      : state_(std::move(state)), public_key_(std::move(public_key)) {}
  std::shared_ptr<const KeyState> state_;
  PublicKey public_key_;
};

}  // namespace karpspec::crypto
