#include "bench/primitives/sk_data.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <string>

namespace karpspec::bench::primitives {
namespace {

constexpr std::size_t salt_size = 4;

std::string name_of(const crypto::IkeSuite& suite) {
  if (suite.encr == Encr::CHACHA20_POLY1305)
    return "ChaCha20-Poly1305";
  return "AES-" + std::to_string(suite.key_bits) +
         (suite.encr == Encr::AES_GCM_16 ? "-GCM" : "-CBC");
}

}  // namespace

SkData::SkData(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
               Direction direction)
    : iv_size_(crypto::encr_iv_size(suite.encr)),
      icv_size_(crypto::icv_size(suite)),
      aead_(crypto::is_aead(suite.encr)),
      cipher_(EVP_CIPHER_CTX_new()) {
  const CipherPtr cipher(EVP_CIPHER_fetch(nullptr, name_of(suite).c_str(), nullptr));
  (void)EVP_CipherInit_ex2(cipher_.get(), cipher.get(), keys.encr.data(), nullptr,
                           direction == Direction::seal ? 1 : 0, nullptr);
  (void)EVP_CIPHER_CTX_set_padding(cipher_.get(), 0);
  if (aead_) {
    const OctetView salt = keys.encr.last(salt_size);
    nonce_.assign(salt.begin(), salt.end());
    nonce_.resize(salt_size + iv_size_);
  } else {
    mac_.emplace(suite.integ);
    tag_.resize(mac_->size());
    (void)mac_->set_key(keys.integ);
  }
}

bool SkData::begin(OctetView iv, OctetView associated) {
  if (!aead_)
    return EVP_CipherInit_ex2(cipher_.get(), nullptr, nullptr, iv.data(), -1, nullptr) == 1;
  std::copy(iv.begin(), iv.end(), nonce_.begin() + salt_size);
  int written = 0;
  return EVP_CipherInit_ex2(cipher_.get(), nullptr, nullptr, nonce_.data(), -1, nullptr) == 1 &&
         EVP_CipherUpdate(cipher_.get(), nullptr, &written, associated.data(),
                          static_cast<int>(associated.size())) == 1;
}

bool SkData::seal(OctetView iv, OctetView plaintext, std::span<std::uint8_t> message) {
  const std::size_t size = iv_size_ + plaintext.size() + icv_size_;
  const std::span<std::uint8_t> data = message.last(size);
  const std::span<std::uint8_t> body = data.subspan(iv_size_, plaintext.size());
  const std::span<std::uint8_t> icv = data.last(icv_size_);
  std::copy(iv.begin(), iv.end(), data.begin());
  int written = 0;
  if (!begin(iv, message.first(message.size() - size)) ||
      EVP_CipherUpdate(cipher_.get(), body.data(), &written, plaintext.data(),
                       static_cast<int>(plaintext.size())) != 1 ||
      EVP_CipherFinal_ex(cipher_.get(), body.data() + written, &written) != 1)
    return false;
  if (aead_)
    return EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(icv.size()),
                               icv.data()) == 1;
  if (!mac_->run({OctetView(message).first(message.size() - icv_size_)}, tag_))
    return false;
  std::copy_n(tag_.begin(), icv_size_, icv.begin());
  return true;
}

bool SkData::open(OctetView message, std::size_t size, std::span<std::uint8_t> plaintext) {
  const OctetView data = message.last(size);
  const OctetView body = data.subspan(iv_size_, size - iv_size_ - icv_size_);
  const OctetView icv = data.last(icv_size_);
  if (aead_) {
    tag_.assign(icv.begin(), icv.end());  // OpenSSL wants it writable
  } else if (!mac_->run({message.first(message.size() - icv_size_)}, tag_) ||
             CRYPTO_memcmp(tag_.data(), icv.data(), icv.size()) != 0) {
    return false;
  }
  int written = 0;
  return begin(data.first(iv_size_), message.first(message.size() - size)) &&
         (!aead_ || EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG,
                                        static_cast<int>(tag_.size()), tag_.data()) == 1) &&
         EVP_CipherUpdate(cipher_.get(), plaintext.data(), &written, body.data(),
                          static_cast<int>(body.size())) == 1 &&
         EVP_CipherFinal_ex(cipher_.get(), plaintext.data() + written, &written) == 1;
}

}  // namespace karpspec::bench::primitives
