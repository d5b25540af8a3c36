#include "crypto/aes_mac.h"

#include <array>

#include "crypto/keyed_mac.h"

namespace karpspec::crypto {
namespace {

constexpr std::size_t block = 16;

// One AES-128 block cipher call after another under the same key.
class Aes {
 public:
  explicit Aes(OctetView key) : context_(EVP_CIPHER_CTX_new()) {
    thread_local const CipherPtr aes(EVP_CIPHER_fetch(own_library(), "AES-128-ECB", nullptr));
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

Result<Secret> hmac(HashAlgorithm hash, OctetView key, std::initializer_list<OctetView> data) {
  KARPSPEC_TRY(mac, KeyedMac::hmac(hash, key));
  return mac.run(data);
}

Result<Secret> aes_cmac(OctetView key, std::initializer_list<OctetView> data) {
  if (key.size() != block)
    return fail(ErrorCode::bad_length, "AES-CMAC takes a key of 16 octets");
  KARPSPEC_TRY(mac, KeyedMac::aes_cmac(key));
  return mac.run(data);
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
