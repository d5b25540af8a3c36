#include "planted/parser.h"

namespace karpspec::planted {
namespace {

constexpr std::size_t generic_header = 4;

[[gnu::noinline]] void keep_short_body(const std::uint8_t* payload, std::uint16_t length) {
  const auto size = static_cast<std::uint16_t>(length - generic_header);
  const Block kept(payload + generic_header, size);
  sink = kept.data()[0];
}

[[gnu::noinline]] void keep_long_body(const std::uint8_t* payload, std::uint16_t length) {
  const Block kept(payload + generic_header, length - generic_header);
  sink = kept.data()[0];
}

// One level of the stack for each payload.
[[gnu::noinline]] std::size_t descend(std::uint8_t type, const std::uint8_t* at,
                                      const std::uint8_t* end) {
  std::uint8_t working_copy[8192];
  working_copy[0] = type;
  if (type == 0 || end - at < static_cast<std::ptrdiff_t>(generic_header))
    return 0;
  const std::uint16_t length = be16(at + 2);
  if (length < generic_header || length > end - at)
    return 0;
  std::memcpy(working_copy, at, length < sizeof working_copy ? length : sizeof working_copy);
  const std::size_t below = descend(at[0], at + length, end);
  sink = working_copy[length % sizeof working_copy];
  return below + 1;
}

}  // namespace

void Parser::read_chain(MessageView& message, std::uint8_t type, const std::uint8_t* chain,
                        std::size_t size) {
  const Block all(chain, size);
  if (has(Bug::payload_recursion))
    static_cast<void>(descend(type, all.data(), all.data() + size));
  const std::uint8_t* at = all.data();
  const std::uint8_t* const end = at + size;
  while (type != 0 && end - at >= static_cast<std::ptrdiff_t>(generic_header)) {
    const std::uint16_t length = be16(at + 2);
    if (length < generic_header) {
      if (has(Bug::payload_length_underflow))
        keep_short_body(at, length);
      return;
    }
    if (length > end - at) {
      if (has(Bug::payload_length_beyond))
        keep_long_body(at, length);
      return;
    }
    const Block body(at + generic_header, length - generic_header);
    read_payload(message, type, body);
    type = at[0];
    at += length;
  }
  follow_certificates(message);
}

void Parser::read_payload(MessageView& message, std::uint8_t type, const Block& body) {
  switch (type) {
    case 33:
      return read_sa(body);
    case 34:
      return read_ke(body);
    case 35:
    case 36:
      return read_identity(body);
    case 37:
      return read_certificate(message, body);
    case 38:
      return read_certreq(body);
    case 39:
      message.has_auth = true;
      return read_auth(body);
    case 40:
      return read_nonce(body);
    case 41:
      return read_notify(message, body);
    case 42:
      return read_delete(message, body);
    case 43:
      return read_vendor(body);
    case 44:
    case 45:
      return read_selectors_payload(body);
    case 47:
      return read_config(body);
    case 48:
      return read_eap(body);
    default:
      return read_unknown(body);
  }
}

}  // namespace karpspec::planted
