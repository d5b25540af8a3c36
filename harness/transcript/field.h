#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/octets.h"
#include "base/random.h"
#include "base/result.h"
#include "base/writer.h"
#include "transcript/notation.h"
#include "wire/message.h"

namespace karpspec::transcript {

// What a field holds: a number or octets.
using Value = std::variant<std::uint64_t, Octets>;

// What the numbers of a field mean, so that they can be written as names.
enum class Names {
  none,
  flag,
  protocol,
  transform_type,
  encr,
  prf,
  integ,
  dh,
  esn,
  id_type,
  auth_method,
  cert_encoding,
  notify,
  ts_type,
  routing_protocol,
  tcp_ao_auth_alg,
  tcp_ao_kdf,
  exchange,
  payload,
  attribute,
  cfg_type,
  text,     // octets that are readable text, such as an ID_FQDN
  address,  // octets of an IPv4 or IPv6 address
};
[[nodiscard]] std::optional<std::uint64_t> number_from_name(Names names, std::string_view text,
                                                            const wire::CodePoints& numbers = {});
// A number as name where it has one, octets as 0x hex or quoted text.
[[nodiscard]] std::string to_text(const Value& value, Names names = Names::none,
                                  const wire::CodePoints& numbers = {});
// The same of one of the two at the end of OUT.
void append_text(Text& out, std::uint64_t number, Names names, const wire::CodePoints& numbers);
void append_text(Text& out, const Octets& octets, Names names, const wire::CodePoints& numbers);

// "SAi2.proposals[1].transforms(ENCR).id": what is named first is HDR, SK or a payload.
struct Path {
  struct Segment {
    std::string name;
    std::string argument;   // in parentheses
    std::size_t index = 0;  // in square brackets, from 1; 0: none
    std::size_t at = 0;     // index of its first character in the text
    friend bool operator==(const Segment&, const Segment&) = default;
  };
  enum class Root { header, sealed, payload };
  Root root = Root::payload;
  PayloadName payload;            // where root is payload
  std::vector<Segment> segments;  // after the root; empty names the whole payload
  std::string text;               // as it was written
};
// Parses and checks the path against what payloads of that type can hold.
// Errors: bad_value with the index of the character to blame.
[[nodiscard]] Result<Path> parse_path(std::string_view text);
// The same without the check, for paths below something else than a message.
[[nodiscard]] Result<std::vector<Path::Segment>> parse_segments(std::string_view text);

// A field that was found in a message.
struct FieldValue {
  Value value;
  Names names = Names::none;
  unsigned bits = 0;  // of a number
};
// A field as a transcript writes it, so that a matcher reads it back as the same value: "AES_CBC",
// "1", "0x0a0b", "\"text\"" in YAML's double quotes, "192.0.2.1".
[[nodiscard]] std::string written_value(const FieldValue& field,
                                        const wire::CodePoints& numbers = {});
// What kind of value stands at PATH, where that does not depend on the message; nullopt otherwise.
[[nodiscard]] std::optional<FieldValue> kind_of(const Path& path);
// The names that a field of this kind may be given, for suggestions.
[[nodiscard]] std::vector<std::string> names_of(Names names);
// Errors: not_found where the message has no such payload or element (a matcher calls that
// `absent`); bad_value where the path cannot apply.
[[nodiscard]] Result<FieldValue> get_field(const wire::Message& message, const Path& path,
                                           const wire::CodePoints& numbers = {});
// Errors: as above; bad_value where VALUE does not fit the field.
[[nodiscard]] Result<void> set_field(wire::Message& message, const Path& path, const Value& value,
                                     const wire::CodePoints& numbers = {});

// Where PATH stands in the message as encoded: octets from the start of MESSAGE's encoding, with
// the payloads of SK as if they were not sealed. nullopt where it has no octets of its own.
[[nodiscard]] std::optional<FieldAt> find_octets(const wire::Message& message, const Path& path,
                                                 const wire::CodePoints& numbers = {});
// All fields of payload type TYPE ("SA", "N", "HDR") by their paths, for lists and suggestions.
[[nodiscard]] std::vector<std::string> fields_of(std::string_view payload);

}  // namespace karpspec::transcript
