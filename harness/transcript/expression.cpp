#include "transcript/expression.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "transcript/number.h"

namespace karpspec::transcript {
namespace {

const std::vector<std::string>& functions() {
  static const std::vector<std::string> names = {"random",
                                                 "zeros",
                                                 "repeat",
                                                 "flip",
                                                 "reverse",
                                                 "auth",
                                                 "master-key",
                                                 "cookie",
                                                 "device-id",
                                                 "tester-id",
                                                 "device-address",
                                                 "tester-address",
                                                 "second-address",
                                                 "third-address",
                                                 "device-address-octets",
                                                 "tester-address-octets",
                                                 "second-address-octets",
                                                 "third-address-octets",
                                                 "tester-kek",
                                                 "second-kek",
                                                 "third-kek",
                                                 "device-tcp-address",
                                                 "tester-tcp-address",
                                                 "device-ipv6-address",
                                                 "tester-ipv6-address"};
  return names;
}

std::size_t arity(const std::string& function) {
  if (function == "random" || function == "zeros")
    return 1;
  return function == "repeat" ? 2 : 0;
}

Result<Octets> address_octets(const std::string& text) {
  std::array<std::uint8_t, 16> out{};
  if (inet_pton(AF_INET, text.c_str(), out.data()) == 1)
    return Octets(out.begin(), out.begin() + 4);
  if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1)
    return Octets(out.begin(), out.end());
  return fail(ErrorCode::bad_value, "'" + text + "' is no address");
}

Octets octets_of_number(std::uint64_t number, unsigned bits) {
  Octets out((bits + 7) / 8);
  for (std::size_t i = out.size(); i-- > 0; number >>= 8)
    out[i] = static_cast<std::uint8_t>(number);
  return out;
}

// A value in the shape of CURRENT: a number for a number, octets for octets.
Result<Value> shaped(Octets octets, const FieldValue& current) {
  if (std::holds_alternative<Octets>(current.value))
    return Value(std::move(octets));
  const std::size_t size = (current.bits + 7) / 8;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size && i < octets.size(); ++i)
    number = (number << 8) | octets[i];
  if (current.bits < 64)
    number &= (std::uint64_t{1} << current.bits) - 1;
  return Value(number);
}

// What =repeat repeats: 0x octets of any number, or a number that is one octet's.
Octets pattern_of(const std::string& argument) {
  if (argument.starts_with("0x") && argument.size() > 4)
    if (auto octets = from_hex(argument); octets && !octets->empty())
      return *std::move(octets);
  return {static_cast<std::uint8_t>(*read_number(argument))};
}

// Whether ARGUMENT, the first of =repeat, is octets rather than a number.
bool is_pattern(const std::string& argument) {
  constexpr std::size_t longest = 2 + 2 * 64;
  return argument.starts_with("0x") && argument.size() > 4 && argument.size() <= longest &&
         from_hex(argument).has_value();
}

Result<Value> evaluate_function(const Expression& e, const FieldValue& current, Context& context) {
  const auto* octets = std::get_if<Octets>(&current.value);
  if (e.text == "flip") {
    if (octets == nullptr)
      return Value(std::get<std::uint64_t>(current.value) ^ 1U);
    if (octets->empty())
      return e.source.error("=flip of a field that holds no octets");
    Octets out = *octets;
    out.back() ^= 1U;
    return Value(std::move(out));
  }
  if (e.text == "reverse") {
    if (octets != nullptr)
      return Value(Octets(octets->rbegin(), octets->rend()));
    Octets out = octets_of_number(std::get<std::uint64_t>(current.value), current.bits);
    std::reverse(out.begin(), out.end());
    return shaped(std::move(out), current);
  }
  if (e.text == "random" || e.text == "zeros" || e.text == "repeat") {
    const std::size_t size = static_cast<std::size_t>(*read_number(e.arguments.back()));
    Octets out(size);
    if (e.text == "random")
      context.random().fill(out);
    if (e.text == "repeat") {
      const Octets pattern = pattern_of(e.arguments[0]);
      for (std::size_t i = 0; i < size; ++i)
        out[i] = pattern[i % pattern.size()];
    }
    return shaped(std::move(out), current);
  }
  return context.function(e.text);
}

}  // namespace

Result<Expression> parse_expression(const Node& node) {
  if (!node.is_scalar())
    return node.error(std::string(node.kind_name()) + " where a value is expected");
  Expression out;
  out.source = node;
  out.quoted = node.quoted();
  out.text = node.text();
  if (node.quoted() || node.text().size() < 2)
    return out;
  if (out.text[0] == '$') {
    out.kind = Expression::Kind::binding;
    out.text.erase(0, 1);
    return out;
  }
  if (out.text[0] != '=')
    return out;
  out.kind = Expression::Kind::function;
  const std::string& text = node.text();
  const auto open = text.find('(');
  out.text = text.substr(1, open == std::string::npos ? open : open - 1);
  if (std::find(functions().begin(), functions().end(), out.text) == functions().end())
    return node.error("unknown function '=" + out.text + "'" + suggestion(out.text, functions()),
                      1);
  if (open != std::string::npos) {
    if (text.back() != ')')
      return node.error("expected ')' at the end", text.size());
    std::string_view inside(text);
    inside = inside.substr(open + 1, text.size() - open - 2);
    while (!inside.empty()) {
      const auto comma = inside.find(',');
      out.arguments.push_back(trim(inside.substr(0, comma)));
      inside = comma == std::string_view::npos ? "" : inside.substr(comma + 1);
    }
  }
  if (out.arguments.size() != arity(out.text))
    return node.error("=" + out.text + " takes " + std::to_string(arity(out.text)) +
                      " numbers in parentheses, found " + std::to_string(out.arguments.size()));
  for (const std::string& argument : out.arguments) {
    if (out.text == "repeat" && &argument == &out.arguments.front() && is_pattern(argument))
      continue;
    if (const auto number = read_number(argument); !number || *number > 65535)
      return node.error("'" + argument + "' is no number up to 65535", open + 1);
  }
  return out;
}

Result<Value> literal_value(const Expression& e, const FieldValue& kind,
                            const wire::CodePoints& numbers) {
  if (std::holds_alternative<Octets>(kind.value)) {
    if (!e.quoted && e.text.starts_with("0x")) {
      auto octets = from_hex(e.text);
      if (!octets)
        return e.source.error("'" + e.text + "': " + octets.error().message);
      return Value(*std::move(octets));
    }
    if (kind.names == Names::address && !e.text.empty()) {
      auto octets = address_octets(e.text);
      if (!octets)
        return e.source.error(octets.error().message + ", expected one or 0x octets");
      return Value(*std::move(octets));
    }
    if (e.quoted || kind.names == Names::text)
      return Value(octets_of(e.text));
    return e.source.error("'" + e.text +
                          "' where octets are expected, such as 0x0a0b or \"text\" in quotes");
  }
  if (!e.quoted)
    if (const auto number = number_from_name(kind.names, e.text, numbers)) {
      if (kind.bits > 0 && kind.bits < 64 && (*number >> kind.bits) != 0)
        return e.source.error("'" + e.text + "' does not fit into the " +
                              std::to_string(kind.bits) + " bits of the field");
      return Value(*number);
    }
  return e.source.error("'" + e.text + "' is no value of this field" +
                        (names_of(kind.names).empty() ? std::string(", expected a number")
                                                      : suggestion(e.text, names_of(kind.names))));
}

Result<void> check_literal(const Expression& expression, const Path& path) {
  if (expression.kind != Expression::Kind::literal)
    return {};
  const auto kind = kind_of(path);
  if (!kind)
    return {};
  KARPSPEC_TRY(value, literal_value(expression, *kind));
  static_cast<void>(value);
  return {};
}

Result<Value> Context::binding(const std::string& name) {
  return fail(ErrorCode::not_found, "nothing is bound to $" + name);
}

Result<Value> Context::function(const std::string& name) {
  return fail(ErrorCode::not_found, "=" + name + " is not known here");
}

Result<wire::Payload> Context::payload(const PayloadName& name) {
  wire::Payload out;
  out.type = name.type;
  out.critical = name.critical;
  switch (name.type) {
    using enum wire::PayloadType;
    case SA:
      out.body = wire::SaPayload{};
      break;
    case KE:
      out.body = wire::KePayload{};
      break;
    case IDi:
    case IDr:
      out.body = wire::IdPayload{};
      break;
    case CERT:
      out.body = wire::CertPayload{};
      break;
    case CERTREQ:
      out.body = wire::CertReqPayload{};
      break;
    case AUTH:
      out.body = wire::AuthPayload{};
      break;
    case Nonce:
      out.body = wire::NoncePayload{};
      break;
    case N: {
      wire::NotifyPayload body;
      body.type = name.notify.value_or(0);
      out.body = body;
      break;
    }
    case D: {
      wire::DeletePayload body;
      if (!name.argument.empty())
        body.protocol = protocol_from_name(name.argument, numbers_).value_or(0);
      out.body = body;
      break;
    }
    case V:
      out.body = wire::VendorIdPayload{};
      break;
    case TSi:
    case TSr:
      out.body = wire::TsPayload{};
      break;
    case CP:
      out.body = wire::ConfigPayload{};
      break;
    case EAP:
      out.body = wire::EapPayload{};
      break;
    case GROUP:
      out.body = wire::GroupPayload{};
      break;
    case KD:
      out.body = wire::KeyDownloadPayload{};
      break;
    case SEQ:
      out.body = wire::SequencePayload{};
      break;
    case ADV:
      out.body = wire::AdvertPayload{};
      break;
    case GKM:
      out.body = wire::GroupActionPayload{};
      break;
    case INC:
      out.body = wire::IncarnationPayload{};
      break;
    case POLICY:
      out.body = wire::PolicyPayload{};
      break;
    case SK:
    case SKF:
    case none:
      return fail(ErrorCode::bad_value, "payload " + name.text() + " cannot be added");
    default:
      out.body = wire::UnknownPayload{};
      break;
  }
  return out;
}

Result<Value> evaluate(const Expression& expression, const FieldValue& current, Context& context) {
  switch (expression.kind) {
    case Expression::Kind::literal:
      return literal_value(expression, current, context.numbers());
    case Expression::Kind::function:
      return evaluate_function(expression, current, context);
    case Expression::Kind::binding:
      break;
  }
  auto bound = context.binding(expression.text);
  if (!bound)
    return expression.source.error(bound.error().message);
  // What was kept of a row is text, be it of a number.
  const auto* text = std::get_if<Octets>(&*bound);
  if (text != nullptr && std::holds_alternative<std::uint64_t>(current.value) &&
      std::all_of(text->begin(), text->end(), [](std::uint8_t c) { return c >= '0' && c <= '9'; }))
    if (const auto number = read_number(std::string(text->begin(), text->end())))
      return Value(*number);
  return bound;
}

}  // namespace karpspec::transcript
