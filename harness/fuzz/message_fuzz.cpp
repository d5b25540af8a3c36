// Whatever octets come, the wire room reads them within their bounds, and what it accepts it writes
// back the same.
#include <cstdio>
#include <cstdlib>

#include "require.h"
#include "wire/message.h"

namespace {

using namespace karpspec;
using wire::Payload;

// The logged fields stand one after the other and cover every octet.
void require_tiled(const std::vector<FieldAt>& fields, std::size_t size) {
  std::size_t at = 0;
  for (const FieldAt& field : fields) {
    require(field.offset == at, "a logged field stands where the one before it ends");
    require(!field.path.empty(), "a logged field has a path");
    at += field.size;
  }
  require(at == size, "the logged fields cover all octets");
}

// An error blames an octet of the input, or the place just after it.
void require_offset(const Error& error, std::size_t size) {
  require(!error.message.empty(), "an error says what is wrong");
  require(error.offset.has_value() && *error.offset <= size, "an error names its octet");
}

void whole_message(OctetView input) {
  const auto header = wire::decode_header(input);
  const auto any_length = wire::decode_header(input, false);
  require(any_length.has_value() == (input.size() >= wire::Header::size),
          "a header needs its 28 octets and nothing else");
  const auto message = wire::decode_message(input);
  if (!message) {
    require_offset(message.error(), input.size());
    return;
  }
  require(header && *header == message->header, "both readers see the same header");
  require(*any_length == message->header, "the length check changes nothing else");
  std::vector<FieldAt> fields;
  const Octets back = wire::encode_message(*message, &fields);
  require(back == Octets(input.begin(), input.end()), "encode(decode(x)) == x");
  require_tiled(fields, back.size());
  const auto again = wire::decode_message(back);
  require(again && *again == *message, "decode(encode(m)) == m");
}

void chain(std::uint8_t first, OctetView input, const wire::CodePoints& numbers) {
  constexpr std::size_t start = 28;
  const auto payloads =
      wire::decode_chain(static_cast<wire::PayloadType>(first), input, numbers, start);
  if (!payloads) {
    require_offset(payloads.error(), start + input.size());
    return;
  }
  require(payloads->empty() == (first == 0), "only a chain of type none is empty");
  std::vector<FieldAt> fields;
  const Octets back = wire::encode_chain(*payloads, &fields);
  require(back == Octets(input.begin(), input.end()), "encode(decode(chain)) == chain");
  require_tiled(fields, back.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const OctetView input(data, size);
  whole_message(input);
  if (size == 0)
    return 0;
  chain(data[0], input.subspan(1), {});
  // A DUT file may choose any number, also one that the RFC gave to something else.
  wire::CodePoints others{1, 2, 7};
  others.mrkmp = true;
  chain(data[0], input.subspan(1), others);
  return 0;
}
