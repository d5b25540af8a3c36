#include "crypto/aes_mac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

constexpr std::size_t block = 16;

Result<Secret> run_mac(const MacPtr& mac, const char* parameter, const char* algorithm,
                       OctetView key, std::initializer_list<OctetView> data) {
  const MacCtxPtr context(EVP_MAC_CTX_new(mac.get()));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(parameter, const_cast<char*>(algorithm), 0),
      OSSL_PARAM_construct_end()};
  // An empty key is legal for HMAC, a null pointer is not.
  const std::uint8_t none = 0;
  if (!context ||
      EVP_MAC_init(context.get(), key.empty() ? &none : key.data(), key.size(), parameters) != 1) {
    return openssl_failed("a MAC's key");
  }
  for (OctetView part : data) {
    if (EVP_MAC_update(context.get(), part.data(), part.size()) != 1)
      return openssl_failed("a MAC's data");
  }
  Secret out(EVP_MAC_CTX_get_mac_size(context.get()));
  std::size_t size = 0;
  if (EVP_MAC_final(context.get(), out.writable().data(), &size, out.size()) != 1) {
    return openssl_failed("a MAC");
  }
  return out;
}

// One AES-128 block cipher call after another under the same key.
class Aes {
 public:
  explicit Aes(OctetView key) : context_(EVP_CIPHER_CTX_new()) {
    static const CipherPtr aes(EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr));
    ok_ = context_ &&
          EVP_EncryptInit_ex2(context_.get(), aes.get(), key.data(), nullptr, nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1;
  }
  bool encrypt(const std::uint8_t* in, std::uint8_t* out) {
    int size = 0;
    return ok_ && EVP_EncryptUpdate(context_.get(), out, &size, in, block) == 1 && size == block;
  }

 private:
  CipherCtxPtr context_;
  bool ok_ = false;
};

}  // namespace

Result<Secret> hmac(const char* digest, OctetView key, std::initializer_list<OctetView> data) {
  // Fetched once: looking an algorithm up costs more than a short MAC.
  static const MacPtr mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  return run_mac(mac, OSSL_MAC_PARAM_DIGEST, digest, key, data);
}

Result<Secret> aes_cmac(OctetView key, std::initializer_list<OctetView> data) {
  if (key.size() != block)
    return fail(ErrorCode::bad_length, "AES-CMAC takes a key of 16 octets");
  static const MacPtr mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  return run_mac(mac, OSSL_MAC_PARAM_CIPHER, "AES-128-CBC", key, data);
}

Result<Secret> aes_xcbc(OctetView key, std::initializer_list<OctetView> data) {
  if (key.size() != block)
    return fail(ErrorCode::bad_length, "AES-XCBC takes a key of 16 octets");
  Secret derived(3 * block);  // K1, K2, K3 of RFC 3566 section 4
  Aes outer(key);
  for (std::size_t i = 0; i < 3; ++i) {
    std::array<std::uint8_t, block> constant;
    constant.fill(static_cast<std::uint8_t>(i + 1));
    if (!outer.encrypt(constant.data(), derived.writable().data() + i * block)) {
      return openssl_failed("AES");
    }
  }
  Aes inner(derived.view().first(block));
  Secret state(block);
  std::array<std::uint8_t, block> pending{};
  std::size_t filled = 0;
  const auto absorb = [&] {
    for (std::size_t i = 0; i < block; ++i)
      pending[i] ^= state.view()[i];
    filled = 0;
    return inner.encrypt(pending.data(), state.writable().data());
  };
  for (OctetView part : data) {
    for (std::uint8_t octet : part) {
      // The last block is treated apart, so a full block waits until more follows.
      if (filled == block && !absorb())
        return openssl_failed("AES");
      pending[filled++] = octet;
    }
  }
  const std::size_t key_at = filled == block ? block : 2 * block;
  if (filled < block) {
    pending[filled] = 0x80;
    for (std::size_t i = filled + 1; i < block; ++i)
      pending[i] = 0;
  }
  for (std::size_t i = 0; i < block; ++i)
    pending[i] ^= derived.view()[key_at + i];
  if (!absorb())
    return openssl_failed("AES");
  return state;
}

}  // namespace karpspec::crypto
