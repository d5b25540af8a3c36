#include "transcript/transcript_file.h"

#include <algorithm>
#include <array>
#include <limits>

#include "transcript/number.h"

namespace karpspec::transcript {
namespace {

constexpr std::array<std::string_view, 6> segment_flags{"FIN", "SYN", "RST", "PSH", "ACK", "URG"};

Result<Endpoint> endpoint_of(const Node& node) {
  KARPSPEC_TRY(text, node.scalar("an address with its port"));
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : read_number(text.substr(colon + 1));
  if (!port || *port > 65535)
    return node.error("'" + text +
                      "' is no address with its port, such as 192.0.2.1:500 or "
                      "\"[2001:db8::1]:500\"");
  std::string address = text.substr(0, colon);
  if (address.size() > 1 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  return Endpoint{std::move(address), static_cast<std::uint16_t>(*port)};
}

Result<std::uint64_t> count_of(const Node& node) {
  KARPSPEC_TRY(number, node.integer());
  if (number < 1)
    return node.error("a number from 1 is expected");
  return static_cast<std::uint64_t>(number);
}

// "TCP {SYN, ACK}": its flags.
Result<void> read_segment(const Node& node, ExpectedMessage& out) {
  const std::string& text = node.text();
  const auto open = text.find('{');
  if (open == std::string::npos || text.back() != '}')
    return node.error("expected a segment such as TCP {SYN, ACK}");
  out.kind = "TCP";
  std::string inside = text.substr(open + 1, text.size() - open - 2);
  std::erase(inside, ' ');
  for (std::size_t at = 0; at < inside.size();) {
    const std::size_t comma = std::min(inside.find(',', at), inside.size());
    const std::string name = inside.substr(at, comma - at);
    if (std::ranges::find(segment_flags, name) == segment_flags.end())
      return node.error("'" + name + "' is no flag of TCP" +
                        suggestion(name, {segment_flags.begin(), segment_flags.end()}));
    out.parts.push_back(name);
    at = comma + 1;
  }
  return {};
}

Result<void> read_message(const Node& node, ExpectedMessage& out) {
  KARPSPEC_TRY(text, node.scalar("a message such as IKE_AUTH request {IDi, AUTH}"));
  out.text = text;
  if (text.starts_with("TCP"))
    return read_segment(node, out);
  // What came to a port of IKE and has no header.
  if (text == "datagram {}") {
    out.kind = "datagram";
    return {};
  }
  auto notation = parse_message_notation(text);
  if (!notation)
    return node.error(notation.error().message, notation.error().offset.value_or(0));
  if (!notation->response)
    return node.error("of a transcript's message it is said whether it is a request or a response");
  out.kind =
      wire::exchange_name(notation->exchange) + (*notation->response ? " response" : " request");
  for (const PayloadName& name : notation->payloads)
    out.parts.push_back(name.text());
  out.payloads = std::move(notation->payloads);
  return {};
}

std::optional<std::uint64_t> literal(const ExpectedMessage& entry, std::string_view path) {
  for (const ExpectedField& field : entry.fields)
    if (field.path == path && field.wanted.is_scalar())
      return read_number(field.wanted.text());
  return std::nullopt;
}

}  // namespace

struct TranscriptReader::State {
  State(YamlStream documents_of, wire::CodePoints code_points)
      : documents(std::move(documents_of)), numbers(code_points) {}

  YamlStream documents;
  wire::CodePoints numbers;
  TranscriptHead head;
  std::size_t entries = 0;
  // Paths and plain matchers that were found good: a transcript has few different ones.
  std::unordered_map<std::string, bool> known;

  Result<void> check(const Node& path, const Node& wanted, bool segment);
  Result<ExpectedMessage> entry(const Node& node);
};

Result<void> TranscriptReader::State::check(const Node& path, const Node& wanted, bool segment) {
  constexpr std::size_t most_known = 65536;
  const bool plain = wanted.is_scalar();
  std::string key;
  if (plain) {
    key = path.text() + (segment ? "\n" : wanted.quoted() ? "\r" : "\t") + wanted.text();
    if (known.contains(key))
      return {};
  }
  KARPSPEC_TRY(matcher, parse_matcher(wanted));
  if (!segment) {
    const auto parsed = parse_path(path.text());
    if (!parsed)
      return path.error(parsed.error().message, parsed.error().offset.value_or(0));
    if (parsed->root != Path::Root::sealed)
      KARPSPEC_CHECK(check_matcher(matcher, *parsed, wanted));
  }
  if (plain) {
    if (known.size() >= most_known)
      known.clear();
    known.emplace(std::move(key), true);
  }
  return {};
}

Result<ExpectedMessage> TranscriptReader::State::entry(const Node& node) {
  KARPSPEC_CHECK(
      node.check_keys({"message", "conversation", "association", "from", "to", "at",
                       "retransmission", "optional", "order", "sealed", "broken", "why", "where"},
                      "an entry of a transcript"));
  ExpectedMessage out;
  out.number = ++entries;
  out.line = node.line();
  const Node* message = node.find("message");
  if (message == nullptr)
    return node.error("an entry of a transcript needs 'message'");
  out.line = message->line();
  KARPSPEC_CHECK(read_message(*message, out));
  const bool segment = out.kind == "TCP";
  if (const Node* given = node.find("conversation")) {
    KARPSPEC_TRY(number, count_of(*given));
    out.conversation = number;
  }
  if (const Node* given = node.find("association")) {
    KARPSPEC_TRY(number, count_of(*given));
    if (number > std::numeric_limits<std::uint32_t>::max())
      return given->error("a number below 2^32 is expected");
    out.association = static_cast<std::uint32_t>(number);
  }
  for (const auto& [key, end] : {std::pair("from", &out.from), std::pair("to", &out.to)})
    if (const Node* given = node.find(key)) {
      KARPSPEC_TRY(endpoint, endpoint_of(*given));
      *end = std::move(endpoint);
    }
  const std::pair<const char*, bool*> switches[] = {{"retransmission", &out.retransmission},
                                                    {"optional", &out.optional},
                                                    {"sealed", &out.sealed},
                                                    {"broken", &out.broken}};
  for (const auto& [key, value] : switches)
    if (const Node* given = node.find(key)) {
      KARPSPEC_TRY(set, given->boolean());
      *value = set;
    }
  if (const Node* given = node.find("order")) {
    KARPSPEC_TRY(text, given->scalar("'strict'"));
    if (text != "strict")
      return given->error("'" + text + "' where 'strict' is known");
    out.order = true;
  }
  if (const Node* where = node.find("where")) {
    if (!where->is_map())
      return where->error("expected fields and what they must be under 'where'");
    for (const auto& [path, wanted] : where->entries()) {
      KARPSPEC_CHECK(check(path, wanted, segment));
      out.fields.push_back({path.text(), wanted});
    }
  }
  if (segment) {
    if (const auto sequence = literal(out, "TCP.sequence"))
      out.place =
          place_of_segment(out.parts, *sequence, literal(out, "TCP.acknowledgment").value_or(0));
  } else {
    const auto flags = literal(out, "HDR.flags"), id = literal(out, "HDR.message_id");
    if (flags && id)
      out.place =
          place_of_message(static_cast<std::uint8_t>(*flags), static_cast<std::uint32_t>(*id));
  }
  return out;
}

TranscriptReader::TranscriptReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TranscriptReader::TranscriptReader(TranscriptReader&&) noexcept = default;
TranscriptReader& TranscriptReader::operator=(TranscriptReader&&) noexcept = default;
TranscriptReader::~TranscriptReader() = default;

Result<TranscriptReader> TranscriptReader::open(const std::string& path, Workers* workers,
                                                wire::CodePoints numbers) {
  KARPSPEC_TRY(documents, YamlStream::open(path, workers));
  return read(std::move(documents), path, numbers);
}

Result<TranscriptReader> TranscriptReader::read(YamlStream documents, const std::string& name,
                                                wire::CodePoints numbers) {
  auto state = std::make_unique<State>(std::move(documents), numbers);
  KARPSPEC_TRY(first, state->documents.next());
  if (!first)
    return fail(ErrorCode::bad_value, name + ":1:1: the file is empty");
  const Node& head = *first;
  if (!head.is_map() || head.find("transcript") == nullptr)
    return head.error("a transcript begins with 'transcript: 1'");
  KARPSPEC_CHECK(head.check_keys({"transcript", "title", "fields", "conversations", "purpose"},
                                 "the head of a transcript"));
  KARPSPEC_TRY(version, head.find("transcript")->integer());
  if (version != 1)
    return head.find("transcript")->error("transcripts of version 1 are known");
  state->head.all_fields = false;
  if (const Node* title = head.find("title")) {
    KARPSPEC_TRY(text, title->scalar("a sentence"));
    state->head.title = text;
  }
  if (const Node* fields = head.find("fields")) {
    KARPSPEC_TRY(text, fields->scalar("'all' or 'listed'"));
    if (text != "all" && text != "listed")
      return fields->error("'" + text + "' where 'all' and 'listed' are known");
    state->head.all_fields = text == "all";
  }
  if (const Node* each = head.find("conversations")) {
    KARPSPEC_TRY(text, each->scalar("'each'"));
    if (text != "each")
      return each->error("'" + text + "' where 'each' is known");
    state->head.every_conversation = true;
  }
  return TranscriptReader(std::move(state));
}

const TranscriptHead& TranscriptReader::head() const {
  return state_->head;
}

Result<std::optional<ExpectedMessage>> TranscriptReader::next() {
  KARPSPEC_TRY(document, state_->documents.next());
  if (!document)
    return std::nullopt;
  KARPSPEC_TRY(entry, state_->entry(*document));
  return entry;
}

}  // namespace karpspec::transcript
