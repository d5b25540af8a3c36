#include "wire/ts_payload.h"

#include <algorithm>

#include "wire/codec.h"

namespace karpspec::wire {
namespace {

constexpr std::size_t least_selector = 4;  // octets

// Octets of an address in a selector of TYPE, or 0 when it is no address range.
std::size_t address_size(std::uint8_t type) {
  if (type == static_cast<std::uint8_t>(TsType::TS_IPV4_ADDR_RANGE))
    return 4;
  if (type == static_cast<std::uint8_t>(TsType::TS_IPV6_ADDR_RANGE))
    return 16;
  return 0;
}

Result<TrafficSelector> read_selector(Reader& in, const CodePoints& numbers) {
  const std::size_t at = in.offset();
  KARPSPEC_TRY(type, in.u8("TS type"));
  KARPSPEC_TRY(second, in.u8("IP protocol ID or routing protocol ID"));
  KARPSPEC_TRY(length, in.u16("selector length"));
  if (length < least_selector)
    return fail(ErrorCode::bad_length, "selector length below 4", at + 2);
  const bool is_rp = type == numbers.rp_ts_type;
  const std::size_t size = is_rp ? 0 : address_size(type);
  const std::size_t wanted = 4 + (size == 0 ? 0 : 4 + 2 * size);
  if ((is_rp || size != 0) && length != wanted) {
    return fail(ErrorCode::bad_length,
                "selector length is " + std::to_string(length) + ", this type has " +
                    std::to_string(wanted),
                at + 2);
  }
  KARPSPEC_TRY(body, in.sub(length - 4U, "selector"));
  if (is_rp)
    return RpSelector{type, second};
  if (size == 0)
    return UnknownSelector{type, second, copy(body.rest())};
  AddressSelector selector;
  selector.type = type;
  selector.ip_protocol = second;
  KARPSPEC_TRY(start_port, body.u16("start port"));
  KARPSPEC_TRY(end_port, body.u16("end port"));
  KARPSPEC_TRY(start, body.octets(size, "starting address"));
  KARPSPEC_TRY(end, body.octets(size, "ending address"));
  selector.start_port = start_port;
  selector.end_port = end_port;
  selector.start_address = copy(start);
  selector.end_address = copy(end);
  return selector;
}

void write_selector(Writer& out, const AddressSelector& selector) {
  const std::size_t from = out.size();
  out.u8(selector.type, "type");
  out.u8(selector.ip_protocol, "ip_protocol");
  const auto length = out.length16(from, "length");
  out.u16(selector.start_port, "start_port");
  out.u16(selector.end_port, "end_port");
  out.octets(selector.start_address, "start_address");
  out.octets(selector.end_address, "end_address");
}

void write_selector(Writer& out, const RpSelector& selector) {
  const std::size_t from = out.size();
  out.u8(selector.type, "type");
  out.u8(selector.routing_protocol, "routing_protocol");
  const auto length = out.length16(from, "length");
}

void write_selector(Writer& out, const UnknownSelector& selector) {
  const std::size_t from = out.size();
  out.u8(selector.type, "type");
  out.u8(selector.second_octet, "second_octet");
  const auto length = out.length16(from, "length");
  out.octets(selector.body, "body");
}

}  // namespace

Result<TsPayload> read_ts(Reader& in, const CodePoints& numbers) {
  TsPayload body;
  const std::size_t start = in.offset();
  KARPSPEC_TRY(count, in.u8("number of TSs"));
  KARPSPEC_TRY(reserved, read_u24(in, "TS reserved field"));
  body.reserved = reserved;
  body.selectors.reserve(std::min<std::size_t>(count, in.left() / least_selector));
  for (unsigned i = 0; i < count; ++i) {
    if (in.empty()) {
      return fail(ErrorCode::bad_length,
                  "TS payload counts " + std::to_string(count) + " selectors and holds " +
                      std::to_string(i),
                  start);
    }
    KARPSPEC_TRY(selector, read_selector(in, numbers));
    body.selectors.push_back(std::move(selector));
  }
  KARPSPEC_CHECK(in.finish("the last selector counted"));
  return body;
}

void write(Writer& out, const TsPayload& body) {
  out.u8(static_cast<std::uint8_t>(body.selectors.size()), "num_selectors");
  write_u24(out, body.reserved, "reserved");
  for (std::size_t i = 0; i < body.selectors.size(); ++i) {
    const auto scope = out.scope("selectors", i + 1);
    std::visit([&out](const auto& selector) { write_selector(out, selector); }, body.selectors[i]);
  }
}

}  // namespace karpspec::wire
