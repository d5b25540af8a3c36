#include "crypto/keyed_mac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

namespace karpspec::crypto {
namespace {

// A context whose key, of zeros, is to be changed. Looking MAC and digest up by their names takes
// longer than a short MAC, copying this takes a third of it. Each thread has its own (library.h).
// OpenSSL copies CMAC only where there is a key.
MacCtxPtr with_any_key(const char* mac_name, const char* parameter, const char* algorithm) {
  const MacPtr mac(EVP_MAC_fetch(own_library(), mac_name, nullptr));
  MacCtxPtr context(EVP_MAC_CTX_new(mac.get()));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(parameter, const_cast<char*>(algorithm), 0),
      OSSL_PARAM_construct_end()};
  constexpr std::array<std::uint8_t, 16> zeros{};
  if (!context || EVP_MAC_init(context.get(), zeros.data(), zeros.size(), parameters) != 1)
    return nullptr;
  return context;
}

MacCtxPtr hmac_of(HashAlgorithm hash) {
  return with_any_key("HMAC", OSSL_MAC_PARAM_DIGEST, digest_name(hash));
}

}  // namespace

Result<KeyedMac> KeyedMac::make(const MacCtxPtr& with_any_key, OctetView key) {
  MacCtxPtr context(with_any_key ? EVP_MAC_CTX_dup(with_any_key.get()) : nullptr);
  // An empty key is legal for HMAC, a null pointer is not.
  const std::uint8_t none = 0;
  if (!context ||
      EVP_MAC_init(context.get(), key.empty() ? &none : key.data(), key.size(), nullptr) != 1) {
    return openssl_failed("a MAC's key");
  }
  return KeyedMac(std::move(context));
}

Result<KeyedMac> KeyedMac::hmac(HashAlgorithm hash, OctetView key) {
  // Each when it is first wanted: making all four is noticed in a short run of the program.
  switch (hash) {
    case HashAlgorithm::SHA1: {
      thread_local const MacCtxPtr sha1 = hmac_of(HashAlgorithm::SHA1);
      return make(sha1, key);
    }
    case HashAlgorithm::SHA2_256: {
      thread_local const MacCtxPtr sha2_256 = hmac_of(HashAlgorithm::SHA2_256);
      return make(sha2_256, key);
    }
    case HashAlgorithm::SHA2_384: {
      thread_local const MacCtxPtr sha2_384 = hmac_of(HashAlgorithm::SHA2_384);
      return make(sha2_384, key);
    }
    case HashAlgorithm::SHA2_512: {
      thread_local const MacCtxPtr sha2_512 = hmac_of(HashAlgorithm::SHA2_512);
      return make(sha2_512, key);
    }
    case HashAlgorithm::IDENTITY:
      break;
  }
  return fail(ErrorCode::unsupported, "HMAC needs a digest");
}

Result<KeyedMac> KeyedMac::aes_cmac(OctetView key) {
  thread_local const MacCtxPtr cmac = with_any_key("CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC");
  return make(cmac, key);
}

Result<Secret> KeyedMac::run(std::initializer_list<OctetView> data) {
  // Without a key it begins anew under the one it has.
  if (has_run_ && EVP_MAC_init(context_.get(), nullptr, 0, nullptr) != 1)
    return openssl_failed("a MAC");
  has_run_ = true;
  for (OctetView part : data) {
    if (EVP_MAC_update(context_.get(), part.data(), part.size()) != 1)
      return openssl_failed("a MAC's data");
  }
  Secret out(size_);
  std::size_t size = 0;
  if (EVP_MAC_final(context_.get(), out.writable().data(), &size, out.size()) != 1)
    return openssl_failed("a MAC");
  return out;
}

}  // namespace karpspec::crypto
