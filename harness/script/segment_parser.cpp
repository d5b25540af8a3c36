#include <algorithm>
#include <array>

#include "oracle/tcpao/segment_mac.h"
#include "script/step_parser.h"
#include "wire/tcp_segment.h"

// Steps about TCP segments.
namespace karpspec::script {
namespace {

using transcript::Matcher;

constexpr std::array<std::pair<std::string_view, wire::TcpFlag>, 6> flag_names{
    {{"FIN", wire::TcpFlag::FIN},
     {"SYN", wire::TcpFlag::SYN},
     {"RST", wire::TcpFlag::RST},
     {"PSH", wire::TcpFlag::PSH},
     {"ACK", wire::TcpFlag::ACK},
     {"URG", wire::TcpFlag::URG}}};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos)
    return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

bool is_icmp(const Node& what) {
  return what.text().starts_with("ICMP {");
}

// "ICMP {port-unreachable}"
Result<Step> parse_send_icmp(const Node& map, const Node& what) {
  KARPSPEC_CHECK(
      map.check_keys({"send", "connection", "why", "checks"}, "a step that sends an ICMP error"));
  constexpr std::size_t name_at = 6;
  const std::string& text = what.text();
  const std::string name = trimmed(
      std::string_view(text).substr(name_at, std::max(text.find('}', name_at), name_at) - name_at));
  SegmentStep send;
  send.segment.text = text;
  send.icmp = wire::icmp_error_from(name);
  if (!send.icmp || text.back() != '}')
    return what.error("'" + name + "' is no ICMP error" +
                          transcript::suggestion(
                              name, {"protocol-unreachable", "port-unreachable", "prohibited"}),
                      name_at);
  Step step;
  step.text = "send: " + text;
  step.action = std::move(send);
  return step;
}

// "TCP {SYN, ACK}"
Result<SegmentNotation> segment_notation_of(const Node& node) {
  SegmentNotation out;
  out.text = node.text();
  const auto open = out.text.find('{');
  if (trimmed(out.text.substr(3, open == std::string::npos ? open : open - 3)) != "" ||
      open == std::string::npos || out.text.back() != '}')
    return node.error("expected a segment such as TCP {SYN, ACK}", 3);
  std::vector<std::string> known;
  for (const auto& [name, flag] : flag_names)
    known.emplace_back(name);
  const std::string inside = out.text.substr(open + 1, out.text.size() - open - 2);
  for (std::size_t at = 0; at <= inside.size();) {
    const std::size_t comma = std::min(inside.find(',', at), inside.size());
    const std::string name = trimmed(std::string_view(inside).substr(at, comma - at));
    const auto found =
        std::ranges::find(flag_names, name, &std::pair<std::string_view, wire::TcpFlag>::first);
    if (found == flag_names.end())
      return node.error("'" + name + "' is no flag of TCP" + transcript::suggestion(name, known),
                        open + 1 + at);
    out.flags = static_cast<std::uint8_t>(out.flags | static_cast<std::uint8_t>(found->second));
    at = comma + 1;
  }
  return out;
}

Result<std::string> text_in(const Node& map, std::string_view key, const char* what) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return std::string();
  return node->scalar(what);
}

Result<std::optional<std::uint32_t>> number_in(const Node& map, std::string_view key,
                                               std::int64_t least, std::int64_t most) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return std::nullopt;
  KARPSPEC_TRY(number, node->integer());
  if (number < least || number > most)
    return node->error("expected a number from " + std::to_string(least) + " to " +
                       std::to_string(most));
  return std::optional(static_cast<std::uint32_t>(number));
}

Result<std::optional<transcript::Expression>> expression_in(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return std::nullopt;
  KARPSPEC_TRY(expression, transcript::parse_expression(*node));
  return std::optional(std::move(expression));
}

const std::vector<std::string>& fields_with() {
  static const std::vector<std::string> names = {"TCP.sequence", "TCP.acknowledgment",
                                                 "TCP.window",   "TCP.sequence_offset",
                                                 "AO.key_id",    "AO.r_next_key_id",
                                                 "AO.mac",       "AO.mac_size",
                                                 "AO.copies",    "AO.sne",
                                                 "MKT.key",      "MKT.mac",
                                                 "MKT.kdf",      "MKT.options"};
  return names;
}
const std::vector<std::string>& fields_altered() {
  static const std::vector<std::string> names = {"TCP.sequence", "TCP.acknowledgment", "TCP.window",
                                                 "data", "options"};
  return names;
}
const std::vector<std::string>& fields_seen() {
  static const std::vector<std::string> names = {
      "TCP.sequence", "TCP.acknowledgment", "TCP.window",
      "AO",           "AO.key_id",          "AO.r_next_key_id",
      "AO.mac",       "AO.length",          "MD5",
      "options",      "options.count",      "TCP.source_port"};
  return names;
}

Result<void> check_field(const Node& key, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), key.text()) == known.end())
    return key.error("unknown field of a segment '" + key.text() + "'" +
                     transcript::suggestion(key.text(), known));
  return {};
}

Result<SegmentStep::Fields> fields_in(const Node& map, std::string_view key,
                                      const std::vector<std::string>& known) {
  SegmentStep::Fields out;
  const Node* node = map.find(key);
  if (node == nullptr)
    return out;
  if (!node->is_map())
    return node->error("expected a map of fields and values under '" + std::string(key) + "'");
  for (const auto& [name, value] : node->entries()) {
    KARPSPEC_CHECK(check_field(name, known));
    KARPSPEC_TRY(expression, transcript::parse_expression(value));
    out.emplace_back(name.text(), std::move(expression));
  }
  return out;
}

Result<SegmentAlternative> alternative_of(const Node& map) {
  SegmentAlternative out;
  const Node* expect = map.find("expect");
  const Node* silence = map.find("silence");
  if ((expect == nullptr) == (silence == nullptr))
    return map.error("an alternative has either 'expect' or 'silence'");
  out.source = expect != nullptr ? *expect : *silence;
  if (expect != nullptr) {
    if (!is_segment(*expect) || is_icmp(*expect))
      return expect->error(
          "expected a segment such as TCP {SYN, ACK}, as in the other alternatives");
    KARPSPEC_TRY(segment, segment_notation_of(*expect));
    out.segment = std::move(segment);
  } else {
    KARPSPEC_TRY(duration, read_duration(*silence));
    out.silence = duration;
  }
  KARPSPEC_TRY(mkt, text_in(map, "mkt", "the name of an MKT"));
  KARPSPEC_TRY(connection, text_in(map, "connection", "the name of a connection"));
  KARPSPEC_TRY(clause, text_in(map, "clause", "a clause"));
  KARPSPEC_TRY(note, text_in(map, "note", "a text"));
  out.mkt = std::move(mkt);
  out.connection = std::move(connection);
  out.clause = std::move(clause);
  out.note = std::move(note);
  if (const Node* data = map.find("data")) {
    KARPSPEC_TRY(matcher, transcript::parse_matcher(*data));
    out.data = std::move(matcher);
  }
  if (const Node* where = map.find("where")) {
    if (!where->is_map())
      return where->error("expected a map of fields and matchers under 'where'");
    for (const auto& [key, value] : where->entries()) {
      KARPSPEC_CHECK(check_field(key, fields_seen()));
      KARPSPEC_TRY(matcher, transcript::parse_matcher(value));
      out.where.emplace_back(key.text(), std::move(matcher));
    }
  }
  KARPSPEC_TRY(verdict, verdict_in(map));
  out.verdict = std::move(verdict);
  return out;
}

}  // namespace

bool is_segment(const Node& what) {
  return what.is_scalar() &&
         (is_icmp(what) || what.text().starts_with("TCP {") || what.text().starts_with("TCP{"));
}

Result<Step> parse_send_segment(const Node& map, const Node& what) {
  if (is_icmp(what))
    return parse_send_icmp(map, what);
  KARPSPEC_CHECK(map.check_keys(
      {"send", "mkt", "md5", "data", "options", "with", "altered", "keys-of", "discarded", "ipv6",
       "from", "to", "isn", "as", "connection", "why", "checks"},
      "a step that sends a segment"));
  SegmentStep send;
  KARPSPEC_TRY(segment, segment_notation_of(what));
  send.segment = std::move(segment);
  KARPSPEC_TRY(mkt, text_in(map, "mkt", "the name of an MKT"));
  KARPSPEC_TRY(md5, expression_in(map, "md5"));
  KARPSPEC_TRY(data, expression_in(map, "data"));
  KARPSPEC_TRY(options, expression_in(map, "options"));
  KARPSPEC_TRY(with, fields_in(map, "with", fields_with()));
  KARPSPEC_TRY(altered, fields_in(map, "altered", fields_altered()));
  KARPSPEC_TRY(keys_of, text_in(map, "keys-of", "the name of a connection"));
  KARPSPEC_TRY(discarded, flag_in(map, "discarded"));
  KARPSPEC_TRY(ipv6, flag_in(map, "ipv6"));
  KARPSPEC_TRY(isn, number_in(map, "isn", 0, 0xffffffff));
  KARPSPEC_TRY(as, text_in(map, "as", "a name"));
  send.mkt = std::move(mkt);
  send.md5 = std::move(md5);
  send.data = std::move(data);
  send.options = std::move(options);
  send.with = std::move(with);
  send.altered = std::move(altered);
  send.keys_of = std::move(keys_of);
  send.discarded = discarded;
  send.ipv6 = ipv6;
  send.isn = isn;
  send.as = std::move(as);
  for (const auto& [key, port] :
       {std::pair<const char*, std::optional<std::uint16_t>*>{"from", &send.from_port},
        {"to", &send.to_port}})
    if (const Node* node = map.find(key)) {
      KARPSPEC_CHECK(node->check_keys({"port"}, std::string("'") + key + "' of a segment"));
      KARPSPEC_TRY(number, number_in(*node, "port", 1, 65535));
      if (number)
        *port = static_cast<std::uint16_t>(*number);
    }
  Step step;
  step.text = "send: " + send.segment.text;
  step.action = std::move(send);
  return step;
}

Result<Step> parse_expect_segment(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys(
      {"expect", "mkt", "data", "where", "connection", "clause", "within", "why", "checks"},
      "a step that expects a segment"));
  SegmentExpectStep expect;
  KARPSPEC_TRY(alternative, alternative_of(map));
  KARPSPEC_TRY(within, duration_in(map, "within"));
  expect.alternatives.push_back(std::move(alternative));
  expect.within = within;
  Step step;
  step.text = "expect: " + what.text();
  step.action = std::move(expect);
  return step;
}

Result<Step> parse_any_of_segments(const Node& map, const Node& what) {
  SegmentExpectStep expect;
  Step step;
  step.text = "any_of:";
  for (const Node& item : what.items()) {
    KARPSPEC_CHECK(item.check_keys({"expect", "silence", "mkt", "data", "where", "connection",
                                    "clause", "verdict", "note", "why"},
                                   "an alternative"));
    KARPSPEC_TRY(alternative, alternative_of(item));
    step.text += (expect.alternatives.empty() ? " " : " or ") + alternative.text();
    expect.alternatives.push_back(std::move(alternative));
  }
  KARPSPEC_TRY(within, duration_in(map, "within"));
  expect.within = within;
  step.action = std::move(expect);
  return step;
}

void listen_to_segments(Step& step) {
  const auto* expect = std::get_if<ExpectStep>(&step.action);
  if (expect == nullptr || expect->alternatives.size() != 1 || !expect->alternatives[0].silence)
    return;
  SegmentExpectStep listen;
  SegmentAlternative& silence = listen.alternatives.emplace_back();
  silence.silence = expect->alternatives[0].silence;
  silence.source = expect->alternatives[0].source;
  listen.counts_repeats = expect->counts_repeats;
  step.action = std::move(listen);
}

}  // namespace karpspec::script
