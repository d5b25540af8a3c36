#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/message.h"

namespace karpspec::transcript {

// A payload as figures write it: "SAi1", "N(COOKIE)", "V[2]", "P200!", "[IDr]", "D(TCP_AO)".
struct PayloadName {
  std::string name;  // without argument, index and marks: "SAi1", "N", "P200"
  wire::PayloadType type = wire::PayloadType::none;
  std::string argument;                 // as written between the parentheses, or empty
  std::optional<std::uint16_t> notify;  // of N(...)
  std::size_t index = 1;                // which one of several, from 1
  bool critical = false;                // "!"
  bool optional = false;                // in square brackets
  std::size_t at = 0;                   // index of its first character in the notation

  // "N(COOKIE)", "V[2]"; without the brackets of an optional one.
  [[nodiscard]] std::string text() const;
  // Whether PAYLOAD is of this kind; the index is not looked at.
  [[nodiscard]] bool names(const wire::Payload& payload,
                           const wire::CodePoints& numbers = {}) const;
};

// "IKE_AUTH response {IDr, AUTH, [N(X)]}"
struct MessageNotation {
  std::uint8_t exchange = 0;
  std::optional<bool> response;  // where "request" or "response" was written
  std::vector<PayloadName> payloads;
  std::string text;  // as it was written
};

// Errors: bad_value, whose offset is the index in TEXT of the character to blame.
[[nodiscard]] Result<PayloadName> parse_payload_name(std::string_view text);
[[nodiscard]] Result<MessageNotation> parse_message_notation(std::string_view text);
// A protocol's name, "IKE", "AH", "ESP", "TCP_AO", "LDP_DISCOVERY", or number.
[[nodiscard]] std::optional<std::uint8_t> protocol_from_name(std::string_view name,
                                                             const wire::CodePoints& numbers = {});
[[nodiscard]] std::string protocol_name(std::uint8_t protocol,
                                        const wire::CodePoints& numbers = {});
// The name alone: empty where there is none.
[[nodiscard]] std::string_view known_protocol_name(std::uint8_t protocol,
                                                   const wire::CodePoints& numbers = {});

// The index of the payload that NAME stands for, or nullopt.
[[nodiscard]] std::optional<std::size_t> locate(const std::vector<wire::Payload>& payloads,
                                                const PayloadName& name,
                                                const wire::CodePoints& numbers = {});

// All names a payload may have, for lists and suggestions.
[[nodiscard]] const std::vector<std::string>& payload_names();

}  // namespace karpspec::transcript
