#pragma once

#include <optional>
#include <string>

#include "transcript/notation.h"
#include "wire/message.h"

namespace karpspec::transcript {

// The first thing in which a message is not what was expected.
struct Difference {
  std::string field;                 // "SAr2.proposals[1].number", "N(COOKIE)", or empty
  std::optional<std::size_t> octet;  // where it stands in the message with SK opened
  std::string expected;
  std::string got;
};

struct Strictness {
  bool order = false;  // the payloads come in the order of the notation
  bool only = false;   // no payload that is not in the notation, status notifications neither
};

// Exchange and payloads against a notation. Not its direction: who knows the exchange's state
// compares that.
[[nodiscard]] std::optional<Difference> compare(const MessageNotation& expected,
                                                const wire::Message& got,
                                                const Strictness& strictness = {},
                                                const wire::CodePoints& numbers = {});

// Two messages field by field.
[[nodiscard]] std::optional<Difference> compare(const wire::Message& expected,
                                                const wire::Message& got,
                                                const wire::CodePoints& numbers = {});

// Where FIELD of MESSAGE begins, or nullopt.
[[nodiscard]] std::optional<std::size_t> octet_of(const wire::Message& message,
                                                  std::string_view field,
                                                  const wire::CodePoints& numbers = {});

}  // namespace karpspec::transcript
