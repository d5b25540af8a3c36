#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transcript/expression.h"

namespace karpspec::transcript {

// What a value must be, as scenarios write it: 12, AES_CBC, 0x0a, any, absent, 10..20, !0, A | B,
// {length: 16..256}, {one-of: [..]}, {not: M}, {same-as: PATH}, {prefix: 0x..}, {contains: text},
// {min: n, max: n}, {above: $name}, {below: $name}, $name, =auth.
struct Matcher {
  enum class Kind {
    value,
    any,
    absent,
    range,
    negation,
    one_of,
    length,
    same_as,
    prefix,
    contains,
    above,
    below
  };
  Kind kind = Kind::any;
  Expression value;                       // value, prefix, contains, above and below
  std::optional<std::uint64_t> min, max;  // range and length, both ends included
  std::vector<Matcher> parts;             // one_of; the one of negation
  std::optional<Path> path;               // same_as
  std::string text;                       // as it was written, for reports
};

// Errors: bad_value with file, line and column.
[[nodiscard]] Result<Matcher> parse_matcher(const Node& node);

// Refuses what can never fit what stands at PATH: literals of another form or size, ranges of
// octets, lengths of numbers. SOURCE is what the matcher was read from. Errors: as parse_matcher.
[[nodiscard]] Result<void> check_matcher(const Matcher& matcher, const Path& path,
                                         const Node& source);

// What a matcher may ask for beside its context: values of other fields.
struct MatchScope {
  Context& context;
  const wire::Message* message = nullptr;  // for same-as with a path; the message that is matched
};

// Whether FOUND (nullopt: the field is absent) is what MATCHER wants. Errors: bad_value when
// matcher and field do not fit together, not_found for an unknown binding.
[[nodiscard]] Result<bool> matches(const Matcher& matcher, const std::optional<FieldValue>& found,
                                   const MatchScope& scope);
// What MATCHER wants, for "expected ...": with names of the field's kind, bindings with values.
[[nodiscard]] std::string describe(const Matcher& matcher, const std::optional<FieldValue>& found,
                                   const MatchScope& scope);
// The same for plain text, numbers as text too: rows of the key table, results of control methods.
[[nodiscard]] Result<bool> matches_text(const Matcher& matcher,
                                        const std::optional<std::string>& found,
                                        const MatchScope& scope);

}  // namespace karpspec::transcript
