#pragma once

#include <optional>
#include <span>
#include <vector>

#include "crypto/public_key.h"
#include "oracle/ike/auth.h"
#include "wire/message.h"

// AUTH by signature: RFC 5996 section 3.8 (methods 1), RFC 4754 (9 to 11), RFC 7427 and RFC 8420
// (14).
namespace karpspec::oracle::ike {

struct SignatureChoice {
  wire::AuthMethod method = wire::AuthMethod::DIGITAL_SIGNATURE;
  crypto::SignatureScheme scheme;
};

// The hashes that we take in digital signatures, as SIGNATURE_HASH_ALGORITHMS lists them. SHA-1 is
// not among them (RFC 8247 section 3.2).
[[nodiscard]] std::span<const crypto::HashAlgorithm> our_hashes();
[[nodiscard]] Octets hashes_data();
[[nodiscard]] wire::Payload hashes_notify();
// What a SIGNATURE_HASH_ALGORITHMS among PAYLOADS lists; nullopt: there is none.
[[nodiscard]] std::optional<std::vector<crypto::HashAlgorithm>> hashes_in(
    const std::vector<wire::Payload>& payloads);

// How a key of TYPE signs for a peer that has announced HASHES (nullopt: nothing), where METHODS
// may be used (empty: all). A digital signature where the peer can take one, otherwise the key's
// own method. nullopt: the peer can take none.
[[nodiscard]] std::optional<SignatureChoice> choose_signature(
    crypto::KeyType type, const std::optional<std::vector<crypto::HashAlgorithm>>& hashes,
    std::span<const std::uint8_t> methods);

// Errors: those of crypto::PrivateKey::sign.
[[nodiscard]] Result<wire::AuthPayload> make_signature_auth(const AuthInput& input,
                                                            const wire::IdPayload& id,
                                                            const crypto::PrivateKey& key,
                                                            const SignatureChoice& choice,
                                                            Random& random);

// The scheme by which KEY's signature in AUTH is right. Errors: not_authentic (it is not),
// unsupported (the method is none of a key of this type), bad_value (data of method 14 that cannot
// be read).
[[nodiscard]] Result<crypto::SignatureScheme> verify_signature_auth(const AuthInput& input,
                                                                    const wire::IdPayload& id,
                                                                    const crypto::PublicKey& key,
                                                                    const wire::AuthPayload& auth);

}  // namespace karpspec::oracle::ike
