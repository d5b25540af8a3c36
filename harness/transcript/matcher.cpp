#include "transcript/matcher.h"

#include <algorithm>

#include "transcript/number.h"

namespace karpspec::transcript {
namespace {

Matcher of_kind(Matcher::Kind kind, std::string text) {
  Matcher out;
  out.kind = kind;
  out.text = std::move(text);
  return out;
}

Result<Matcher> parse_text(const Node& source, const std::string& text, std::size_t into);

// "A | B | C"
Result<Matcher> parse_choice(const Node& source, const std::string& text, std::size_t into) {
  Matcher out = of_kind(Matcher::Kind::one_of, text);
  std::size_t from = 0;
  for (;;) {
    const auto bar = text.find('|', from);
    const std::string part = trim(std::string_view(text).substr(
        from, bar == std::string::npos ? std::string::npos : bar - from));
    if (part.empty())
      return source.error("expected a value beside '|'", into + from);
    KARPSPEC_TRY(matcher, parse_text(source, part, into + from));
    out.parts.push_back(std::move(matcher));
    if (bar == std::string::npos)
      return out;
    from = bar + 1;
  }
}

Result<Matcher> parse_text(const Node& source, const std::string& text, std::size_t into) {
  if (text == "any")
    return of_kind(Matcher::Kind::any, text);
  if (text == "absent")
    return of_kind(Matcher::Kind::absent, text);
  if (text.find('|') != std::string::npos)
    return parse_choice(source, text, into);
  if (text.starts_with("!")) {
    const std::string rest = trim(std::string_view(text).substr(1));
    if (rest.empty())
      return source.error("expected a value after '!'", into + 1);
    Matcher out = of_kind(Matcher::Kind::negation, text);
    KARPSPEC_TRY(part, parse_text(source, rest, into + 1));
    out.parts.push_back(std::move(part));
    return out;
  }
  if (const auto dots = text.find(".."); dots != std::string::npos) {
    const auto min = read_number(trim(std::string_view(text).substr(0, dots)));
    const auto max = read_number(trim(std::string_view(text).substr(dots + 2)));
    if (!min || !max)
      return source.error("'" + text + "' is no range, expected two numbers such as 16..256", into);
    if (*min > *max)
      return source.error("range '" + text + "' ends before it begins", into);
    Matcher out = of_kind(Matcher::Kind::range, text);
    out.min = *min;
    out.max = *max;
    return out;
  }
  Matcher out = of_kind(Matcher::Kind::value, text);
  KARPSPEC_TRY(
      value, parse_expression(Node::make_scalar(text, false,
                                                {std::make_shared<const std::string>(source.file()),
                                                 source.line(), source.column() + into})));
  out.value = std::move(value);
  return out;
}

Result<std::uint64_t> bound(const Node& node) {
  KARPSPEC_TRY(number, node.integer());
  if (number < 0)
    return node.error("a number below 0");
  return static_cast<std::uint64_t>(number);
}

Result<Matcher> parse_length(const Node& value, const std::string& text) {
  Matcher out = of_kind(Matcher::Kind::length, text);
  KARPSPEC_TRY(inner, parse_matcher(value));
  if (inner.kind == Matcher::Kind::range) {
    out.min = inner.min;
    out.max = inner.max;
    return out;
  }
  KARPSPEC_TRY(size, bound(value));
  out.min = out.max = size;
  return out;
}

Result<Matcher> parse_map(const Node& node) {
  KARPSPEC_CHECK(node.check_keys(
      {"length", "one-of", "not", "same-as", "prefix", "contains", "above", "below", "min", "max"},
      "a matcher"));
  if (node.entries().empty())
    return node.error("an empty matcher");
  const auto& [key, value] = node.entries().front();
  const std::string name = key.text();
  if (name == "min" || name == "max") {
    Matcher out = of_kind(Matcher::Kind::range, "");
    for (const auto& [k, v] : node.entries()) {
      if (k.text() != "min" && k.text() != "max")
        return k.error("'" + k.text() + "' does not go together with min and max");
      KARPSPEC_TRY(number, bound(v));
      (k.text() == "min" ? out.min : out.max) = number;
    }
    out.text = (out.min ? std::to_string(*out.min) : "") + ".." +
               (out.max ? std::to_string(*out.max) : "");
    return out;
  }
  if (node.entries().size() > 1)
    return node.entries()[1].first.error("one matcher has one key");
  if (name == "length")
    return parse_length(value, "length " + (value.is_scalar() ? value.text() : ""));
  if (name == "one-of") {
    if (!value.is_list() || value.items().empty())
      return value.error("expected a list of values under one-of");
    Matcher out = of_kind(Matcher::Kind::one_of, "");
    for (const Node& item : value.items()) {
      KARPSPEC_TRY(part, parse_matcher(item));
      out.text += (out.text.empty() ? "" : " | ") + part.text;
      out.parts.push_back(std::move(part));
    }
    return out;
  }
  if (name == "not") {
    KARPSPEC_TRY(part, parse_matcher(value));
    Matcher out = of_kind(Matcher::Kind::negation, "!" + part.text);
    out.parts.push_back(std::move(part));
    return out;
  }
  KARPSPEC_TRY(text, value.scalar(name));
  if (name == "same-as" && !text.starts_with("$")) {
    auto path = parse_path(text);
    if (!path)
      return value.error(path.error().message, path.error().offset.value_or(0));
    Matcher out = of_kind(Matcher::Kind::same_as, "same as " + text);
    out.path = *std::move(path);
    return out;
  }
  const auto kind = name == "same-as"  ? Matcher::Kind::value
                    : name == "prefix" ? Matcher::Kind::prefix
                    : name == "above"  ? Matcher::Kind::above
                    : name == "below"  ? Matcher::Kind::below
                                       : Matcher::Kind::contains;
  Matcher out = of_kind(kind, name == "same-as" ? text : name + " " + text);
  KARPSPEC_TRY(expression, parse_expression(value));
  out.value = std::move(expression);
  return out;
}

bool is_prefix(const Octets& prefix, const Octets& of) {
  return prefix.size() <= of.size() && std::equal(prefix.begin(), prefix.end(), of.begin());
}

Result<bool> matches_part(const Matcher& matcher, const FieldValue& found,
                          const MatchScope& scope) {
  const FieldValue octets{Octets{}, found.names, 0};
  KARPSPEC_TRY(wanted, evaluate(matcher.value, octets, scope.context));
  const auto* part = std::get_if<Octets>(&wanted);
  const auto* whole = std::get_if<Octets>(&found.value);
  if (part == nullptr || whole == nullptr)
    return matcher.value.source.error("prefix and contains are for octets, this is a number");
  if (matcher.kind == Matcher::Kind::prefix)
    return is_prefix(*part, *whole);
  return std::search(whole->begin(), whole->end(), part->begin(), part->end()) != whole->end();
}

// Whether NUMBER is above or below what MATCHER compares it with, which may be what was kept.
Result<bool> lies_beyond(const Matcher& matcher, std::uint64_t number, const MatchScope& scope) {
  const FieldValue kind{std::uint64_t{0}, Names::none, 64};
  KARPSPEC_TRY(bound, evaluate(matcher.value, kind, scope.context));
  const auto* limit = std::get_if<std::uint64_t>(&bound);
  if (limit == nullptr)
    return matcher.value.source.error("above and below compare with a number");
  return matcher.kind == Matcher::Kind::above ? number > *limit : number < *limit;
}

// What does not depend on the form of the value: presence, and what is made of other matchers.
// Nothing when a value is there and is itself to be compared.
template <typename Match>
Result<std::optional<bool>> by_presence(const Matcher& matcher, bool present, const Match& match) {
  switch (matcher.kind) {
    case Matcher::Kind::absent:
      return !present;
    case Matcher::Kind::any:
      return present;
    case Matcher::Kind::negation: {
      // What is not there is not something else either; `absent | !X` asks for both.
      if (!present && matcher.parts[0].kind != Matcher::Kind::absent)
        return false;
      KARPSPEC_TRY(inner, match(matcher.parts[0]));
      return !inner;
    }
    case Matcher::Kind::one_of:
      for (const Matcher& part : matcher.parts) {
        KARPSPEC_TRY(one, match(part));
        if (one)
          return true;
      }
      return false;
    default:
      if (!present)
        return false;
      return std::nullopt;
  }
}

}  // namespace

Result<Matcher> parse_matcher(const Node& node) {
  if (node.is_map())
    return parse_map(node);
  if (!node.is_scalar())
    return node.error(std::string(node.kind_name()) +
                      " where a matcher is expected: a value, any, absent, 1..9, !VALUE, A | B, or "
                      "a map such as {length: 16..256}");
  if (!node.quoted())
    return parse_text(node, node.text(), 0);
  // Quotes are needed where YAML takes ! or | for its own; else they mean text.
  if (node.text().starts_with("!") || node.text().find(" | ") != std::string::npos)
    return parse_text(node, node.text(), 0);
  Matcher out = of_kind(Matcher::Kind::value, "\"" + node.text() + "\"");
  KARPSPEC_TRY(value, parse_expression(node));
  out.value = std::move(value);
  return out;
}

Result<void> check_matcher(const Matcher& matcher, const Path& path, const Node& source) {
  if (path.root == Path::Root::sealed)
    return source.error("'" + path.text +
                        "' is not in a message that was opened; what is inside has its own names");
  if (matcher.kind == Matcher::Kind::value)
    return check_literal(matcher.value, path);
  for (const Matcher& part : matcher.parts)
    KARPSPEC_CHECK(check_matcher(part, path, source));
  const auto kind = kind_of(path);
  if (!kind)
    return {};
  const bool is_number = std::holds_alternative<std::uint64_t>(kind->value);
  switch (matcher.kind) {
    case Matcher::Kind::above:
    case Matcher::Kind::below:
      if (!is_number)
        return source.error("above and below are for numbers, '" + path.text + "' is octets");
      return {};
    case Matcher::Kind::range:
      if (!is_number)
        return source.error("a range is for numbers; of octets ask {length: ...}");
      if (kind->bits < 64 && matcher.max.value_or(0) >> kind->bits != 0)
        return source.error(std::to_string(*matcher.max) + " does not fit the " +
                            std::to_string(kind->bits) + " bits of " + path.text);
      return {};
    case Matcher::Kind::length:
    case Matcher::Kind::prefix:
    case Matcher::Kind::contains:
      if (is_number)
        return source.error("length, prefix and contains are for octets, '" + path.text +
                            "' is a number");
      return {};
    default:
      return {};
  }
}

Result<bool> matches(const Matcher& matcher, const std::optional<FieldValue>& found,
                     const MatchScope& scope) {
  KARPSPEC_TRY(settled, by_presence(matcher, found.has_value(), [&](const Matcher& part) {
                 return matches(part, found, scope);
               }));
  if (settled)
    return *settled;
  const auto* number = std::get_if<std::uint64_t>(&found->value);
  const auto* octets = std::get_if<Octets>(&found->value);
  switch (matcher.kind) {
    case Matcher::Kind::range:
      if (number == nullptr)
        return matcher.value.source.error("a range is for numbers; of octets ask {length: ...}");
      return *number >= matcher.min.value_or(0) && *number <= matcher.max.value_or(UINT64_MAX);
    case Matcher::Kind::length:
      if (octets == nullptr)
        return matcher.value.source.error("{length: ...} is for octets, this field is a number");
      return octets->size() >= matcher.min.value_or(0) &&
             octets->size() <= matcher.max.value_or(SIZE_MAX);
    case Matcher::Kind::above:
    case Matcher::Kind::below:
      if (number == nullptr)
        return matcher.value.source.error("above and below are for numbers, this is octets");
      return lies_beyond(matcher, *number, scope);
    case Matcher::Kind::prefix:
    case Matcher::Kind::contains:
      return matches_part(matcher, *found, scope);
    case Matcher::Kind::same_as: {
      if (scope.message == nullptr)
        return fail(ErrorCode::bad_value, "same-as needs a message");
      const auto other = get_field(*scope.message, *matcher.path, scope.context.numbers());
      return other && other->value == found->value;
    }
    default:
      break;
  }
  KARPSPEC_TRY(wanted, evaluate(matcher.value, *found, scope.context));
  return wanted == found->value;
}

std::string describe(const Matcher& matcher, const std::optional<FieldValue>& found,
                     const MatchScope& scope) {
  const auto names = found ? found->names : Names::none;
  const auto value = [&]() -> std::string {
    const FieldValue kind = found.value_or(FieldValue{});
    if (!found && matcher.value.kind == Expression::Kind::literal)
      return matcher.value.text;
    const auto wanted = evaluate(matcher.value, kind, scope.context);
    if (!wanted)
      return matcher.value.text;
    std::string text = to_text(*wanted, names, scope.context.numbers());
    if (matcher.value.kind == Expression::Kind::binding)
      text += " ($" + matcher.value.text + ")";
    return text;
  };
  switch (matcher.kind) {
    case Matcher::Kind::value:
      return value();
    case Matcher::Kind::any:
      return "any value";
    case Matcher::Kind::absent:
      return "to be absent";
    case Matcher::Kind::prefix:
      return "octets that begin with " + matcher.value.text;
    case Matcher::Kind::contains:
      return "something that contains " + matcher.value.text;
    case Matcher::Kind::above:
      return "more than " + value();
    case Matcher::Kind::below:
      return "less than " + value();
    case Matcher::Kind::negation:
      return "anything but " + describe(matcher.parts[0], found, scope);
    case Matcher::Kind::length: {
      const std::string max = matcher.max ? std::to_string(*matcher.max) : "more";
      if (matcher.min == matcher.max)
        return max + " octets";
      return std::to_string(matcher.min.value_or(0)) + " to " + max + " octets";
    }
    case Matcher::Kind::range: {
      if (!matcher.max)
        return "at least " + std::to_string(matcher.min.value_or(0));
      return std::to_string(matcher.min.value_or(0)) + " to " + std::to_string(*matcher.max);
    }
    case Matcher::Kind::same_as: {
      if (scope.message != nullptr)
        if (const auto other = get_field(*scope.message, *matcher.path, scope.context.numbers()))
          return to_text(other->value, other->names, scope.context.numbers()) + ", as " +
                 matcher.path->text;
      return matcher.text;
    }
    case Matcher::Kind::one_of: {
      std::string text;
      for (const Matcher& part : matcher.parts)
        text += (text.empty() ? "" : " or ") + describe(part, found, scope);
      return text;
    }
  }
  return matcher.text;
}

Result<bool> matches_text(const Matcher& matcher, const std::optional<std::string>& found,
                          const MatchScope& scope) {
  KARPSPEC_TRY(settled, by_presence(matcher, found.has_value(), [&](const Matcher& part) {
                 return matches_text(part, found, scope);
               }));
  if (settled)
    return *settled;
  const auto number = read_number(*found);
  switch (matcher.kind) {
    case Matcher::Kind::above:
    case Matcher::Kind::below:
      if (!number)
        return false;
      return lies_beyond(matcher, *number, scope);
    case Matcher::Kind::range:
      return number && *number >= matcher.min.value_or(0) &&
             *number <= matcher.max.value_or(UINT64_MAX);
    case Matcher::Kind::length: {
      // Of a text in hexadecimal the octets are counted, as of the field that it shows.
      const auto octets = from_hex(*found);
      const std::size_t size = octets && !found->empty() ? octets->size() : found->size();
      return size >= matcher.min.value_or(0) && size <= matcher.max.value_or(SIZE_MAX);
    }
    case Matcher::Kind::prefix:
    case Matcher::Kind::contains: {
      std::string part = matcher.value.text;
      if (matcher.value.kind != Expression::Kind::literal) {
        KARPSPEC_TRY(value, evaluate(matcher.value, {Octets{}, Names::none, 0}, scope.context));
        const auto* octets = std::get_if<Octets>(&value);
        part = octets != nullptr ? std::string(octets->begin(), octets->end())
                                 : std::to_string(std::get<std::uint64_t>(value));
      }
      return matcher.kind == Matcher::Kind::prefix ? found->starts_with(part)
                                                   : found->find(part) != std::string::npos;
    }
    case Matcher::Kind::same_as:
      return matcher.value.source.error("same-as with a path is for fields of a message");
    default:
      break;
  }
  if (matcher.value.kind == Expression::Kind::literal) {
    if (*found == matcher.value.text)
      return true;
    const auto wanted = matcher.value.quoted ? std::nullopt : read_number(matcher.value.text);
    if (wanted && number)
      return *wanted == *number;
    // 0x0a0b and the 0a0b of a control answer are the same octets.
    return matcher.value.text.starts_with("0x") && *found == matcher.value.text.substr(2);
  }
  const FieldValue kind{Octets{}, Names::none, 0};
  KARPSPEC_TRY(value, evaluate(matcher.value, kind, scope.context));
  if (const auto* octets = std::get_if<Octets>(&value))
    return *found == to_hex(*octets) || *found == "0x" + to_hex(*octets) ||
           octets_of(*found) == *octets;
  return number && *number == std::get<std::uint64_t>(value);
}

}  // namespace karpspec::transcript
