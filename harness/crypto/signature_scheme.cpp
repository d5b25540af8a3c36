#include "crypto/signature_scheme.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

using AlgorPtr = std::unique_ptr<X509_ALGOR, Release<X509_ALGOR_free>>;
using PssParamsPtr = std::unique_ptr<RSA_PSS_PARAMS, Release<RSA_PSS_PARAMS_free>>;

constexpr HashAlgorithm digests[] = {HashAlgorithm::SHA1, HashAlgorithm::SHA2_256,
                                     HashAlgorithm::SHA2_384, HashAlgorithm::SHA2_512};

struct Row {
  int nid;
  SignatureAlgorithm algorithm;
  HashAlgorithm hash;
};
constexpr Row rows[] = {
    {NID_sha1WithRSAEncryption, SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA1},
    {NID_sha256WithRSAEncryption, SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA2_256},
    {NID_sha384WithRSAEncryption, SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA2_384},
    {NID_sha512WithRSAEncryption, SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA2_512},
    {NID_ecdsa_with_SHA1, SignatureAlgorithm::ecdsa, HashAlgorithm::SHA1},
    {NID_ecdsa_with_SHA256, SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_256},
    {NID_ecdsa_with_SHA384, SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_384},
    {NID_ecdsa_with_SHA512, SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_512},
};

int digest_nid(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::SHA1:
      return NID_sha1;
    case HashAlgorithm::SHA2_256:
      return NID_sha256;
    case HashAlgorithm::SHA2_384:
      return NID_sha384;
    case HashAlgorithm::SHA2_512:
      return NID_sha512;
    case HashAlgorithm::IDENTITY:
      break;
  }
  return NID_undef;
}

std::optional<HashAlgorithm> hash_of(const X509_ALGOR* algorithm) {
  // What is left out of RSASSA-PSS-params is SHA-1 (RFC 4055 section 3.1).
  if (algorithm == nullptr)
    return HashAlgorithm::SHA1;
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  for (const HashAlgorithm hash : digests)
    if (OBJ_obj2nid(object) == digest_nid(hash))
      return hash;
  return std::nullopt;
}

Result<Octets> encoded(const X509_ALGOR* algorithm) {
  return der_of<i2d_X509_ALGOR>(algorithm, "an AlgorithmIdentifier");
}

AlgorPtr digest_identifier(HashAlgorithm hash) {
  AlgorPtr out(X509_ALGOR_new());
  X509_ALGOR_set0(out.get(), OBJ_nid2obj(digest_nid(hash)), V_ASN1_NULL, nullptr);
  return out;
}

// RSASSA-PSS-params of RFC 4055: hash, MGF1 with the same hash, salt size; all spelled out.
Result<AlgorPtr> pss_identifier(const SignatureScheme& scheme) {
  PssParamsPtr params(RSA_PSS_PARAMS_new());
  params->hashAlgorithm = digest_identifier(scheme.hash).release();
  ASN1_STRING* inner = nullptr;
  const AlgorPtr mask_hash = digest_identifier(scheme.hash);
  if (ASN1_item_pack(mask_hash.get(), ASN1_ITEM_rptr(X509_ALGOR), &inner) == nullptr)
    return openssl_failed("MGF1 parameters");
  params->maskGenAlgorithm = X509_ALGOR_new();
  X509_ALGOR_set0(params->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, inner);
  params->saltLength = ASN1_INTEGER_new();
  ASN1_INTEGER_set_uint64(params->saltLength, scheme.salt_size);
  ASN1_STRING* packed = nullptr;
  if (ASN1_item_pack(params.get(), ASN1_ITEM_rptr(RSA_PSS_PARAMS), &packed) == nullptr)
    return openssl_failed("RSASSA-PSS parameters");
  AlgorPtr out(X509_ALGOR_new());
  X509_ALGOR_set0(out.get(), OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, packed);
  return out;
}

Result<SignatureScheme> pss_scheme(int type, const void* value) {
  if (type != V_ASN1_SEQUENCE)
    return fail(ErrorCode::bad_value, "RSASSA-PSS without its parameters");
  const PssParamsPtr params(static_cast<RSA_PSS_PARAMS*>(
      ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), ASN1_ITEM_rptr(RSA_PSS_PARAMS))));
  if (!params)
    return fail(ErrorCode::bad_value, "RSASSA-PSS with parameters that cannot be read");
  const auto hash = hash_of(params->hashAlgorithm);
  std::optional<HashAlgorithm> mask_hash = HashAlgorithm::SHA1;
  if (params->maskGenAlgorithm != nullptr) {
    const ASN1_OBJECT* object = nullptr;
    int mask_type = V_ASN1_UNDEF;
    const void* mask = nullptr;
    X509_ALGOR_get0(&object, &mask_type, &mask, params->maskGenAlgorithm);
    if (OBJ_obj2nid(object) != NID_mgf1 || mask_type != V_ASN1_SEQUENCE)
      return fail(ErrorCode::unsupported, "RSASSA-PSS with another mask than MGF1");
    const AlgorPtr inner(static_cast<X509_ALGOR*>(
        ASN1_item_unpack(static_cast<const ASN1_STRING*>(mask), ASN1_ITEM_rptr(X509_ALGOR))));
    mask_hash = inner ? hash_of(inner.get()) : std::nullopt;
  }
  if (!hash || hash != mask_hash)
    return fail(ErrorCode::unsupported, "RSASSA-PSS with hashes that are unknown or differ");
  std::uint64_t salt = 20;  // what is left out
  if (params->saltLength != nullptr && ASN1_INTEGER_get_uint64(&salt, params->saltLength) != 1)
    return fail(ErrorCode::bad_value, "RSASSA-PSS with a salt size that cannot be read");
  constexpr std::uint64_t largest_salt = 1024;
  if (salt > largest_salt)
    return fail(ErrorCode::bad_value, "RSASSA-PSS with a salt of " + std::to_string(salt));
  return SignatureScheme{SignatureAlgorithm::rsa_pss, *hash, static_cast<std::size_t>(salt)};
}

}  // namespace

std::string hash_name(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::SHA1:
      return "SHA1";
    case HashAlgorithm::SHA2_256:
      return "SHA2_256";
    case HashAlgorithm::SHA2_384:
      return "SHA2_384";
    case HashAlgorithm::SHA2_512:
      return "SHA2_512";
    case HashAlgorithm::IDENTITY:
      return "IDENTITY";
  }
  return std::to_string(static_cast<unsigned>(hash));
}

std::size_t hash_size(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::SHA1:
      return 20;
    case HashAlgorithm::SHA2_256:
      return 32;
    case HashAlgorithm::SHA2_384:
      return 48;
    case HashAlgorithm::SHA2_512:
      return 64;
    case HashAlgorithm::IDENTITY:
      break;
  }
  return 0;
}

std::string scheme_name(const SignatureScheme& scheme) {
  switch (scheme.algorithm) {
    case SignatureAlgorithm::rsa_pkcs1:
      return "RSASSA-PKCS1-v1_5 with " + hash_name(scheme.hash);
    case SignatureAlgorithm::rsa_pss:
      return "RSASSA-PSS with " + hash_name(scheme.hash);
    case SignatureAlgorithm::ecdsa:
    case SignatureAlgorithm::ecdsa_fixed:
      return "ECDSA with " + hash_name(scheme.hash);
    case SignatureAlgorithm::eddsa:
      return "EdDSA";
  }
  return "unknown";
}

Result<Octets> algorithm_identifier(const SignatureScheme& scheme, EddsaCurve curve) {
  const AlgorPtr out(X509_ALGOR_new());
  if (scheme.algorithm == SignatureAlgorithm::rsa_pss) {
    if (hash_size(scheme.hash) == 0)
      return fail(ErrorCode::unsupported, "RSASSA-PSS needs a hash");
    KARPSPEC_TRY(pss, pss_identifier(scheme));
    return encoded(pss.get());
  }
  if (scheme.algorithm == SignatureAlgorithm::eddsa) {
    const int nid = curve == EddsaCurve::ed448 ? NID_ED448 : NID_ED25519;
    X509_ALGOR_set0(out.get(), OBJ_nid2obj(nid), V_ASN1_UNDEF, nullptr);
    return encoded(out.get());
  }
  for (const Row& row : rows) {
    if (row.algorithm != scheme.algorithm || row.hash != scheme.hash)
      continue;
    // RFC 4055 wants NULL for RSA, RFC 3279 nothing for ECDSA.
    const bool rsa = row.algorithm == SignatureAlgorithm::rsa_pkcs1;
    X509_ALGOR_set0(out.get(), OBJ_nid2obj(row.nid), rsa ? V_ASN1_NULL : V_ASN1_UNDEF, nullptr);
    return encoded(out.get());
  }
  return fail(ErrorCode::unsupported, scheme_name(scheme) + " has no AlgorithmIdentifier");
}

Result<SignatureScheme> scheme_from_identifier(OctetView der) {
  const std::uint8_t* at = der.data();
  const AlgorPtr algorithm(d2i_X509_ALGOR(nullptr, &at, static_cast<long>(der.size())));
  if (!algorithm || at != der.data() + der.size())
    return fail(ErrorCode::bad_value, "no AlgorithmIdentifier");
  const ASN1_OBJECT* object = nullptr;
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(&object, &type, &value, algorithm.get());
  const int nid = OBJ_obj2nid(object);
  if (nid == NID_rsassaPss)
    return pss_scheme(type, value);
  if (type != V_ASN1_UNDEF && type != V_ASN1_NULL)
    return fail(ErrorCode::bad_value, "an AlgorithmIdentifier with parameters that it has not");
  if (nid == NID_ED25519 || nid == NID_ED448)
    return SignatureScheme{SignatureAlgorithm::eddsa, HashAlgorithm::IDENTITY, 0};
  for (const Row& row : rows)
    if (row.nid == nid)
      return SignatureScheme{row.algorithm, row.hash, 0};
  return fail(ErrorCode::unsupported, "an AlgorithmIdentifier that is not known");
}

}  // namespace karpspec::crypto
