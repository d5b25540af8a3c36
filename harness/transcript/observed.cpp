#include "transcript/observed.h"

namespace karpspec::transcript {

std::string kind_name(const wire::Message& message) {
  return wire::exchange_name(message.header.exchange) +
         (message.header.is_response() ? " response" : " request");
}

std::string place_of_message(std::uint8_t flags, std::uint32_t message_id) {
  return std::string((flags & wire::Header::flag_initiator) != 0 ? "i" : "r") +
         ((flags & wire::Header::flag_response) != 0 ? " response " : " request ") +
         std::to_string(message_id);
}

std::string place_of_segment(const std::vector<std::string>& flags, std::uint64_t sequence,
                             std::uint64_t acknowledgment) {
  std::string out = "segment";
  for (const std::string& flag : flags)
    out += " " + flag;
  return out + " " + std::to_string(sequence) + " " + std::to_string(acknowledgment);
}

std::string notation(const Observed& observed) {
  std::string out = observed.kind + " {";
  for (std::size_t i = 0; i < observed.parts.size(); ++i)
    out += (i == 0 ? "" : ", ") + observed.parts[i];
  return out + "}";
}

void describe_message(Observed& observed, const wire::CodePoints& numbers) {
  const wire::Message& message = *observed.message;
  observed.kind = kind_name(message);
  observed.parts = payload_labels(message, numbers);
  observed.place = place_of_message(message.header.flags, message.header.message_id);
}

std::vector<PlacedValue> values_of(const Observed& observed, const wire::CodePoints& numbers) {
  return observed.message ? values_of(*observed.message, numbers) : observed.segment_values;
}

}  // namespace karpspec::transcript
