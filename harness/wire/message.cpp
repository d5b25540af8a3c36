#include "wire/message.h"

#include <algorithm>
#include <array>

#include "wire/codec.h"

namespace karpspec::wire {
namespace {

constexpr std::size_t generic_header_size = 4;
constexpr std::size_t length_at = 24;  // in the header
constexpr std::size_t usual_payloads = 8;

std::uint8_t number_of(PayloadType type) {
  return static_cast<std::uint8_t>(type);
}

Result<Body> read_mrkmp_body(PayloadType type, Reader& in) {
  switch (type) {
    case PayloadType::GROUP:
      return read_group(in);
    case PayloadType::KD:
      return read_key_download(in);
    case PayloadType::SEQ:
      return read_sequence(in);
    case PayloadType::ADV:
      return read_advert(in);
    case PayloadType::GKM:
      return read_group_action(in);
    case PayloadType::INC:
      return read_incarnation(in);
    case PayloadType::POLICY:
      return read_policy(in);
    default:
      return read_unknown(in);
  }
}

// NEXT is the Next Payload field of the payload's generic header.
Result<Body> read_body(PayloadType type, std::uint8_t next, Reader& in, const CodePoints& numbers) {
  switch (type) {
    case PayloadType::SA:
      return read_sa(in, numbers);
    case PayloadType::KE:
      return read_ke(in);
    case PayloadType::IDi:
    case PayloadType::IDr:
      return read_id(in);
    case PayloadType::CERT:
      return read_cert(in);
    case PayloadType::CERTREQ:
      return read_certreq(in);
    case PayloadType::AUTH:
      return read_auth(in);
    case PayloadType::Nonce:
      return read_nonce(in);
    case PayloadType::N:
      return read_notify(in);
    case PayloadType::D:
      return read_delete(in);
    case PayloadType::V:
      return read_vendor_id(in);
    case PayloadType::TSi:
    case PayloadType::TSr:
      return read_ts(in, numbers);
    case PayloadType::SK:
      return read_encrypted(in, next);
    case PayloadType::SKF:
      return read_fragment(in, next);
    case PayloadType::CP:
      return read_config(in);
    case PayloadType::EAP:
      return read_eap(in);
    default:
      return numbers.mrkmp ? read_mrkmp_body(type, in) : Result<Body>(read_unknown(in));
  }
}

Result<std::vector<Payload>> read_chain(PayloadType first, Reader& in, const CodePoints& numbers) {
  std::vector<Payload> payloads;
  payloads.reserve(usual_payloads);
  std::uint8_t type = number_of(first);
  while (type != 0) {
    const std::size_t at = in.offset();
    KARPSPEC_TRY(next, in.u8("next payload"));
    KARPSPEC_TRY(flags, in.u8("critical flag"));
    KARPSPEC_TRY(length, in.u16("payload length"));
    if (length < generic_header_size) {
      return fail(ErrorCode::bad_length, "payload length below 4", at + 2);
    }
    KARPSPEC_TRY(body, in.sub(length - generic_header_size, "payload"));
    // In its place at once: to move a body takes a look at what it is.
    Payload& payload = payloads.emplace_back();
    payload.type = static_cast<PayloadType>(type);
    payload.critical = (flags & 0x80U) != 0;
    payload.reserved = flags & 0x7fU;
    auto parsed = read_body(payload.type, next, body, numbers);
    if (!parsed)
      return tl::unexpected(std::move(parsed).error());
    payload.body = *std::move(parsed);
    KARPSPEC_CHECK(body.finish("payload body"));
    const bool sealed = payload.type == PayloadType::SK || payload.type == PayloadType::SKF;
    // An encrypted payload is the last one; its next payload field belongs to what it holds.
    type = sealed ? 0 : next;
  }
  KARPSPEC_CHECK(in.finish("the last payload"));
  return payloads;
}

// Gives the payloads of one chain their scope names in the field log: "KE", or "N[2]" where there
// are several of a type.
class ScopeNames {
 public:
  explicit ScopeNames(const std::vector<Payload>& payloads) {
    for (const Payload& payload : payloads)
      ++count_[number_of(payload.type)];
  }

  [[nodiscard]] std::string next(PayloadType type) {
    const std::uint8_t number = number_of(type);
    std::string name = payload_name(number);
    if (name == std::to_string(number))
      name.insert(0, 1, 'P');
    if (count_[number] > 1)
      name += "[" + std::to_string(++seen_[number]) + "]";
    return name;
  }

 private:
  std::array<std::size_t, 256> count_{};
  std::array<std::size_t, 256> seen_{};
};

std::uint8_t next_of(const std::vector<Payload>& payloads, std::size_t index) {
  if (const auto* sealed = payloads[index].as<EncryptedPayload>())
    return sealed->first_inner;
  if (const auto* part = payloads[index].as<EncryptedFragmentPayload>())
    return part->first_inner;
  return index + 1 < payloads.size() ? number_of(payloads[index + 1].type) : 0;
}

void write_chain(Writer& out, const std::vector<Payload>& payloads, bool logged) {
  std::optional<ScopeNames> names;
  if (logged)
    names.emplace(payloads);
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const Payload& payload = payloads[i];
    const auto scope = out.scope(names ? names->next(payload.type) : std::string());
    const std::size_t from = out.size();
    out.u8(next_of(payloads, i), "next_payload");
    out.u8(static_cast<std::uint8_t>((payload.critical ? 0x80U : 0U) | (payload.reserved & 0x7fU)),
           "flags_octet");
    const auto length = out.length16(from, "length");
    std::visit([&out](const auto& body) { write(out, body); }, payload.body);
  }
}

// LENGTH is what the header of the datagram OCTETS says.
Result<void> is_whole(std::uint32_t length, OctetView octets) {
  if (length == octets.size())
    return {};
  return fail(ErrorCode::bad_length,
              "header says " + std::to_string(length) + " octets, the datagram has " +
                  std::to_string(octets.size()),
              length_at);
}

}  // namespace

Result<Header> decode_header(OctetView octets, bool check_length) {
  Reader in(octets);
  Header header;
  KARPSPEC_TRY(spi_i, in.u64("initiator's SPI"));
  KARPSPEC_TRY(spi_r, in.u64("responder's SPI"));
  KARPSPEC_CHECK(in.u8("next payload"));
  KARPSPEC_TRY(version, in.u8("version"));
  KARPSPEC_TRY(exchange, in.u8("exchange type"));
  KARPSPEC_TRY(flags, in.u8("flags"));
  KARPSPEC_TRY(message_id, in.u32("message ID"));
  KARPSPEC_TRY(length, in.u32("length"));
  if (check_length)
    KARPSPEC_CHECK(is_whole(length, octets));
  header.spi_i = spi_i;
  header.spi_r = spi_r;
  header.version = version;
  header.exchange = exchange;
  header.flags = flags;
  header.message_id = message_id;
  return header;
}

Result<Message> decode_message(OctetView octets, const CodePoints& numbers) {
  Message message;
  // The version comes first: it says whether the rest means what we think it means.
  KARPSPEC_TRY(header, decode_header(octets, false));
  if ((header.version >> 4) != 2) {
    return fail(ErrorCode::bad_value,
                "major version " + std::to_string(header.version >> 4) + " is not 2", 17);
  }
  Reader length_field(octets.subspan(length_at));
  KARPSPEC_TRY(length, length_field.u32("length"));
  KARPSPEC_CHECK(is_whole(length, octets));
  message.header = header;
  CodePoints known = numbers;
  known.mrkmp = numbers.mrkmp || is_mrkmp(header.exchange_type());
  Reader in(octets.subspan(Header::size), Header::size);
  KARPSPEC_TRY(payloads, read_chain(static_cast<PayloadType>(octets[16]), in, known));
  message.payloads = std::move(payloads);
  return message;
}

Octets encode_message(const Message& message, std::vector<FieldAt>* log) {
  Writer out(log);
  const Header& header = message.header;
  std::optional<Writer::Length> length;
  {
    const auto scope = out.scope("HDR");
    out.u64(header.spi_i, "spi_i");
    out.u64(header.spi_r, "spi_r");
    out.u8(message.payloads.empty() ? 0 : number_of(message.payloads.front().type), "next_payload");
    out.u8(header.version, "version");
    out.u8(header.exchange, "exchange");
    out.u8(header.flags, "flags");
    out.u32(header.message_id, "message_id");
    length.emplace(out, 0, out.size(), 4);
    out.u32(0, "length");
  }
  write_chain(out, message.payloads, log != nullptr);
  length.reset();
  return out.take();
}

Result<std::vector<Payload>> decode_chain(PayloadType first, OctetView octets,
                                          const CodePoints& numbers, std::size_t start) {
  Reader in(octets, start);
  return read_chain(first, in, numbers);
}

Octets encode_chain(const std::vector<Payload>& payloads, std::vector<FieldAt>* log) {
  Writer out(log);
  write_chain(out, payloads, log != nullptr);
  return out.take();
}

const Payload* find(const std::vector<Payload>& payloads, PayloadType type) {
  const auto it = std::find_if(payloads.begin(), payloads.end(),
                               [type](const Payload& payload) { return payload.type == type; });
  return it == payloads.end() ? nullptr : &*it;
}

Payload* find(std::vector<Payload>& payloads, PayloadType type) {
  return const_cast<Payload*>(find(std::as_const(payloads), type));
}

const NotifyPayload* find_notify(const std::vector<Payload>& payloads, NotifyType type) {
  for (const Payload& payload : payloads) {
    const auto* notify = payload.as<NotifyPayload>();
    if (notify != nullptr && notify->type == static_cast<std::uint16_t>(type))
      return notify;
  }
  return nullptr;
}

Payload make_notify(NotifyType type, Octets data, std::uint8_t protocol, Octets spi) {
  NotifyPayload body;
  body.protocol = protocol;
  body.type = static_cast<std::uint16_t>(type);
  body.spi = std::move(spi);
  body.data = std::move(data);
  return make_payload(PayloadType::N, std::move(body));
}

}  // namespace karpspec::wire
