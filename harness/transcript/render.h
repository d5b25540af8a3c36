#pragma once

#include <string>
#include <vector>

#include "transcript/field.h"
#include "wire/message.h"

namespace karpspec::transcript {

// The name that figures give a payload of MESSAGE: "SAi1", "KEr", "Ni", "N(COOKIE)", "D(TCP_AO)".
[[nodiscard]] std::string figure_name(const wire::Message& message, const wire::Payload& payload,
                                      const wire::CodePoints& numbers = {});

// "IKE_AUTH response, id 1 {IDr, AUTH, SAr2, TSi, TSr}"
[[nodiscard]] std::string one_line(const wire::Message& message,
                                   const wire::CodePoints& numbers = {});

// A field of a message with what it holds.
struct PlacedValue {
  std::string path;  // "SAr2.proposals[1].transforms[1].flags"
  FieldValue field;
};
// All fields but those that only the octets have, in their order. Reserved fields are only there
// when they are not zero.
[[nodiscard]] std::vector<PlacedValue> values_of(const wire::Message& message,
                                                 const wire::CodePoints& numbers = {});
// The payloads' figure_name(), with "[2]" behind the second one of a name.
[[nodiscard]] std::vector<std::string> payload_labels(const wire::Message& message,
                                                      const wire::CodePoints& numbers = {});

// A field of a message as `decode` and reports show it.
struct ShownField {
  std::string path;  // "SAr2.proposals[1].transforms[1].flags"
  std::string value;
};
// All fields but those that only the octets have, in their order.
[[nodiscard]] std::vector<ShownField> show_fields(const wire::Message& message,
                                                  const wire::CodePoints& numbers = {});
// one_line() and below it each field on a line of its own.
[[nodiscard]] std::string with_fields(const wire::Message& message,
                                      const wire::CodePoints& numbers = {});
// The same at the end of OUT: no field is kept in between.
void append_with_fields(Text& out, const wire::Message& message,
                        const wire::CodePoints& numbers = {});

}  // namespace karpspec::transcript
