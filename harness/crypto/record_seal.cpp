#include "crypto/record_seal.h"

#include <algorithm>
#include <array>

#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

using Nonce = std::array<std::uint8_t, 12>;

Nonce nonce_of(std::uint64_t number) {
  Nonce nonce{};
  std::ranges::copy(big_endian(number), nonce.begin() + 4);
  return nonce;
}

}  // namespace

struct RecordSeal::State {
  CipherCtxPtr sealing, opening;  // with the key in them
};

RecordSeal::RecordSeal(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordSeal::RecordSeal(RecordSeal&&) noexcept = default;
RecordSeal& RecordSeal::operator=(RecordSeal&&) noexcept = default;
RecordSeal::~RecordSeal() = default;

Result<RecordSeal> RecordSeal::make(OctetView key) {
  if (key.size() != key_size)
    return fail(ErrorCode::bad_length, "a key to seal records with has 32 octets");
  auto state = std::make_unique<State>();
  state->sealing.reset(EVP_CIPHER_CTX_new());
  state->opening.reset(EVP_CIPHER_CTX_new());
  const CipherPtr cipher(EVP_CIPHER_fetch(own_library(), "AES-256-GCM", nullptr));
  if (!cipher || !state->sealing || !state->opening ||
      EVP_EncryptInit_ex2(state->sealing.get(), cipher.get(), key.data(), nullptr, nullptr) != 1 ||
      EVP_DecryptInit_ex2(state->opening.get(), cipher.get(), key.data(), nullptr, nullptr) != 1)
    return openssl_failed("AES-256-GCM");
  return RecordSeal(std::move(state));
}

Result<void> RecordSeal::seal(std::uint64_t number, OctetView record, std::span<std::uint8_t> out) {
  if (out.size() != record.size() + more)
    return fail(ErrorCode::bad_length, "no room for a sealed record");
  const Nonce nonce = nonce_of(number);
  EVP_CIPHER_CTX* context = state_->sealing.get();
  int written = 0, last = 0;
  if (EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) != 1 ||
      EVP_EncryptUpdate(context, out.data(), &written, record.data(),
                        static_cast<int>(record.size())) != 1 ||
      EVP_EncryptFinal_ex(context, out.data() + written, &last) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(more),
                          out.last(more).data()) != 1)
    return openssl_failed("to seal a record");
  return {};
}

Result<void> RecordSeal::open(std::uint64_t number, OctetView sealed, std::span<std::uint8_t> out) {
  if (sealed.size() != out.size() + more)
    return fail(ErrorCode::bad_length, "a sealed record is too short");
  const Nonce nonce = nonce_of(number);
  std::array<std::uint8_t, more> tag{};
  std::copy(sealed.end() - static_cast<std::ptrdiff_t>(more), sealed.end(), tag.begin());
  EVP_CIPHER_CTX* context = state_->opening.get();
  int written = 0, last = 0;
  if (EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) != 1 ||
      EVP_DecryptUpdate(context, out.data(), &written, sealed.data(),
                        static_cast<int>(out.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(more), tag.data()) != 1)
    return openssl_failed("to open a record");
  if (EVP_DecryptFinal_ex(context, out.data() + written, &last) != 1)
    return fail(ErrorCode::not_authentic, "a sealed record is not what was written");
  return {};
}

}  // namespace karpspec::crypto
