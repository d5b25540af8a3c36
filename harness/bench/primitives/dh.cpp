#include "bench/primitives/dh.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace karpspec::bench::primitives {
namespace {

constexpr std::uint8_t uncompressed = 0x04;  // before a point, and not in a KE payload

// OpenSSL's names of algorithm and group; Curve25519 is both in one.
struct Name {
  const char* algorithm;
  const char* group = nullptr;
};

Name name_of(DhGroup group) {
  switch (group) {
    case DhGroup::MODP_2048:
      return {"DH", "modp_2048"};
    case DhGroup::MODP_3072:
      return {"DH", "modp_3072"};
    case DhGroup::MODP_4096:
      return {"DH", "modp_4096"};
    case DhGroup::ECP_256:
      return {"EC", "P-256"};
    case DhGroup::ECP_384:
      return {"EC", "P-384"};
    case DhGroup::ECP_521:
      return {"EC", "P-521"};
    case DhGroup::CURVE25519:
    case DhGroup::NONE:
      break;
  }
  return {"X25519"};
}

bool has_points(DhGroup group) {
  return group == DhGroup::ECP_256 || group == DhGroup::ECP_384 || group == DhGroup::ECP_521;
}

}  // namespace

Dh::Dh(DhGroup group) : group_(group) {
  const Name name = name_of(group);
  generator_.reset(EVP_PKEY_CTX_new_from_name(nullptr, name.algorithm, nullptr));
  (void)EVP_PKEY_keygen_init(generator_.get());
  if (name.group == nullptr)
    return;
  int exponent_bits = 320;
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                              const_cast<char*>(name.group), 0),
                             OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &exponent_bits),
                             OSSL_PARAM_construct_end()};
  if (has_points(group))
    parameters[1] = OSSL_PARAM_construct_end();
  (void)EVP_PKEY_CTX_set_params(generator_.get(), parameters);
}

bool Dh::generate() {
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_generate(generator_.get(), &key) != 1)
    return false;
  key_.reset(key);
  deriver_.reset();
  return true;
}

Octets Dh::ke_data() const {
  unsigned char* encoded = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key_.get(), &encoded);
  Octets out(encoded, encoded + size);
  OPENSSL_free(encoded);
  if (has_points(group_) && !out.empty())
    out.erase(out.begin());
  return out;
}

Octets Dh::derive(OctetView ke_data) {
  const PkeyPtr peer(EVP_PKEY_new());
  Octets encoded;
  if (has_points(group_))
    encoded.push_back(uncompressed);
  append(encoded, ke_data);
  if (EVP_PKEY_copy_parameters(peer.get(), key_.get()) != 1 ||
      EVP_PKEY_set1_encoded_public_key(peer.get(), encoded.data(), encoded.size()) != 1)
    return {};
  if (!deriver_) {
    deriver_.reset(EVP_PKEY_CTX_new(key_.get(), nullptr));
    if (EVP_PKEY_derive_init(deriver_.get()) != 1)
      return {};
    // As IKE has it: the secret at the size of the prime. The curves know no such parameter.
    unsigned pad = 1;
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
                                     OSSL_PARAM_construct_end()};
    (void)EVP_PKEY_CTX_set_params(deriver_.get(), parameters);
  }
  std::size_t size = 0;
  Octets out;
  if (EVP_PKEY_derive_set_peer_ex(deriver_.get(), peer.get(), 0) != 1 ||
      EVP_PKEY_derive(deriver_.get(), nullptr, &size) != 1)
    return {};
  out.resize(size);
  if (EVP_PKEY_derive(deriver_.get(), out.data(), &size) != 1)
    return {};
  out.resize(size);
  return out;
}

}  // namespace karpspec::bench::primitives
