#include "wire/message.h"

#include <algorithm>

#include "wire/codec.h"

namespace karpspec::wire {
namespace {

constexpr std::size_t generic_header_size = 4;

std::uint8_t number_of(PayloadType type) {
  return static_cast<std::uint8_t>(type);
}

Result<Body> read_body(PayloadType type, Reader& in, const CodePoints& numbers) {
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
      return NoncePayload{copy(in.rest())};
    case PayloadType::N:
      return read_notify(in);
    case PayloadType::D:
      return read_delete(in);
    case PayloadType::V:
      return VendorIdPayload{copy(in.rest())};
    case PayloadType::TSi:
    case PayloadType::TSr:
      return read_ts(in, numbers);
    case PayloadType::CP:
      return read_config(in);
    case PayloadType::EAP:
      return EapPayload{copy(in.rest())};
    default:
      return UnknownPayload{copy(in.rest())};
  }
}

Result<std::vector<Payload>> read_chain(PayloadType first, Reader& in, const CodePoints& numbers) {
  std::vector<Payload> payloads;
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
    Payload payload;
    payload.type = static_cast<PayloadType>(type);
    payload.critical = (flags & 0x80U) != 0;
    payload.reserved = flags & 0x7fU;
    const bool sealed = payload.type == PayloadType::SK || payload.type == PayloadType::SKF;
    if (payload.type == PayloadType::SK) {
      payload.body = EncryptedPayload{next, copy(body.rest())};
    } else if (payload.type == PayloadType::SKF) {
      KARPSPEC_TRY(fragment, read_fragment(body));
      fragment.first_inner = next;
      payload.body = std::move(fragment);
    } else {
      KARPSPEC_TRY(parsed, read_body(payload.type, body, numbers));
      payload.body = std::move(parsed);
    }
    KARPSPEC_CHECK(body.finish("payload body"));
    payloads.push_back(std::move(payload));
    // An encrypted payload is the last one; its next payload field belongs to what it holds.
    type = sealed ? 0 : next;
  }
  KARPSPEC_CHECK(in.finish("the last payload"));
  return payloads;
}

// The scope name of each payload in the field log: "KE", or "N[2]" where there are several.
std::string scope_name(const std::vector<Payload>& payloads, std::size_t index) {
  const PayloadType type = payloads[index].type;
  std::size_t same = 0;
  std::size_t place = 0;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    if (payloads[i].type != type)
      continue;
    ++same;
    if (i <= index)
      ++place;
  }
  const std::uint8_t number = number_of(type);
  std::string name = payload_name(number);
  if (name == std::to_string(number))
    name = "P" + name;
  return same > 1 ? name + "[" + std::to_string(place) + "]" : name;
}

std::uint8_t next_of(const std::vector<Payload>& payloads, std::size_t index) {
  if (const auto* sealed = payloads[index].as<EncryptedPayload>())
    return sealed->first_inner;
  if (const auto* part = payloads[index].as<EncryptedFragmentPayload>())
    return part->first_inner;
  return index + 1 < payloads.size() ? number_of(payloads[index + 1].type) : 0;
}

void write_chain(Writer& out, const std::vector<Payload>& payloads, bool logged) {
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const Payload& payload = payloads[i];
    const auto scope = out.scope(logged ? scope_name(payloads, i) : std::string());
    const std::size_t from = out.size();
    out.u8(next_of(payloads, i), "next_payload");
    out.u8(static_cast<std::uint8_t>((payload.critical ? 0x80U : 0U) | (payload.reserved & 0x7fU)),
           "flags_octet");
    const auto length = out.length16(from, "length");
    std::visit([&out](const auto& body) { write(out, body); }, payload.body);
  }
}

}  // namespace

Result<Header> decode_header(OctetView octets, bool check_length) {
  Reader in(octets);
  Header header;
  KARPSPEC_TRY(spi_i, in.u64("initiator's SPI"));
  KARPSPEC_TRY(spi_r, in.u64("responder's SPI"));
  KARPSPEC_TRY(next, in.u8("next payload"));
  KARPSPEC_TRY(version, in.u8("version"));
  KARPSPEC_TRY(exchange, in.u8("exchange type"));
  KARPSPEC_TRY(flags, in.u8("flags"));
  KARPSPEC_TRY(message_id, in.u32("message ID"));
  KARPSPEC_TRY(length, in.u32("length"));
  (void)next;
  if (check_length && length != octets.size()) {
    return fail(ErrorCode::bad_length,
                "header says " + std::to_string(length) + " octets, the datagram has " +
                    std::to_string(octets.size()),
                24);
  }
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
  KARPSPEC_TRY(header, decode_header(octets));
  if ((header.version >> 4) != 2) {
    return fail(ErrorCode::bad_value,
                "major version " + std::to_string(header.version >> 4) + " is not 2", 17);
  }
  message.header = header;
  Reader in(octets.subspan(Header::size), Header::size);
  KARPSPEC_TRY(payloads, read_chain(static_cast<PayloadType>(octets[16]), in, numbers));
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
