#include "oracle/ike/signature_auth.h"

#include <algorithm>
#include <array>

namespace karpspec::oracle::ike {

using crypto::HashAlgorithm;
using crypto::KeyType;
using crypto::SignatureAlgorithm;
using crypto::SignatureScheme;
using wire::AuthMethod;

namespace {

// The hash that fits a key: no weaker than it, and the one that methods 9 to 11 have.
HashAlgorithm own_hash(KeyType type) {
  switch (type) {
    case KeyType::ecdsa_p384:
      return HashAlgorithm::SHA2_384;
    case KeyType::ecdsa_p521:
      return HashAlgorithm::SHA2_512;
    case KeyType::ed25519:
    case KeyType::ed448:
      return HashAlgorithm::IDENTITY;
    case KeyType::rsa:
    case KeyType::ecdsa_p256:
      break;
  }
  return HashAlgorithm::SHA2_256;
}

SignatureScheme digital_scheme(KeyType type, HashAlgorithm hash) {
  switch (type) {
    case KeyType::rsa:
      return {SignatureAlgorithm::rsa_pss, hash, crypto::hash_size(hash)};
    case KeyType::ed25519:
    case KeyType::ed448:
      return {SignatureAlgorithm::eddsa, HashAlgorithm::IDENTITY, 0};
    default:
      return {SignatureAlgorithm::ecdsa, hash, 0};
  }
}

// The method of RFC 5996 or RFC 4754 that a key has of its own.
std::optional<SignatureChoice> own_method(KeyType type) {
  switch (type) {
    case KeyType::rsa:
      // SHA-1 is what every implementation of method 1 takes (RFC 5996 section 3.8).
      return SignatureChoice{AuthMethod::RSA,
                             {SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA1, 0}};
    case KeyType::ecdsa_p256:
      return SignatureChoice{AuthMethod::ECDSA_256,
                             {SignatureAlgorithm::ecdsa_fixed, HashAlgorithm::SHA2_256, 0}};
    case KeyType::ecdsa_p384:
      return SignatureChoice{AuthMethod::ECDSA_384,
                             {SignatureAlgorithm::ecdsa_fixed, HashAlgorithm::SHA2_384, 0}};
    case KeyType::ecdsa_p521:
      return SignatureChoice{AuthMethod::ECDSA_521,
                             {SignatureAlgorithm::ecdsa_fixed, HashAlgorithm::SHA2_512, 0}};
    case KeyType::ed25519:
    case KeyType::ed448:
      break;
  }
  return std::nullopt;
}

bool permits(std::span<const std::uint8_t> methods, AuthMethod method) {
  return methods.empty() || std::find(methods.begin(), methods.end(),
                                      static_cast<std::uint8_t>(method)) != methods.end();
}

Result<Octets> signed_by(const AuthInput& input, const wire::IdPayload& id) {
  return crypto::signed_octets(input.prf, input.real_message, input.peer_nonce, input.sk_p,
                               id_body(id));
}

// The parts of the data of method 14: size of the AlgorithmIdentifier (1), it, the signature
// (RFC 7427 section 3).
struct DigitalSignature {
  SignatureScheme scheme;
  OctetView identifier, signature;
};
Result<DigitalSignature> split(const Octets& data) {
  if (data.empty() || data[0] == 0 || data.size() <= 1U + data[0])
    return fail(ErrorCode::bad_value, "a digital signature without an AlgorithmIdentifier");
  DigitalSignature out;
  const OctetView whole = data;
  out.identifier = whole.subspan(1, data[0]);
  out.signature = whole.subspan(1U + data[0]);
  KARPSPEC_TRY(scheme, crypto::scheme_from_identifier(out.identifier));
  out.scheme = scheme;
  return out;
}

}  // namespace

std::span<const HashAlgorithm> our_hashes() {
  static constexpr std::array<HashAlgorithm, 4> all = {
      HashAlgorithm::SHA2_256, HashAlgorithm::SHA2_384, HashAlgorithm::SHA2_512,
      HashAlgorithm::IDENTITY};
  return all;
}

Octets hashes_data() {
  Octets data;
  for (const HashAlgorithm hash : our_hashes())
    append(data, big_endian(static_cast<std::uint16_t>(hash)));
  return data;
}

wire::Payload hashes_notify() {
  return wire::make_notify(wire::NotifyType::SIGNATURE_HASH_ALGORITHMS, hashes_data());
}

std::optional<std::vector<HashAlgorithm>> hashes_in(const std::vector<wire::Payload>& payloads) {
  const auto* notify = wire::find_notify(payloads, wire::NotifyType::SIGNATURE_HASH_ALGORITHMS);
  if (notify == nullptr)
    return std::nullopt;
  std::vector<HashAlgorithm> out;
  for (std::size_t i = 0; i + 1 < notify->data.size(); i += 2)
    out.push_back(static_cast<HashAlgorithm>(notify->data[i] << 8 | notify->data[i + 1]));
  return out;
}

std::optional<SignatureChoice> choose_signature(
    KeyType type, const std::optional<std::vector<HashAlgorithm>>& hashes,
    std::span<const std::uint8_t> methods) {
  if (hashes && permits(methods, AuthMethod::DIGITAL_SIGNATURE)) {
    const auto takes = [&](HashAlgorithm hash) {
      return std::find(hashes->begin(), hashes->end(), hash) != hashes->end();
    };
    const HashAlgorithm best = own_hash(type);
    if (takes(best))
      return SignatureChoice{AuthMethod::DIGITAL_SIGNATURE, digital_scheme(type, best)};
    for (const HashAlgorithm hash : our_hashes())
      if (best != HashAlgorithm::IDENTITY && hash != HashAlgorithm::IDENTITY && takes(hash))
        return SignatureChoice{AuthMethod::DIGITAL_SIGNATURE, digital_scheme(type, hash)};
  }
  const auto own = own_method(type);
  return own && permits(methods, own->method) ? own : std::nullopt;
}

Result<wire::AuthPayload> make_signature_auth(const AuthInput& input, const wire::IdPayload& id,
                                              const crypto::PrivateKey& key,
                                              const SignatureChoice& choice, Random& random) {
  KARPSPEC_TRY(octets, signed_by(input, id));
  KARPSPEC_TRY(signature, key.sign(choice.scheme, octets, random));
  wire::AuthPayload auth;
  auth.method = static_cast<std::uint8_t>(choice.method);
  if (choice.method == AuthMethod::DIGITAL_SIGNATURE) {
    const auto curve =
        key.type() == KeyType::ed448 ? crypto::EddsaCurve::ed448 : crypto::EddsaCurve::ed25519;
    KARPSPEC_TRY(identifier, crypto::algorithm_identifier(choice.scheme, curve));
    auth.data.push_back(static_cast<std::uint8_t>(identifier.size()));
    append(auth.data, identifier);
  }
  append(auth.data, signature);
  return auth;
}

Result<SignatureScheme> verify_signature_auth(const AuthInput& input, const wire::IdPayload& id,
                                              const crypto::PublicKey& key,
                                              const wire::AuthPayload& auth) {
  KARPSPEC_TRY(octets, signed_by(input, id));
  const auto method = static_cast<AuthMethod>(auth.method);
  if (method == AuthMethod::DIGITAL_SIGNATURE) {
    KARPSPEC_TRY(parts, split(auth.data));
    KARPSPEC_CHECK(key.verify(parts.scheme, octets, parts.signature));
    // A key of Ed25519 does not sign as Ed448.
    if (parts.scheme.algorithm == SignatureAlgorithm::eddsa) {
      const auto curve =
          key.type() == KeyType::ed448 ? crypto::EddsaCurve::ed448 : crypto::EddsaCurve::ed25519;
      KARPSPEC_TRY(identifier, crypto::algorithm_identifier(parts.scheme, curve));
      if (!std::equal(identifier.begin(), identifier.end(), parts.identifier.begin(),
                      parts.identifier.end()))
        return fail(ErrorCode::not_authentic, "the signature is of another curve");
    }
    return parts.scheme;
  }
  const auto own = own_method(key.type());
  if (!own || own->method != method)
    return fail(ErrorCode::unsupported, std::string("AUTH method ") + std::to_string(auth.method) +
                                            " with a key of type " +
                                            crypto::key_type_name(key.type()));
  if (method != AuthMethod::RSA) {
    KARPSPEC_CHECK(key.verify(own->scheme, octets, auth.data));
    return own->scheme;
  }
  // Method 1 does not say its hash: the signature itself does (PKCS #1).
  for (const HashAlgorithm hash : {HashAlgorithm::SHA1, HashAlgorithm::SHA2_256,
                                   HashAlgorithm::SHA2_384, HashAlgorithm::SHA2_512}) {
    const SignatureScheme scheme{SignatureAlgorithm::rsa_pkcs1, hash, 0};
    if (key.verify(scheme, octets, auth.data))
      return scheme;
  }
  return fail(ErrorCode::not_authentic, "the signature is wrong");
}

}  // namespace karpspec::oracle::ike
