#pragma once

#include <string_view>

#include "crypto/ossl.h"
#include "crypto/public_key.h"

namespace karpspec::crypto {

// What PublicKey and PrivateKey share, for this room's .cpp files only.
struct KeyState {
  PkeyPtr key;
  KeyType type = KeyType::rsa;
  Octets spki;
};

// Takes KEY over. Errors: unsupported (another kind of key), internal.
[[nodiscard]] Result<std::shared_ptr<const KeyState>> make_key_state(PkeyPtr key);
// The same where its SubjectPublicKeyInfo is known, in DER.
[[nodiscard]] Result<std::shared_ptr<const KeyState>> make_key_state(PkeyPtr key, Octets spki);

// The private key in PEM: PKCS #8 or a form that came before it, not encrypted. Null where there is
// none.
[[nodiscard]] PkeyPtr read_private_key(std::string_view pem);

}  // namespace karpspec::crypto
