#include "bench/primitives/mac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/prf.h"

namespace karpspec::bench::primitives {
namespace {

// The PRF whose output a checksum is cut from.
Prf prf_of(Integ integ) {
  switch (integ) {
    case Integ::HMAC_SHA1_96:
      return Prf::HMAC_SHA1;
    case Integ::HMAC_SHA2_384_192:
      return Prf::HMAC_SHA2_384;
    case Integ::HMAC_SHA2_512_256:
      return Prf::HMAC_SHA2_512;
    case Integ::AES_XCBC_96:
    case Integ::AES_CMAC_96:
      return Prf::AES128_CMAC;
    case Integ::NONE:
    case Integ::HMAC_SHA2_256_128:
      break;
  }
  return Prf::HMAC_SHA2_256;
}

}  // namespace

Mac::Mac(Prf prf) : size_(crypto::prf_output_size(prf)) {
  switch (prf) {
    case Prf::HMAC_SHA1:
      make("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA1");
      break;
    case Prf::HMAC_SHA2_256:
      make("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-256");
      break;
    case Prf::HMAC_SHA2_384:
      make("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-384");
      break;
    case Prf::HMAC_SHA2_512:
      make("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-512");
      break;
    case Prf::AES128_XCBC:
    case Prf::AES128_CMAC:
      make("CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC");
      break;
  }
}

Mac::Mac(Integ integ) : Mac(prf_of(integ)) {}

void Mac::make(const char* mac, const char* parameter, const char* algorithm) {
  const MacPtr found(EVP_MAC_fetch(nullptr, mac, nullptr));
  context_.reset(EVP_MAC_CTX_new(found.get()));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(parameter, const_cast<char*>(algorithm), 0),
      OSSL_PARAM_construct_end()};
  (void)EVP_MAC_CTX_set_params(context_.get(), parameters);
}

bool Mac::set_key(OctetView key) {
  fresh_ = EVP_MAC_init(context_.get(), key.data(), key.size(), nullptr) == 1;
  return fresh_;
}

bool Mac::run(std::initializer_list<OctetView> data, std::span<std::uint8_t> out) {
  // Without a key OpenSSL begins anew under the one it has.
  if (!fresh_ && EVP_MAC_init(context_.get(), nullptr, 0, nullptr) != 1)
    return false;
  fresh_ = false;
  for (const OctetView part : data)
    if (EVP_MAC_update(context_.get(), part.data(), part.size()) != 1)
      return false;
  std::size_t written = 0;
  return EVP_MAC_final(context_.get(), out.data(), &written, out.size()) == 1;
}

bool Mac::prf_plus(OctetView key, OctetView seed, std::span<std::uint8_t> out) {
  if (!set_key(key))
    return false;
  OctetView before;
  std::uint8_t counter = 1;
  for (std::size_t at = 0; at < out.size(); at += size_, ++counter) {
    const std::span<std::uint8_t> block = out.subspan(at, size_);
    if (!run({before, seed, {&counter, 1}}, block))
      return false;
    before = block;
  }
  return true;
}

}  // namespace karpspec::bench::primitives
