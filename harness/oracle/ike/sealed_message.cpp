#include "oracle/ike/sealed_message.h"

#include <algorithm>

#include "crypto/prf.h"

namespace karpspec::oracle::ike {

namespace {

constexpr std::size_t next_payload_at = 16;
constexpr std::size_t length_field_at = 24;
constexpr std::size_t generic_header = 4;

std::uint32_t read_u32(OctetView octets, std::size_t at) {
  return static_cast<std::uint32_t>(octets[at]) << 24 |
         static_cast<std::uint32_t>(octets[at + 1]) << 16 |
         static_cast<std::uint32_t>(octets[at + 2]) << 8 | octets[at + 3];
}

// The PRF whose output, cut, is the checksum of INTEG (RFC 2404, 3566, 4494, 4868 and the PRFs'
// own documents use the same function).
std::optional<Prf> prf_of(Integ integ) {
  switch (integ) {
    case Integ::HMAC_SHA1_96:
      return Prf::HMAC_SHA1;
    case Integ::AES_XCBC_96:
      return Prf::AES128_XCBC;
    case Integ::AES_CMAC_96:
      return Prf::AES128_CMAC;
    case Integ::HMAC_SHA2_256_128:
      return Prf::HMAC_SHA2_256;
    case Integ::HMAC_SHA2_384_192:
      return Prf::HMAC_SHA2_384;
    case Integ::HMAC_SHA2_512_256:
      return Prf::HMAC_SHA2_512;
    case Integ::NONE:
      break;
  }
  return std::nullopt;
}

// MESSAGE with the checksum that its last octets should have been.
Result<Octets> with_right_icv(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                              OctetView message) {
  const auto prf = prf_of(suite.integ);
  const std::size_t size = crypto::icv_size(suite);
  if (!prf || message.size() < size)
    return fail(ErrorCode::not_authentic, "the checksum is wrong");
  const OctetView covered = message.first(message.size() - size);
  KARPSPEC_TRY(mac, crypto::prf(*prf, keys.integ, {covered}));
  Octets repaired(covered.begin(), covered.end());
  append(repaired, mac.view().first(std::min(size, mac.size())));
  return repaired;
}

class FixedIv final : public Random {
 public:
  explicit FixedIv(OctetView iv) : iv_(iv) {}
  void fill(std::span<std::uint8_t> out) override {
    std::copy_n(iv_.begin(), std::min(iv_.size(), out.size()), out.begin());
  }

 private:
  OctetView iv_;
};

// What the SK data of an AEAD decrypts to, whatever its ICV: its cipher is a stream, which a second
// encryption takes off again.
Result<Octets> decrypt_unchecked(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                                 OctetView message, std::size_t data_size) {
  const std::size_t least = crypto::sealed_size(suite, 0);
  if (data_size < least || data_size > message.size())
    return fail(ErrorCode::not_authentic, "the checksum is wrong");
  const std::size_t icv = crypto::icv_size(suite), iv = least - icv - 1;
  const OctetView data = message.last(data_size);
  const OctetView text = data.subspan(iv, data_size - iv - icv);
  Octets again(message.begin(), message.end());
  FixedIv same(data.first(iv));
  KARPSPEC_CHECK(
      crypto::seal(suite, keys, text.first(text.size() - 1), again, same, {0, text.back()}));
  Octets clear(again.end() - static_cast<std::ptrdiff_t>(text.size() + icv),
               again.end() - static_cast<std::ptrdiff_t>(icv));
  const std::size_t padding = std::size_t{clear.back()} + 1;
  if (padding > clear.size())
    return fail(ErrorCode::bad_length, "the padding is longer than what it pads");
  clear.resize(clear.size() - padding);
  return clear;
}

}  // namespace

crypto::DirectionKeys keys_of_initiator(const crypto::IkeKeys& keys) {
  return {keys.SK_ei.view(), keys.SK_ai.view()};
}

crypto::DirectionKeys keys_of_responder(const crypto::IkeKeys& keys) {
  return {keys.SK_er.view(), keys.SK_ar.view()};
}

Result<Octets> open_envelope(OctetView clear, wire::PayloadType type, std::size_t fields,
                             std::size_t data) {
  if (clear.size() < wire::Header::size)
    return fail(ErrorCode::bad_length, "a message to be sealed has no whole header");
  const std::size_t total = wire::Header::size + fields + data;
  if (fields + data > 0xffff)
    return fail(ErrorCode::bad_length, "the payloads do not fit into one SK payload");
  Writer out;
  out.octets(clear.first(next_payload_at), "SPIs");
  out.u8(static_cast<std::uint8_t>(type), "next payload");
  out.octets(clear.subspan(next_payload_at + 1, length_field_at - next_payload_at - 1), "header");
  const std::uint32_t length = read_u32(clear, length_field_at);
  out.u32(length == clear.size() ? static_cast<std::uint32_t>(total) : length, "length");
  out.u8(clear[next_payload_at], "SK next payload");
  out.u8(0, "SK reserved");
  out.u16(static_cast<std::uint16_t>(fields + data), "SK length");
  Octets message = out.take();
  message.resize(total);
  return message;
}

Result<Octets> seal_clear_form(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                               OctetView clear, Random& random) {
  const OctetView chain = clear.subspan(std::min(clear.size(), wire::Header::size));
  KARPSPEC_TRY(message, open_envelope(clear, wire::PayloadType::SK, generic_header,
                                      crypto::sealed_size(suite, chain.size())));
  KARPSPEC_CHECK(crypto::seal(suite, keys, chain, message, random));
  return message;
}

Result<Octets> seal_message(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                            const wire::Message& clear, Random& random, const ClearEdit& edit) {
  if (!edit)
    return seal_clear_form(suite, keys, wire::encode_message(clear), random);
  std::vector<FieldAt> fields;
  Octets octets = wire::encode_message(clear, &fields);
  edit(octets, fields);
  return seal_clear_form(suite, keys, octets, random);
}

Result<Octets> open_data(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                         OctetView message, std::size_t data_size, bool repair_icv) {
  auto plaintext = crypto::open(suite, keys, message, data_size);
  if (plaintext || plaintext.error().code != ErrorCode::not_authentic || !repair_icv)
    return plaintext;
  if (suite.integ == Integ::NONE)
    return decrypt_unchecked(suite, keys, message, data_size);
  KARPSPEC_TRY(repaired, with_right_icv(suite, keys, message));
  return crypto::open(suite, keys, repaired, data_size);
}

Result<Opened> open_sealed(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                           OctetView message, const wire::CodePoints& numbers, bool repair_icv) {
  KARPSPEC_TRY(outer, wire::decode_message(message, numbers));
  if (outer.payloads.empty() || outer.payloads.back().as<wire::EncryptedPayload>() == nullptr)
    return fail(ErrorCode::bad_value, "the message has no SK payload");
  const auto& sk = *outer.payloads.back().as<wire::EncryptedPayload>();
  Opened opened;
  opened.header = outer.header;
  opened.first = static_cast<wire::PayloadType>(sk.first_inner);
  KARPSPEC_TRY(plaintext, open_data(suite, keys, message, sk.data.size(), repair_icv));
  opened.plaintext = std::move(plaintext);
  return opened;
}

Result<wire::Message> open_message(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                                   OctetView message, const wire::CodePoints& numbers) {
  KARPSPEC_TRY(opened, open_sealed(suite, keys, message, numbers));
  wire::CodePoints known = numbers;  // as wire::decode_message() knows them
  known.mrkmp = numbers.mrkmp || wire::is_mrkmp(opened.header.exchange_type());
  KARPSPEC_TRY(payloads,
               wire::decode_chain(opened.first, opened.plaintext, known, wire::Header::size));
  return wire::Message{opened.header, std::move(payloads)};
}

}  // namespace karpspec::oracle::ike
