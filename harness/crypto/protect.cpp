#include "crypto/protect.h"

#include <algorithm>

#include "crypto/aes_mac.h"
#include "crypto/keyed_mac.h"

namespace karpspec::crypto {
namespace {

constexpr std::size_t salt_size = 4;

CipherPtr fetch(const char* name) {
  return CipherPtr(EVP_CIPHER_fetch(own_library(), name, nullptr));
}

// Fetched once a thread: looking a cipher up costs more than a short message.
const EVP_CIPHER* cipher_of(const IkeSuite& suite) {
  thread_local const CipherPtr cbc_128 = fetch("AES-128-CBC");
  thread_local const CipherPtr cbc_256 = fetch("AES-256-CBC");
  thread_local const CipherPtr gcm_128 = fetch("AES-128-GCM");
  thread_local const CipherPtr gcm_256 = fetch("AES-256-GCM");
  thread_local const CipherPtr chacha20 = fetch("ChaCha20-Poly1305");
  switch (suite.encr) {
    case Encr::AES_CBC:
      return suite.key_bits == 256 ? cbc_256.get() : cbc_128.get();
    case Encr::AES_GCM_16:
      return suite.key_bits == 256 ? gcm_256.get() : gcm_128.get();
    case Encr::CHACHA20_POLY1305:
      return chacha20.get();
    case Encr::NONE:
      break;
  }
  return nullptr;
}

// What makes the ICV, without truncation. OpenSSL has no AES-XCBC, which gets its key each time.
class IntegrityCheck {
 public:
  static Result<IntegrityCheck> make(Integ integ, OctetView key) {
    IntegrityCheck out;
    switch (integ) {
      case Integ::HMAC_SHA1_96:
        return with(KeyedMac::hmac(HashAlgorithm::SHA1, key));
      case Integ::HMAC_SHA2_256_128:
        return with(KeyedMac::hmac(HashAlgorithm::SHA2_256, key));
      case Integ::HMAC_SHA2_384_192:
        return with(KeyedMac::hmac(HashAlgorithm::SHA2_384, key));
      case Integ::HMAC_SHA2_512_256:
        return with(KeyedMac::hmac(HashAlgorithm::SHA2_512, key));
      case Integ::AES_CMAC_96:
        return with(KeyedMac::aes_cmac(key));
      case Integ::AES_XCBC_96:
        out.xcbc_key_ = Secret(key);
        return out;
      case Integ::NONE:
        break;
    }
    return fail(ErrorCode::unsupported, "integrity algorithm is not implemented");
  }

  Result<Secret> run(OctetView data) {
    return mac_ ? mac_->run({data}) : aes_xcbc(xcbc_key_.view(), {data});
  }

 private:
  static Result<IntegrityCheck> with(Result<KeyedMac> mac) {
    if (!mac)
      return tl::unexpected(mac.error());
    IntegrityCheck out;
    out.mac_ = *std::move(mac);
    return out;
  }

  std::optional<KeyedMac> mac_;
  Secret xcbc_key_;
};

Result<void> check_suite(const IkeSuite& suite, const DirectionKeys& keys) {
  if (!is_supported(suite))
    return fail(ErrorCode::unsupported, "IKE suite is not implemented");
  if (keys.encr.size() != encr_key_size(suite.encr, suite.key_bits) ||
      keys.integ.size() != integ_key_size(suite.integ)) {
    return fail(ErrorCode::bad_length, "keys do not have the suite's sizes");
  }
  return {};
}

// Of an AEAD, whose salt stands at the end of its key (RFC 5282, RFC 7634).
OctetView salt_of(const IkeSuite& suite, const DirectionKeys& keys) {
  return is_aead(suite.encr) ? keys.encr.last(salt_size) : OctetView();
}

}  // namespace

std::size_t sealed_size(const IkeSuite& suite, std::size_t plaintext_size, const Padding& padding) {
  const std::size_t block = encr_block_size(suite.encr);
  const std::size_t padded = (plaintext_size + 1 + block - 1) / block * block;
  return encr_iv_size(suite.encr) + padded + padding.extra + icv_size(suite);
}

Result<void> seal(const IkeSuite& suite, const DirectionKeys& keys, OctetView plaintext,
                  std::span<std::uint8_t> message, Random& random, const Padding& padding) {
  KARPSPEC_CHECK(check_suite(suite, keys));
  const std::size_t size = sealed_size(suite, plaintext.size(), padding);
  if (message.size() < size)
    return fail(ErrorCode::bad_length, "no room for the SK payload's data");
  const std::size_t iv_size = encr_iv_size(suite.encr);
  const std::size_t tag_size = icv_size(suite);
  const std::span<std::uint8_t> data = message.last(size);
  const std::span<std::uint8_t> iv = data.first(iv_size);
  const std::span<std::uint8_t> body = data.subspan(iv_size, size - iv_size - tag_size);
  const std::span<std::uint8_t> tag = data.last(tag_size);
  random.fill(iv);

  Secret padded(body.size());  // pad octets are zero, the last octet counts them
  std::copy(plaintext.begin(), plaintext.end(), padded.writable().begin());
  padded.writable().back() =
      padding.length.value_or(static_cast<std::uint8_t>(body.size() - plaintext.size() - 1));

  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  const bool aead = is_aead(suite.encr);
  const Octets nonce = concat({salt_of(suite, keys), iv});
  int written = 0;
  if (!context ||
      EVP_EncryptInit_ex2(context.get(), cipher_of(suite), keys.encr.data(), nonce.data(),
                          nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1) {
    return openssl_failed("the cipher");
  }
  const OctetView associated = message.first(message.size() - size);
  if (aead && EVP_EncryptUpdate(context.get(), nullptr, &written, associated.data(),
                                static_cast<int>(associated.size())) != 1) {
    return openssl_failed("associated data");
  }
  if (EVP_EncryptUpdate(context.get(), body.data(), &written, padded.view().data(),
                        static_cast<int>(padded.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), body.data() + written, &written) != 1) {
    return openssl_failed("to encrypt");
  }
  if (aead) {
    if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size),
                            tag.data()) != 1) {
      return openssl_failed("the ICV");
    }
    return {};
  }
  KARPSPEC_TRY(check, IntegrityCheck::make(suite.integ, keys.integ));
  KARPSPEC_TRY(icv, check.run(OctetView(message).first(message.size() - tag_size)));
  std::copy_n(icv.view().begin(), tag_size, tag.begin());
  return {};
}

struct Opening::State {
  IkeSuite suite;
  std::optional<IntegrityCheck> integrity;  // none of an AEAD
  Secret salt;                              // of an AEAD
  CipherCtxPtr cipher;
};

Opening::Opening(std::unique_ptr<State> state) : state_(std::move(state)) {}
Opening::Opening(Opening&&) noexcept = default;
Opening& Opening::operator=(Opening&&) noexcept = default;
Opening::~Opening() = default;

Result<Opening> Opening::make(const IkeSuite& suite, const DirectionKeys& keys) {
  KARPSPEC_CHECK(check_suite(suite, keys));
  auto state = std::make_unique<State>();
  state->suite = suite;
  if (is_aead(suite.encr)) {
    state->salt = Secret(salt_of(suite, keys));
  } else {
    KARPSPEC_TRY(integrity, IntegrityCheck::make(suite.integ, keys.integ));
    state->integrity = std::move(integrity);
  }
  state->cipher.reset(EVP_CIPHER_CTX_new());
  // IKEv2 pads by itself; the cipher then knows for all messages.
  if (!state->cipher ||
      EVP_DecryptInit_ex2(state->cipher.get(), cipher_of(suite), keys.encr.data(), nullptr,
                          nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(state->cipher.get(), 0) != 1) {
    return openssl_failed("the cipher");
  }
  return Opening(std::move(state));
}

Result<Octets> Opening::open(OctetView message, std::size_t sk_data_size) {
  const IkeSuite& suite = state_->suite;
  const std::size_t iv_size = encr_iv_size(suite.encr);
  const std::size_t tag_size = icv_size(suite);
  const std::size_t block = encr_block_size(suite.encr);
  if (sk_data_size > message.size()) {
    return fail(ErrorCode::bad_length, "SK payload is longer than its message");
  }
  const std::size_t start = message.size() - sk_data_size;
  if (sk_data_size < iv_size + block + tag_size) {
    return fail(ErrorCode::bad_length, "SK payload has no room for IV, one block and ICV", start);
  }
  const OctetView data = message.last(sk_data_size);
  const OctetView iv = data.first(iv_size);
  const OctetView body = data.subspan(iv_size, sk_data_size - iv_size - tag_size);
  const OctetView tag = data.last(tag_size);
  if (state_->integrity) {
    KARPSPEC_TRY(icv, state_->integrity->run(message.first(message.size() - tag_size)));
    if (!equal_in_constant_time(icv.view().first(tag_size), tag)) {
      return fail(ErrorCode::not_authentic, "integrity checksum is wrong",
                  message.size() - tag_size);
    }
    if (body.size() % block != 0) {
      return fail(ErrorCode::bad_length, "ciphertext is no whole number of blocks",
                  start + iv_size);
    }
  }
  EVP_CIPHER_CTX* const cipher = state_->cipher.get();
  const Octets nonce = concat({state_->salt.view(), iv});
  // Without cipher and key it begins anew with those that it has.
  if (EVP_DecryptInit_ex2(cipher, nullptr, nullptr, nonce.data(), nullptr) != 1)
    return openssl_failed("the cipher");
  int written = 0;
  if (!state_->integrity) {
    const OctetView associated = message.first(start);
    Octets expected_tag(tag.begin(), tag.end());
    if (EVP_DecryptUpdate(cipher, nullptr, &written, associated.data(),
                          static_cast<int>(associated.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size),
                            expected_tag.data()) != 1) {
      return openssl_failed("associated data");
    }
  }
  Octets plain(body.size() + block);
  if (EVP_DecryptUpdate(cipher, plain.data(), &written, body.data(),
                        static_cast<int>(body.size())) != 1) {
    return openssl_failed("to decrypt");
  }
  int last = 0;
  if (EVP_DecryptFinal_ex(cipher, plain.data() + written, &last) != 1) {
    return fail(ErrorCode::not_authentic, "integrity checksum is wrong", message.size() - tag_size);
  }
  plain.resize(static_cast<std::size_t>(written) + static_cast<std::size_t>(last));
  const std::size_t padding = plain.back();
  if (padding + 1 > plain.size()) {
    return fail(ErrorCode::bad_length, "pad length exceeds the ciphertext", start + iv_size);
  }
  plain.resize(plain.size() - padding - 1);
  return plain;
}

Result<Octets> open(const IkeSuite& suite, const DirectionKeys& keys, OctetView message,
                    std::size_t sk_data_size) {
  KARPSPEC_TRY(opening, Opening::make(suite, keys));
  return opening.open(message, sk_data_size);
}

}  // namespace karpspec::crypto
