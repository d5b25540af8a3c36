#include "script/step_parser.h"

#include <algorithm>

namespace karpspec::script {
namespace {

using transcript::Matcher;
using transcript::MessageNotation;

Result<transcript::Path> path_of(const Node& node) {
  KARPSPEC_TRY(text, node.scalar("a field's path"));
  auto path = transcript::parse_path(text);
  if (!path)
    return node.error(path.error().message, path.error().offset.value_or(0));
  return *std::move(path);
}

Result<std::string> name_in(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return std::string();
  return node->scalar("a name");
}

Result<unsigned> copies_in(const Node& map) {
  const Node* node = map.find("copies");
  if (node == nullptr)
    return 1U;
  KARPSPEC_TRY(number, node->integer());
  if (number < 1 || number > 100)
    return node->error("expected 1 to 100 copies");
  return static_cast<unsigned>(number);
}

Result<std::uint64_t> number_up_to(const Node& node, std::uint64_t most) {
  KARPSPEC_TRY(number, node.integer());
  if (number < 0 || static_cast<std::uint64_t>(number) > most)
    return node.error("expected a number up to " + std::to_string(most));
  return static_cast<std::uint64_t>(number);
}

// 2, or {piece: 2, total: 5}
Result<Piece> read_piece(const Node& node) {
  constexpr std::uint64_t most = 0xffff;
  Piece out;
  if (node.is_scalar()) {
    KARPSPEC_TRY(piece, number_up_to(node, most));
    out.piece = static_cast<std::uint16_t>(piece);
    return out;
  }
  KARPSPEC_CHECK(node.check_keys(
      {"piece", "number", "total", "next_payload", "message_id", "damaged"}, "a piece"));
  const Node* which = node.find("piece");
  if (which == nullptr)
    return node.error("'piece' is missing, the number of the part that is sent");
  KARPSPEC_TRY(piece, number_up_to(*which, most));
  out.piece = static_cast<std::uint16_t>(piece);
  const auto read = [&](const char* key, std::uint64_t limit, auto& into) -> Result<void> {
    if (const Node* given = node.find(key)) {
      KARPSPEC_TRY(number, number_up_to(*given, limit));
      into = static_cast<typename std::remove_reference_t<decltype(into)>::value_type>(number);
    }
    return {};
  };
  KARPSPEC_CHECK(read("number", most, out.number));
  KARPSPEC_CHECK(read("total", most, out.total));
  KARPSPEC_CHECK(read("next_payload", 0xff, out.next_payload));
  KARPSPEC_CHECK(read("message_id", 0xffffffff, out.message_id));
  KARPSPEC_TRY(damaged, flag_in(node, "damaged"));
  out.damaged = damaged;
  return out;
}

// fragments: 3, pieces: [2, 1, {piece: 3, number: 4}]
Result<Cut> read_cut(const Node& map) {
  constexpr std::uint64_t most_fragments = 256;
  Cut out;
  if (const Node* node = map.find("fragments")) {
    KARPSPEC_TRY(number, number_up_to(*node, most_fragments));
    if (number == 0)
      return node->error("expected 1 to 256 fragments");
    out.fragments = static_cast<std::uint16_t>(number);
  }
  if (const Node* pieces = map.find("pieces")) {
    if (!pieces->is_list())
      return pieces->error(std::string(pieces->kind_name()) + " where a list is expected");
    for (const Node& item : pieces->items()) {
      KARPSPEC_TRY(piece, read_piece(item));
      out.pieces.push_back(piece);
    }
  }
  return out;
}

// from: {port: 501, address: second}
Result<void> read_from(const Node& map, bool& second, std::optional<std::uint16_t>& port) {
  const Node* from = map.find("from");
  if (from == nullptr)
    return {};
  KARPSPEC_CHECK(from->check_keys({"port", "address"}, "'from'"));
  if (const Node* node = from->find("port")) {
    KARPSPEC_TRY(number, node->integer());
    if (number < 1 || number > 65535)
      return node->error("expected a port from 1 to 65535");
    port = static_cast<std::uint16_t>(number);
  }
  if (const Node* node = from->find("address")) {
    if (!node->is_scalar() || node->text() != "second")
      return node->error("expected 'second', the tester's other address");
    second = true;
  }
  return {};
}

Result<std::vector<Where>> read_where(const Node& map, const char* under = "where") {
  std::vector<Where> out;
  const Node* where = map.find(under);
  if (where == nullptr)
    return out;
  if (!where->is_map())
    return where->error("expected a map of paths and matchers under '" + std::string(under) + "'");
  for (const auto& [key, value] : where->entries()) {
    KARPSPEC_TRY(path, path_of(key));
    KARPSPEC_TRY(matcher, transcript::parse_matcher(value));
    KARPSPEC_CHECK(transcript::check_matcher(matcher, path, value));
    out.push_back({std::move(path), std::move(matcher), key});
  }
  return out;
}

Result<std::map<std::string, transcript::Path>> read_bind(const Node& map) {
  std::map<std::string, transcript::Path> out;
  const Node* bind = map.find("bind");
  if (bind == nullptr)
    return out;
  if (!bind->is_map())
    return bind->error("expected a map of names and paths under 'bind'");
  for (const auto& [key, value] : bind->entries()) {
    KARPSPEC_TRY(path, path_of(value));
    out.emplace(key.text(), std::move(path));
  }
  return out;
}

Result<Step> parse_send(const Node& map, const Node& what) {
  if (is_segment(what))
    return parse_send_segment(map, what);
  KARPSPEC_CHECK(map.check_keys({"send", "with", "mutate", "from", "to", "clear", "as", "copies",
                                 "fragments", "pieces", "new-sa", "why", "checks", "sa", "router"},
                                "a send step"));
  SendStep send;
  KARPSPEC_TRY(message, notation_of(what));
  send.message = std::move(message);
  for (const transcript::PayloadName& payload : send.message.payloads)
    if (payload.optional && payload.type != wire::PayloadType::KE)
      return what.error("a payload in square brackets: a sent message has it or not, but for [KEr]",
                        payload.at);
  KARPSPEC_TRY(mutations, mutations_in(map));
  send.mutations = std::move(mutations);
  if (const Node* to = map.find("to")) {
    KARPSPEC_TRY(text, to->scalar("group or device"));
    if (text != "group" && text != "device")
      return to->error("expected 'group' or 'device'");
    send.to = std::move(text);
  }
  KARPSPEC_CHECK(read_from(map, send.second_address, send.from_port));
  KARPSPEC_TRY(clear, flag_in(map, "clear"));
  KARPSPEC_TRY(as, name_in(map, "as"));
  KARPSPEC_TRY(new_sa, name_in(map, "new-sa"));
  KARPSPEC_TRY(copies, copies_in(map));
  send.clear = clear;
  send.as = std::move(as);
  send.new_sa = std::move(new_sa);
  send.copies = copies;
  KARPSPEC_TRY(cut, read_cut(map));
  send.cut = std::move(cut);
  if (send.cut.fragments == 0 && !send.cut.pieces.empty())
    return map.find("pieces")->error("'pieces' of a message that is not cut by 'fragments'");
  Step step;
  step.text = "send: " + send.message.text;
  step.action = std::move(send);
  return step;
}

Result<Step> parse_resend(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys(
      {"resend", "from", "copies", "fragments", "pieces", "why", "checks", "sa", "router"},
      "a resend step"));
  ResendStep resend;
  KARPSPEC_TRY(name, what.scalar("the name of a kept datagram"));
  resend.name = std::move(name);
  KARPSPEC_CHECK(read_from(map, resend.second_address, resend.from_port));
  KARPSPEC_TRY(copies, copies_in(map));
  resend.copies = copies;
  KARPSPEC_TRY(cut, read_cut(map));
  resend.cut = std::move(cut);
  Step step;
  step.text = "resend: " + resend.name;
  step.action = std::move(resend);
  return step;
}

Result<Step> parse_send_octets(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"send-octets", "why", "checks", "sa"}, "a send-octets step"));
  KARPSPEC_TRY(text, what.scalar("octets"));
  auto octets = from_hex(text);
  if (!octets || !text.starts_with("0x"))
    return what.error("'" + text + "' where octets are expected, such as 0x0a0b");
  Step step;
  step.text = "send-octets: " + (text.size() > 40 ? text.substr(0, 37) + "..." : text);
  step.action = SendOctetsStep{*std::move(octets)};
  return step;
}

// Which messages to a group are meant: `pick` and `to`.
Result<void> read_choice(const Node& map, Alternative& out) {
  KARPSPEC_TRY(pick, read_where(map, "pick"));
  out.pick = std::move(pick);
  KARPSPEC_TRY(to, name_in(map, "to"));
  out.to = std::move(to);
  return {};
}

Result<Alternative> parse_alternative(const Node& map) {
  Alternative out;
  out.source = map;
  const Node* expect = map.find("expect");
  const Node* silence = map.find("silence");
  if ((expect == nullptr) == (silence == nullptr))
    return map.error("an alternative has either 'expect' or 'silence'");
  KARPSPEC_CHECK(read_choice(map, out));
  if (expect != nullptr) {
    out.source = *expect;
    KARPSPEC_TRY(message, notation_of(*expect));
    out.message = std::move(message);
    if (const Node* items = map.find("items")) {
      KARPSPEC_TRY(rows, read_items(*items));
      out.items = std::move(rows);
    }
  } else {
    if (const Node* of = map.find("of")) {
      KARPSPEC_TRY(message, notation_of(*of));
      out.of = std::move(message);
    }
    KARPSPEC_TRY(duration, read_duration(*silence));
    out.silence = duration;
  }
  KARPSPEC_TRY(where, read_where(map));
  KARPSPEC_TRY(bind, read_bind(map));
  KARPSPEC_TRY(only, flag_in(map, "only"));
  KARPSPEC_TRY(clear, flag_in(map, "clear"));
  KARPSPEC_TRY(retransmission, flag_in(map, "retransmission"));
  KARPSPEC_TRY(as, name_in(map, "as"));
  KARPSPEC_TRY(same_as, name_in(map, "same-as"));
  KARPSPEC_TRY(new_sa, name_in(map, "new-sa"));
  KARPSPEC_TRY(clause, name_in(map, "clause"));
  KARPSPEC_TRY(note, name_in(map, "note"));
  const auto read = [&](const char* key, std::optional<transcript::Matcher>& into) -> Result<void> {
    if (const Node* node = map.find(key)) {
      KARPSPEC_TRY(matcher, transcript::parse_matcher(*node));
      into = std::move(matcher);
    }
    return {};
  };
  KARPSPEC_CHECK(read("fragments", out.fragments));
  KARPSPEC_CHECK(read("fragment-size", out.fragment_size));
  out.where = std::move(where);
  out.bind = std::move(bind);
  out.only = only;
  out.clear = clear;
  out.retransmission = retransmission;
  out.as = std::move(as);
  out.same_as = std::move(same_as);
  out.new_sa = std::move(new_sa);
  out.clause = std::move(clause);
  out.note = std::move(note);
  if (const Node* order = map.find("order")) {
    if (!order->is_scalar() || order->text() != "strict")
      return order->error("expected 'strict'");
    out.strict_order = true;
  }
  KARPSPEC_TRY(verdict, verdict_in(map));
  out.verdict = std::move(verdict);
  return out;
}

Result<Step> parse_expect(const Node& map, const Node& what) {
  if (is_segment(what))
    return parse_expect_segment(map, what);
  KARPSPEC_CHECK(map.check_keys(
      {"expect", "where",  "pick",           "to",        "items",         "bind", "order",
       "only",   "clear",  "retransmission", "fragments", "fragment-size", "as",   "same-as",
       "new-sa", "clause", "within",         "why",       "checks",        "sa",   "router"},
      "an expect step"));
  ExpectStep expect;
  KARPSPEC_TRY(alternative, parse_alternative(map));
  KARPSPEC_TRY(within, duration_in(map, "within"));
  expect.within = within;
  expect.alternatives.push_back(std::move(alternative));
  Step step;
  step.text = "expect: " + what.text();
  step.action = std::move(expect);
  return step;
}

Result<Step> parse_silence(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys(
      {"silence", "of", "pick", "to", "retransmission", "beginning", "why", "checks", "sa"},
      "a silence step"));
  ExpectStep expect;
  KARPSPEC_TRY(alternative, parse_alternative(map));
  alternative.source = what;
  expect.alternatives.push_back(std::move(alternative));
  KARPSPEC_TRY(repeats, flag_in(map, "retransmission"));
  expect.counts_repeats = repeats;
  KARPSPEC_TRY(beginning, flag_in(map, "beginning"));
  expect.counts_beginnings = beginning;
  Step step;
  step.text = "silence: " + what.text();
  if (const Node* of = map.find("of"))
    step.text += " of " + of->text();
  step.action = std::move(expect);
  return step;
}

Result<Step> parse_any_of(const Node& map, const Node& what) {
  KARPSPEC_CHECK(
      map.check_keys({"any_of", "within", "why", "checks", "sa", "router"}, "an any_of step"));
  if (!what.is_list() || what.items().empty())
    return what.error(std::string(what.kind_name()) + " where a list of alternatives is expected");
  if (std::any_of(what.items().begin(), what.items().end(), [](const Node& item) {
        const Node* expect = item.find("expect");
        return expect != nullptr && is_segment(*expect);
      }))
    return parse_any_of_segments(map, what);
  ExpectStep expect;
  Step step;
  step.text = "any_of:";
  for (const Node& item : what.items()) {
    KARPSPEC_CHECK(item.check_keys(
        {"expect",    "silence",       "of",    "where",   "pick",   "to",
         "items",     "bind",          "order", "only",    "clear",  "retransmission",
         "fragments", "fragment-size", "as",    "same-as", "new-sa", "clause",
         "verdict",   "note",          "why",   "sa"},
        "an alternative"));
    KARPSPEC_TRY(alternative, parse_alternative(item));
    KARPSPEC_TRY(sa, name_in(item, "sa"));
    alternative.sa = std::move(sa);
    step.text += (expect.alternatives.empty() ? " " : " or ") + alternative.text();
    expect.alternatives.push_back(std::move(alternative));
  }
  KARPSPEC_TRY(within, duration_in(map, "within"));
  expect.within = within;
  step.action = std::move(expect);
  return step;
}

// watch: 10s, of: mrkmp_advert {GROUP, ADV}, times: {min: 9, max: 12}
Result<Step> parse_watch(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys(
      {"watch", "of", "pick", "to", "where", "items", "times", "why", "checks"}, "a watch step"));
  WatchStep watch;
  KARPSPEC_TRY(time, read_duration(what));
  watch.time = time;
  const Node* of = map.find("of");
  const Node* times = map.find("times");
  if (of == nullptr || times == nullptr)
    return map.error(std::string("a watch step says ") +
                     (of == nullptr ? "'of' which message" : "how many 'times'"));
  KARPSPEC_TRY(message, notation_of(*of));
  if (!goes_to_group(message.exchange))
    return of->error("only messages to a group are counted, mrkmp_advert and mrkmp_group");
  watch.of.message = std::move(message);
  watch.of.source = *of;
  KARPSPEC_CHECK(read_choice(map, watch.of));
  KARPSPEC_TRY(where, read_where(map));
  watch.of.where = std::move(where);
  if (const Node* items = map.find("items")) {
    KARPSPEC_TRY(rows, read_items(*items));
    watch.of.items = std::move(rows);
  }
  KARPSPEC_TRY(matcher, transcript::parse_matcher(*times));
  watch.times = std::move(matcher);
  Step step;
  step.text = "watch: " + what.text() + " of " + of->text();
  step.action = std::move(watch);
  return step;
}

// alive: IKE_AUTH
Result<Step> parse_alive(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"alive", "within", "growth", "why", "checks", "sa", "router"},
                                "an alive step"));
  KARPSPEC_TRY(exchange, what.scalar("an exchange"));
  AliveStep alive;
  if (exchange == "IKE_SA_INIT" || exchange == "mrkmp_init")
    alive.by = AliveStep::By::init;
  else if (exchange == "IKE_AUTH")
    alive.by = AliveStep::By::auth;
  else if (exchange == "INFORMATIONAL")
    alive.by = AliveStep::By::standing_sa;
  else
    return what.error(
        "'" + exchange +
        "' shows no life, expected IKE_SA_INIT, mrkmp_init, IKE_AUTH or INFORMATIONAL");
  alive.mrkmp = exchange == "mrkmp_init";
  KARPSPEC_TRY(within, duration_in(map, "within"));
  alive.within = within;
  if (const Node* growth = map.find("growth")) {
    KARPSPEC_TRY(number, number_up_to(*growth, std::uint64_t{1} << 32));
    alive.growth = number;
  }
  Step step;
  step.text = "alive: " + exchange;
  step.action = alive;
  return step;
}

Result<Step> parse_wait(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"wait", "why", "checks", "sa"}, "a wait step"));
  KARPSPEC_TRY(time, read_duration(what));
  Step step;
  step.text = "wait: " + what.text();
  step.action = WaitStep{time};
  return step;
}

}  // namespace

Result<MessageNotation> notation_of(const Node& node) {
  KARPSPEC_TRY(text, node.scalar("a message such as IKE_AUTH {IDr, AUTH}"));
  auto message = transcript::parse_message_notation(text);
  if (!message)
    return node.error(message.error().message, message.error().offset.value_or(0));
  return *std::move(message);
}

Result<std::vector<transcript::Mutation>> mutations_in(const Node& map) {
  std::vector<transcript::Mutation> out;
  if (const Node* with = map.find("with")) {
    KARPSPEC_TRY(mutations, transcript::parse_with(*with));
    out = std::move(mutations);
  }
  if (const Node* mutate = map.find("mutate")) {
    KARPSPEC_TRY(mutations, transcript::parse_mutations(*mutate));
    for (transcript::Mutation& mutation : mutations)
      out.push_back(std::move(mutation));
  }
  return out;
}

Result<std::string> verdict_in(const Node& map) {
  const Node* verdict = map.find("verdict");
  if (verdict == nullptr)
    return std::string("pass");
  KARPSPEC_TRY(text, verdict->scalar("a verdict"));
  if (text != "pass" && text != "inconclusive")
    return verdict->error("'" + text +
                          "' is no verdict of a permitted answer, expected pass or inconclusive");
  return text;
}

Result<bool> flag_in(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return false;
  return node->boolean();
}

Result<std::optional<Duration>> duration_in(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return std::nullopt;
  KARPSPEC_TRY(duration, read_duration(*node));
  return duration;
}

Result<std::vector<std::string>> read_checks(const Node& node, const LoadContext& context) {
  KARPSPEC_TRY(ids, node.texts("a requirement's id"));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (context.requirements.count(ids[i]) != 0)
      continue;
    const Node& at = node.is_list() ? node.items()[i] : node;
    std::vector<std::string> known;
    for (const auto& [id, row] : context.requirements)
      known.push_back(id);
    const std::string near = transcript::nearest(ids[i], known);
    return at.error("unknown requirement '" + ids[i] + "'" +
                    (near.empty() ? ", expected an id of suites/requirements/"
                                  : "; did you mean '" + near + "'?"));
  }
  return ids;
}

Result<Step> parse_step(const Node& map, const LoadContext& context) {
  struct Kind {
    const char* key;
    Result<Step> (*parse)(const Node&, const Node&);
  };
  constexpr Kind kinds[] = {{"send", parse_send},
                            {"resend", parse_resend},
                            {"send-octets", parse_send_octets},
                            {"expect", parse_expect},
                            {"any_of", parse_any_of},
                            {"silence", parse_silence},
                            {"control", parse_control},
                            {"check", parse_check},
                            {"wait", parse_wait},
                            {"alive", parse_alive},
                            {"watch", parse_watch},
                            {"advertise", parse_advertise},
                            {"rest", parse_rest},
                            {"partition", parse_partition},
                            {"heal", parse_partition},
                            {"lose", parse_lose}};
  if (!map.is_map() || map.entries().empty())
    return map.error(std::string(map.kind_name()) +
                     " where a step is expected, a map such as {wait: 2s}");
  for (const Kind& kind : kinds) {
    const Node* what = map.find(kind.key);
    if (what == nullptr)
      continue;
    KARPSPEC_TRY(step, kind.parse(map, *what));
    step.source = *what;
    step.written = map;
    if (const Node* why = map.find("why")) {
      KARPSPEC_TRY(text, why->scalar("a reason"));
      step.why = std::move(text);
    }
    if (const Node* connection = map.find("connection")) {
      KARPSPEC_TRY(text, connection->scalar("the name of a connection"));
      step.sa = std::move(text);
    }
    if (const Node* sa = map.find("sa")) {
      KARPSPEC_TRY(text, sa->scalar("the name of an IKE SA"));
      step.sa = std::move(text);
    }
    if (const Node* router = map.find("router")) {
      KARPSPEC_TRY(text, router->scalar("the name of a router of the tester's"));
      step.router = std::move(text);
    }
    if (const Node* checks = map.find("checks")) {
      KARPSPEC_TRY(ids, read_checks(*checks, context));
      step.checks = std::move(ids);
    }
    return step;
  }
  std::vector<std::string> names = {"use", "repeat"};
  for (const Kind& kind : kinds)
    names.emplace_back(kind.key);
  const Node& key = map.entries().front().first;
  return key.error("unknown step '" + key.text() + "'" + transcript::suggestion(key.text(), names));
}

}  // namespace karpspec::script
