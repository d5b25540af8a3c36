#include "crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>

#include "crypto/key_state.h"
#include "crypto/signing_context.h"

namespace karpspec::crypto {
namespace {

using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using EcdsaSigPtr = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;

std::optional<KeyType> type_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return KeyType::rsa;
    case EVP_PKEY_ED25519:
      return KeyType::ed25519;
    case EVP_PKEY_ED448:
      return KeyType::ed448;
    case EVP_PKEY_EC:
      break;
    default:
      return std::nullopt;
  }
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1)
    return std::nullopt;
  switch (OBJ_txt2nid(group.data())) {
    case NID_X9_62_prime256v1:
      return KeyType::ecdsa_p256;
    case NID_secp384r1:
      return KeyType::ecdsa_p384;
    case NID_secp521r1:
      return KeyType::ecdsa_p521;
    default:
      return std::nullopt;
  }
}

// Octets of the order of a curve: half of an r | s.
std::size_t order_size(KeyType type) {
  if (type == KeyType::ecdsa_p256)
    return 32;
  return type == KeyType::ecdsa_p384 ? 48 : 66;
}

bool fits(KeyType type, SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::rsa_pkcs1:
    case SignatureAlgorithm::rsa_pss:
      return type == KeyType::rsa;
    case SignatureAlgorithm::ecdsa:
    case SignatureAlgorithm::ecdsa_fixed:
      return type == KeyType::ecdsa_p256 || type == KeyType::ecdsa_p384 ||
             type == KeyType::ecdsa_p521;
    case SignatureAlgorithm::eddsa:
      return type == KeyType::ed25519 || type == KeyType::ed448;
  }
  return false;
}

Result<void> check_scheme(KeyType type, const SignatureScheme& scheme) {
  const bool hashes = scheme.algorithm != SignatureAlgorithm::eddsa;
  if (!fits(type, scheme.algorithm) || hashes != (hash_size(scheme.hash) != 0))
    return fail(ErrorCode::unsupported, std::string("a key of type ") + key_type_name(type) +
                                            " makes no signatures by " + scheme_name(scheme));
  return {};
}

bool set_padding(EVP_PKEY_CTX* context, const SignatureScheme& scheme) {
  if (scheme.algorithm == SignatureAlgorithm::rsa_pkcs1)
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  if (scheme.algorithm == SignatureAlgorithm::rsa_pss)
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(scheme.salt_size)) == 1;
  return true;
}

// r | s <-> Ecdsa-Sig-Value.
Result<Octets> fixed_from_der(OctetView der, std::size_t half) {
  const std::uint8_t* at = der.data();
  const EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Octets out(2 * half);
  const int size = static_cast<int>(half);
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), size) != size ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + half, size) != size)
    return openssl_failed("an ECDSA signature");
  return out;
}

Result<Octets> der_from_fixed(OctetView fixed, std::size_t half) {
  if (fixed.size() != 2 * half)
    return fail(ErrorCode::not_authentic, "an ECDSA signature of " + std::to_string(fixed.size()) +
                                              " octets instead of " + std::to_string(2 * half));
  BnPtr r(BN_bin2bn(fixed.data(), static_cast<int>(half), nullptr));
  BnPtr s(BN_bin2bn(fixed.data() + half, static_cast<int>(half), nullptr));
  const EcdsaSigPtr signature(ECDSA_SIG_new());
  if (!r || !s || !signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
    return openssl_failed("an ECDSA signature");
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  return der_of<i2d_ECDSA_SIG>(signature.get(), "an ECDSA signature");
}

// The key of a SubjectPublicKeyInfo. Null where DER is none, or more than one.
PkeyPtr read_spki(OctetView der) {
  const std::uint8_t* at = der.data();
  PkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return at == der.data() + der.size() ? std::move(key) : nullptr;
}

}  // namespace

const char* key_type_name(KeyType type) {
  switch (type) {
    case KeyType::rsa:
      return "RSA";
    case KeyType::ecdsa_p256:
      return "ECDSA P-256";
    case KeyType::ecdsa_p384:
      return "ECDSA P-384";
    case KeyType::ecdsa_p521:
      return "ECDSA P-521";
    case KeyType::ed25519:
      return "Ed25519";
    case KeyType::ed448:
      return "Ed448";
  }
  return "unknown";
}

Result<std::shared_ptr<const KeyState>> make_key_state(PkeyPtr key) {
  KARPSPEC_TRY(spki, der_of<i2d_PUBKEY>(key.get(), "a public key"));
  return make_key_state(std::move(key), std::move(spki));
}

Result<std::shared_ptr<const KeyState>> make_key_state(PkeyPtr key, Octets spki) {
  const auto type = type_of(key.get());
  if (!type)
    return fail(ErrorCode::unsupported, "a key of a kind that is not supported");
  auto state = std::make_shared<KeyState>();
  state->key = std::move(key);
  state->type = *type;
  state->spki = std::move(spki);
  return state;
}

Result<PublicKey> PublicKey::from_spki(OctetView der) {
  PkeyPtr key = read_spki(der);
  if (!key)
    return fail(ErrorCode::bad_value, "no SubjectPublicKeyInfo");
  KARPSPEC_TRY(state, make_key_state(std::move(key)));
  return PublicKey(std::move(state));
}

Result<PublicKey> PublicKey::from_pkcs1(OctetView der) {
  const std::uint8_t* at = der.data();
  PkeyPtr key(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size())));
  if (!key || at != der.data() + der.size())
    return fail(ErrorCode::bad_value, "no RSAPublicKey");
  KARPSPEC_TRY(state, make_key_state(std::move(key)));
  return PublicKey(std::move(state));
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const BioPtr in = reader_of(pem);
  PkeyPtr key(PEM_read_bio_PUBKEY(in.get(), nullptr, no_passphrase, nullptr));
  if (!key)
    return fail(ErrorCode::bad_value, "no public key in PEM");
  KARPSPEC_TRY(state, make_key_state(std::move(key)));
  return PublicKey(std::move(state));
}

KeyType PublicKey::type() const {
  return state_->type;
}
std::size_t PublicKey::bits() const {
  return static_cast<std::size_t>(EVP_PKEY_get_bits(state_->key.get()));
}
const Octets& PublicKey::spki() const {
  return state_->spki;
}

Result<Octets> PublicKey::pkcs1() const {
  if (type() != KeyType::rsa)
    return fail(ErrorCode::unsupported, "only RSA keys have an RSAPublicKey");
  return der_of<i2d_PublicKey>(state_->key.get(), "an RSAPublicKey");
}

Result<void> PublicKey::verify(const SignatureScheme& scheme, OctetView message,
                               OctetView signature) const {
  KARPSPEC_CHECK(check_scheme(type(), scheme));
  Octets der;
  if (scheme.algorithm == SignatureAlgorithm::ecdsa_fixed) {
    KARPSPEC_TRY(converted, der_from_fixed(signature, order_size(type())));
    der = std::move(converted);
    signature = der;
  }
  const MdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  if (!context ||
      EVP_DigestVerifyInit_ex(context.get(), &key_context, digest_name(scheme.hash), nullptr,
                              nullptr, state_->key.get(), nullptr) != 1 ||
      !set_padding(key_context, scheme))
    return openssl_failed("to begin with the check of a signature");
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                       message.size()) != 1)
    return fail(ErrorCode::not_authentic, "the signature is wrong");
  return {};
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  PkeyPtr key = read_private_key(pem);
  if (!key)
    return fail(ErrorCode::bad_value, "no private key in PEM (PKCS #8, not encrypted)");
  KARPSPEC_TRY(state, make_key_state(std::move(key)));
  PkeyPtr public_part = read_spki(state->spki);
  if (!public_part)
    return openssl_failed("the public part of a key");
  KARPSPEC_TRY(public_state, make_key_state(std::move(public_part), state->spki));
  return PrivateKey(std::move(state), PublicKey(std::move(public_state)));
}

Result<Octets> PrivateKey::sign(const SignatureScheme& scheme, OctetView message,
                                Random& random) const {
  KARPSPEC_CHECK(check_scheme(type(), scheme));
  KARPSPEC_CHECK(draw_from(random));
  const MdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), &key_context, digest_name(scheme.hash),
                            signing_context(), nullptr, state_->key.get(), nullptr) != 1 ||
      !set_padding(key_context, scheme))
    return openssl_failed("to begin with a signature");
  std::size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1)
    return openssl_failed("a signature");
  Octets out(size);
  if (EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) != 1)
    return openssl_failed("a signature");
  out.resize(size);
  if (scheme.algorithm == SignatureAlgorithm::ecdsa_fixed)
    return fixed_from_der(out, order_size(type()));
  return out;
}

}  // namespace karpspec::crypto
