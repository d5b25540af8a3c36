#include "transcript/recorder.h"

#include "base/decimal.h"
#include "base/text.h"
#include "transcript/free_fields.h"

namespace karpspec::transcript {
namespace {

constexpr std::size_t most_conversations = 1024;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string place_of(const Endpoint& end) {
  // An IPv6 address holds colons of its own.
  if (end.address.find(':') != std::string::npos)
    return in_quotes("[" + end.address + "]:" + std::to_string(end.port));
  return end.address + ":" + std::to_string(end.port);
}

// Seconds with six decimals.
std::string seconds(Duration time) {
  // A frame may be earlier than the first one: by less than a second that is not seen.
  Text out;
  if (time <= -std::chrono::seconds{1})
    out.append('-');
  append_seconds(out, std::chrono::abs(time));
  return out.str();
}

}  // namespace

std::string Recorder::head(const TranscriptHead& head) {
  std::string out = "transcript: 1\n";
  if (!head.title.empty())
    out += "title: " + in_quotes(karpspec::one_line(head.title)) + "\n";
  out += std::string("fields: ") + (head.all_fields ? "all" : "listed") + "\n";
  if (head.every_conversation)
    out += "conversations: each\n";
  return out;
}

Recorder::Names& Recorder::names_of(std::uint64_t conversation) {
  auto found = names_.find(conversation);
  if (found != names_.end()) {
    order_.splice(order_.begin(), order_, found->second.used);
    return found->second;
  }
  if (names_.size() >= most_conversations) {
    names_.erase(order_.back());
    order_.pop_back();
  }
  order_.push_front(conversation);
  Names names;
  names.used = order_.begin();
  return names_.emplace(conversation, std::move(names)).first->second;
}

std::string Recorder::value_text(Names& names, const Observed& observed,
                                 const PlacedValue& placed) {
  const Written written = how_written(observed, placed);
  if (written.how == Written::How::any)
    return "any";
  if (written.how != Written::How::bound)
    return written_value(placed.field, numbers_);
  const std::string key = std::string(written.kind) + " " + bound_form(placed.field.value);
  std::string& name = names.by_value[key];
  if (name.empty()) {
    const auto count = names.count.try_emplace(std::string(written.kind), 0).first;
    name = std::string(written.kind) + "-" + std::to_string(++count->second);
  }
  return "$" + name;
}

std::string Recorder::entry(const Observed& observed) {
  if (observed.periodic && observed.again)
    return {};
  if (!start_)
    start_ = observed.time;
  std::string out = "---\nmessage: " + in_quotes(notation(observed)) + "\n";
  out += "conversation: " + std::to_string(observed.conversation) + "\n";
  if (observed.association > 1)
    out += "association: " + std::to_string(observed.association) + "\n";
  out += "from: " + place_of(observed.source) + "\n";
  out += "to: " + place_of(observed.destination) + "\n";
  out += "at: " + seconds(observed.time - *start_) + "\n";
  if (observed.again)
    return out + "retransmission: true\n";
  if (observed.body == Observed::Body::no_keys)
    out += "sealed: true\n";
  if (observed.body == Observed::Body::broken)
    out += "broken: true\n";
  std::string fields;
  Names& names = names_of(observed.conversation);
  for (const PlacedValue& placed : values_of(observed, numbers_)) {
    if (how_written(observed, placed).how != Written::How::implied)
      fields += "  " + placed.path + ": " + value_text(names, observed, placed) + "\n";
  }
  return fields.empty() ? out : out + "where:\n" + fields;
}

}  // namespace karpspec::transcript
