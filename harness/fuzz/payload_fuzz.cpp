// Each payload by itself: the first octet is its type, the rest its body. What is read is written
// back the same, is shown in full, and every field that is shown can be reached by its path.
#include <cstdio>
#include <cstdlib>

#include "require.h"
#include "transcript/difference.h"
#include "transcript/render.h"
#include "wire/message.h"

namespace {

using namespace karpspec;

// The generic header, whose length is right, and the body.
Octets with_header(OctetView body) {
  const std::size_t size = body.size() + 4;
  Octets out{0, 0, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  append(out, body);
  return out;
}

void names(std::uint8_t type, std::uint16_t notify) {
  using namespace wire;
  require(payload_from_name(payload_name(type)) == type, "a payload's name is its");
  require(exchange_from_name(exchange_name(type)) == type, "and an exchange's");
  require(notify_from_name(notify_name(notify)) == notify, "and a notification's");
}

void paths(const wire::Message& message, const wire::CodePoints& numbers) {
  std::vector<FieldAt> log;
  const Octets encoded = wire::encode_message(message, &log);
  for (const transcript::ShownField& field : transcript::show_fields(message, numbers)) {
    const auto path = transcript::parse_path(field.path);
    require(path.has_value(), "a shown field has a path", field.path);
    const auto value = transcript::get_field(message, *path, numbers);
    require(value.has_value(), "which leads to it", field.path);
    require(transcript::to_text(value->value, value->names, numbers) == field.value,
            "and to its value", field.path);
    const auto at = transcript::find_octets(message, *path, numbers);
    require(!at || at->offset + at->size <= encoded.size(), "and its octets are there", field.path);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 60000)
    return 0;
  const OctetView body = OctetView(data, size).subspan(1);
  names(data[0],
        body.size() < 2 ? std::uint16_t{0} : static_cast<std::uint16_t>(body[0] << 8 | body[1]));
  const auto type = static_cast<wire::PayloadType>(data[0]);
  if (type == wire::PayloadType::none)
    return 0;
  const Octets octets = with_header(body);
  for (const bool mrkmp : {false, true}) {
    wire::CodePoints numbers;
    numbers.mrkmp = mrkmp;
    const auto payloads = wire::decode_chain(type, octets, numbers, 28);
    if (!payloads) {
      require(payloads.error().offset && *payloads.error().offset <= 28 + octets.size(),
              "an error names its octet");
      continue;
    }
    require(wire::encode_chain(*payloads) == octets, "what is read is written back the same");
    wire::Message message;
    message.header.exchange = 35;
    message.payloads = *payloads;
    message.payloads.front().critical = mrkmp;
    require(!transcript::with_fields(message, numbers).empty(), "a message can be shown");
    // Where MRKMP is not spoken its payloads are unknown ones, and paths to their fields are not.
    if (mrkmp || payloads->front().as<wire::UnknownPayload>() == nullptr)
      paths(message, numbers);
  }
  return 0;
}
