#include "transcript/notation.h"

#include <algorithm>
#include <cctype>

#include "transcript/node.h"
#include "transcript/number.h"

namespace karpspec::transcript {
namespace {

using wire::PayloadType;

struct Alias {
  const char* name;
  PayloadType type;
};
constexpr Alias aliases[] = {
    {"SA", PayloadType::SA},     {"SAi1", PayloadType::SA},       {"SAr1", PayloadType::SA},
    {"SAi2", PayloadType::SA},   {"SAr2", PayloadType::SA},       {"KE", PayloadType::KE},
    {"KEi", PayloadType::KE},    {"KEr", PayloadType::KE},        {"Nonce", PayloadType::Nonce},
    {"Ni", PayloadType::Nonce},  {"Nr", PayloadType::Nonce},      {"IDi", PayloadType::IDi},
    {"IDr", PayloadType::IDr},   {"CERT", PayloadType::CERT},     {"CERTREQ", PayloadType::CERTREQ},
    {"AUTH", PayloadType::AUTH}, {"N", PayloadType::N},           {"D", PayloadType::D},
    {"V", PayloadType::V},       {"TSi", PayloadType::TSi},       {"TSr", PayloadType::TSr},
    {"CP", PayloadType::CP},     {"EAP", PayloadType::EAP},       {"SK", PayloadType::SK},
    {"SKF", PayloadType::SKF},   {"GROUP", PayloadType::GROUP},   {"KD", PayloadType::KD},
    {"SEQ", PayloadType::SEQ},   {"ADV", PayloadType::ADV},       {"GKM", PayloadType::GKM},
    {"INC", PayloadType::INC},   {"POLICY", PayloadType::POLICY},
};

std::optional<PayloadType> type_of(std::string_view name) {
  for (const Alias& alias : aliases)
    if (alias.name == name)
      return alias.type;
  if (name.size() > 1 && name[0] == 'P')
    if (const auto number = read_number(name.substr(1)); number && *number > 0 && *number < 256)
      return static_cast<PayloadType>(*number);
  return std::nullopt;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Walks over a notation; errors carry the index of the character.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n'))
      ++at_;
  }
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool accept(char c) {
    if (peek() != c || done())
      return false;
    ++at_;
    return true;
  }
  [[nodiscard]] std::string word() {
    const std::size_t from = at_;
    while (!done() && is_word(peek()))
      ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  [[nodiscard]] std::string until(char c) {
    const std::size_t from = at_;
    while (!done() && peek() != c)
      ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  // "expected X, found 'y'" at the present character.
  [[nodiscard]] tl::unexpected<Error> unexpected(const std::string& expected) const {
    const std::string found = done() ? "the end" : "'" + std::string(1, peek()) + "'";
    return fail(ErrorCode::bad_value, "expected " + expected + ", found " + found, at_);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

Result<void> read_argument(Scanner& in, PayloadName& out) {
  const std::size_t at = in.at();
  out.argument = in.until(')');
  if (!in.accept(')'))
    return in.unexpected("')'");
  if (out.type == PayloadType::N) {
    if (const auto type = wire::notify_from_name(out.argument)) {
      out.notify = *type;
      return {};
    }
    if (const auto type = read_number(out.argument); type && *type < 65536) {
      out.notify = static_cast<std::uint16_t>(*type);
      return {};
    }
    std::vector<std::string> names;
    for (unsigned n = 1; n < 65536; ++n) {
      std::string name = wire::notify_name(static_cast<std::uint16_t>(n));
      if (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0)
        names.push_back(std::move(name));
    }
    return fail(ErrorCode::bad_value,
                "unknown notification '" + out.argument + "'" + suggestion(out.argument, names),
                at);
  }
  if (out.type == PayloadType::D) {
    if (protocol_from_name(out.argument))
      return {};
    return fail(ErrorCode::bad_value,
                "unknown protocol '" + out.argument + "'" +
                    suggestion(out.argument, {"IKE", "AH", "ESP", "TCP_AO", "LDP_DISCOVERY"}),
                at);
  }
  if (out.type == PayloadType::KD) {
    if (out.argument == "device" || out.argument == "push" || out.argument == "new")
      return {};
    return fail(ErrorCode::bad_value,
                "'" + out.argument +
                    "' where KD(device) is known, the one that came last, and of key servers "
                    "KD(push) and KD(new)",
                at);
  }
  if (out.type == PayloadType::POLICY && !out.argument.empty())
    return {};
  return fail(ErrorCode::bad_value, "only N, D, KD and POLICY take something in parentheses", at);
}

Result<PayloadName> read_payload(Scanner& in) {
  PayloadName out;
  out.optional = in.accept('[');
  out.at = in.at();
  out.name = in.word();
  if (out.name.empty())
    return in.unexpected("a payload");
  const auto type = type_of(out.name);
  if (!type)
    return fail(ErrorCode::bad_value,
                "unknown payload '" + out.name + "'" + suggestion(out.name, payload_names()),
                out.at);
  out.type = *type;
  if (in.accept('('))
    KARPSPEC_CHECK(read_argument(in, out));
  out.critical = in.accept('!');
  if (in.peek() == '[') {
    static_cast<void>(in.accept('['));
    const std::size_t at = in.at();
    const auto index = read_number(in.word());
    if (!index || *index == 0)
      return fail(ErrorCode::bad_value, "expected an index from 1", at);
    out.index = static_cast<std::size_t>(*index);
    if (!in.accept(']'))
      return in.unexpected("']'");
  }
  if (out.optional && !in.accept(']'))
    return in.unexpected("']'");
  return out;
}

}  // namespace

std::string PayloadName::text() const {
  std::string out = name;
  if (!argument.empty())
    out += "(" + argument + ")";
  if (critical)
    out += "!";
  if (index > 1)
    out += "[" + std::to_string(index) + "]";
  return out;
}

bool PayloadName::names(const wire::Payload& payload, const wire::CodePoints& numbers) const {
  if (payload.type != type)
    return false;
  if (notify) {
    const auto* body = payload.as<wire::NotifyPayload>();
    return body != nullptr && body->type == *notify;
  }
  if (type == PayloadType::D && !argument.empty()) {
    const auto* body = payload.as<wire::DeletePayload>();
    return body != nullptr && body->protocol == protocol_from_name(argument, numbers);
  }
  return true;
}

Result<PayloadName> parse_payload_name(std::string_view text) {
  Scanner in(text);
  KARPSPEC_TRY(out, read_payload(in));
  if (!in.done())
    return in.unexpected("the end of the payload's name");
  return out;
}

Result<MessageNotation> parse_message_notation(std::string_view text) {
  Scanner in(text);
  MessageNotation out;
  out.text = std::string(text);
  in.skip_blanks();
  const std::size_t at = in.at();
  const std::string exchange = in.word();
  if (exchange.empty())
    return in.unexpected("an exchange such as IKE_AUTH");
  const auto type = wire::exchange_from_name(exchange);
  if (!type)
    return fail(
        ErrorCode::bad_value,
        "unknown exchange '" + exchange + "'" +
            suggestion(exchange, {"IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL",
                                  "mrkmp_init", "mrkmp_auth", "mrkmp_join", "mrkmp_newkey",
                                  "mrkmp_merge_sa", "mrkmp_group", "mrkmp_advert"}),
        at);
  out.exchange = *type;
  in.skip_blanks();
  if (in.peek() != '{' && !in.done()) {
    const std::size_t word_at = in.at();
    const std::string word = in.word();
    if (word != "request" && word != "response")
      return fail(ErrorCode::bad_value, "expected 'request', 'response' or '{'", word_at);
    out.response = word == "response";
    in.skip_blanks();
  }
  if (!in.accept('{'))
    return in.unexpected("'{'");
  in.skip_blanks();
  if (!in.accept('}')) {
    for (;;) {
      in.skip_blanks();
      KARPSPEC_TRY(payload, read_payload(in));
      out.payloads.push_back(std::move(payload));
      in.skip_blanks();
      if (in.accept('}'))
        break;
      if (!in.accept(','))
        return in.unexpected("',' or '}'");
    }
  }
  in.skip_blanks();
  if (!in.done())
    return in.unexpected("the end of the message");
  return out;
}

std::optional<std::uint8_t> protocol_from_name(std::string_view name,
                                               const wire::CodePoints& numbers) {
  if (name == "IKE")
    return std::uint8_t{1};
  if (name == "AH")
    return std::uint8_t{2};
  if (name == "ESP")
    return std::uint8_t{3};
  if (name == "TCP_AO")
    return numbers.tcp_ao_protocol;
  if (name == "LDP_DISCOVERY")
    return numbers.ldp_discovery_protocol;
  if (const auto number = read_number(name); number && *number < 256)
    return static_cast<std::uint8_t>(*number);
  return std::nullopt;
}

std::string_view known_protocol_name(std::uint8_t protocol, const wire::CodePoints& numbers) {
  if (protocol == 1)
    return "IKE";
  if (protocol == 2)
    return "AH";
  if (protocol == 3)
    return "ESP";
  if (protocol == numbers.tcp_ao_protocol)
    return "TCP_AO";
  if (protocol == numbers.ldp_discovery_protocol)
    return "LDP_DISCOVERY";
  return {};
}

std::string protocol_name(std::uint8_t protocol, const wire::CodePoints& numbers) {
  const std::string_view name = known_protocol_name(protocol, numbers);
  return name.empty() ? std::to_string(protocol) : std::string(name);
}

std::optional<std::size_t> locate(const std::vector<wire::Payload>& payloads,
                                  const PayloadName& name, const wire::CodePoints& numbers) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < payloads.size(); ++i)
    if (name.names(payloads[i], numbers) && ++seen == name.index)
      return i;
  return std::nullopt;
}

const std::vector<std::string>& payload_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Alias& alias : aliases)
      out.emplace_back(alias.name);
    out.emplace_back("P200");
    return out;
  }();
  return names;
}

}  // namespace karpspec::transcript
