#include "transcript/alignment.h"

#include <algorithm>
#include <charconv>

namespace karpspec::transcript {
namespace {

using Kind = Finding::Kind;

struct PlaceParts {
  char sender = 0;
  bool response = false;
  std::uint32_t id = 0;
};
std::optional<PlaceParts> parts_of(const std::string& place) {
  const auto space = place.rfind(' ');
  if (place.size() < 3 || space == std::string::npos)
    return std::nullopt;
  PlaceParts out;
  out.sender = place[0];
  out.response = place.find("response") != std::string::npos;
  const char* const from = place.data() + space + 1;
  if (std::from_chars(from, place.data() + place.size(), out.id).ec != std::errc{})
    return std::nullopt;
  return out;
}

// Whether the message LATER can only have been sent after EARLIER had come (RFC 5996 section 2.1: a
// response follows its request; with a window of one the next request follows the response).
bool follows_from(const ExpectedMessage& earlier, const ExpectedMessage& later) {
  const auto a = parts_of(earlier.place), b = parts_of(later.place);
  if (!a || !b || a->sender == b->sender || earlier.association != later.association)
    return false;
  if (!a->response && b->response)
    return a->id == b->id;
  return a->response && !b->response && b->id > a->id;
}

std::string short_name(const ExpectedMessage& entry) {
  return "message " + std::to_string(entry.number) + ", " + entry.text;
}

// How much OBSERVED is like ENTRY, where nothing says that it takes its place; 0: not at all.
int likeness(const ExpectedMessage& entry, const Observed& observed) {
  int score = 0;
  if (entry.kind == observed.kind)
    score += 4;
  else if (entry.kind.substr(0, entry.kind.find(' ')) ==
           observed.kind.substr(0, observed.kind.find(' ')))
    score += 2;
  if (!entry.place.empty() && entry.place == observed.place)
    score += 3;
  if (entry.association == observed.association)
    score += 1;
  if (entry.parts == observed.parts)
    score += 2;
  return score >= 4 ? score : 0;
}

}  // namespace

Alignment::Alignment(TranscriptReader& expected, const Options& options)
    : expected_(expected), options_(options) {
  rules_.all_fields = expected.head().all_fields;
  rules_.numbers = options.numbers;
}
Alignment::~Alignment() = default;

void Alignment::report(Finding finding, const ExpectedMessage* entry, const Observed* observed,
                       std::uint64_t before) {
  if (finding.kind == Kind::not_opened)
    ++counts_.not_opened;
  else
    ++(finding.tolerated ? counts_.notes : counts_.differences);
  if (findings_.size() >= options_.most_findings)
    return;
  if (entry != nullptr) {
    finding.message = entry->number;
    finding.line = entry->line;
    finding.what = entry->text;
  }
  if (observed != nullptr) {
    finding.frame = observed->frame;
    if (entry == nullptr)
      finding.what = notation(*observed);
  }
  const std::uint64_t frame = observed != nullptr ? observed->frame : before;
  findings_.push_back({std::move(finding), frame, findings_.size()});
}

Result<void> Alignment::load_template() {
  for (;;) {
    KARPSPEC_TRY(entry, expected_.next());
    if (!entry)
      break;
    if (pattern_.size() >= options_.window)
      return fail(ErrorCode::bad_value,
                  "a transcript that every conversation is to go like has at most " +
                      std::to_string(options_.window) + " messages");
    pattern_.push_back(std::make_shared<const ExpectedMessage>(*std::move(entry)));
  }
  read_all_ = true;
  return {};
}

Result<bool> Alignment::read_ahead() {
  if (read_all_)
    return false;
  KARPSPEC_TRY(entry, expected_.next());
  if (!entry) {
    read_all_ = true;
    return false;
  }
  const std::uint64_t conversation = entry->conversation;
  lanes_[conversation].pending.push_back(
      {std::make_shared<const ExpectedMessage>(*std::move(entry))});
  ++pending_;
  return true;
}

// Whether ENTRY can be what OBSERVED is, as far as can be said before the two are compared.
bool Alignment::may_be(const Lane& lane, const ExpectedMessage& entry, const Observed& observed) {
  if (entry.association != observed.association || entry.retransmission != observed.again)
    return false;
  if (entry.kind != observed.kind)
    return false;
  if (!entry.place.empty() && !observed.place.empty() && entry.place != observed.place)
    return false;
  // Who sends to a group, or a segment, is told apart by the address alone.
  if (!entry.from)
    return true;
  const std::string bound = lane.bindings.text("address of " + entry.from->address);
  return bound.empty() || bound == observed.source.address;
}

std::deque<Alignment::Waiting>::iterator Alignment::find(Lane& lane, const Observed& observed) {
  // Several may take its place, as the two requests around N(COOKIE) do, and several routers may
  // have sent it: the one that has its payloads and its address is meant.
  auto best = lane.pending.end();
  int most = -1;
  for (auto at = lane.pending.begin(); at != lane.pending.end() && most < 3; ++at) {
    const ExpectedMessage& entry = *at->entry;
    if (!may_be(lane, entry, observed))
      continue;
    const bool there = !entry.from || entry.from->address == observed.source.address;
    const int score = (entry.parts == observed.parts ? 1 : 0) + (there ? 2 : 0);
    if (score > most) {
      most = score;
      best = at;
    }
  }
  return best;
}

// The lane of OBSERVED's conversation; of one that comes for the first time the first free one in
// which such a message is expected.
Result<Alignment::Lane*> Alignment::lane_of(const Observed& observed) {
  if (const auto known = lane_by_observed_.find(observed.conversation);
      known != lane_by_observed_.end()) {
    const auto lane = lanes_.find(known->second);
    if (lane != lanes_.end()) {
      recent_.splice(recent_.begin(), recent_, lane->second.used);
      return &lane->second;
    }
  }
  const auto take = [&](std::uint64_t name, Lane& lane) {
    lane.observed = observed.conversation;
    lane_by_observed_[observed.conversation] = name;
    recent_.push_front(name);
    lane.used = recent_.begin();
    ++counts_.conversations;
    make_room();
    return &lane;
  };
  if (expected_.head().every_conversation) {
    Lane& lane = lanes_[observed.conversation];
    for (const Entry& entry : pattern_)
      lane.pending.push_back({entry});
    return take(observed.conversation, lane);
  }
  for (;;) {
    for (auto& [name, lane] : lanes_)
      if (!lane.observed && find(lane, observed) != lane.pending.end())
        return take(name, lane);
    if (pending_ >= options_.window)
      break;
    KARPSPEC_TRY(more, read_ahead());
    if (!more)
      break;
  }
  // One that does not begin as any of them, but much like it.
  for (auto& [name, lane] : lanes_)
    if (!lane.observed && std::ranges::any_of(lane.pending, [&](const Waiting& waiting) {
          return likeness(*waiting.entry, observed) > 0;
        }))
      return take(name, lane);
  return nullptr;
}

// Gives up what has been silent for longest, so that no more is followed than can be kept.
void Alignment::make_room() {
  while (recent_.size() > options_.conversations) {
    const std::uint64_t name = recent_.back();
    recent_.pop_back();
    const auto lane = lanes_.find(name);
    if (lane == lanes_.end())
      continue;
    close(lane->second);
    lane_by_observed_.erase(*lane->second.observed);
    lanes_.erase(lane);
  }
}

void Alignment::judge_order(Lane& lane, const Entry& entry, const Observed& observed) {
  if (!lane.furthest || entry->number > lane.furthest->number) {
    lane.furthest = entry;
    lane.frame = observed.frame;
    return;
  }
  if (entry->retransmission)
    return;
  Finding finding;
  finding.kind = Kind::message_order;
  finding.tolerated = !follows_from(*entry, *lane.furthest);
  finding.expected = "before " + short_name(*lane.furthest);
  finding.got = "after it, which is frame " + std::to_string(lane.frame);
  report(std::move(finding), entry.get(), &observed);
}

void Alignment::forget(Lane& lane, std::deque<Waiting>::iterator at) {
  lane.pending.erase(at);
  if (!expected_.head().every_conversation)
    --pending_;
}

void Alignment::settle(Lane& lane, std::deque<Waiting>::iterator at, const Observed& observed) {
  const Entry entry = at->entry;
  for (auto before = lane.pending.begin(); before != at; ++before)
    if (before->passed == 0)
      before->passed = observed.frame;
  forget(lane, at);
  ++counts_.compared;
  judge_order(lane, entry, observed);
  if (entry->retransmission)
    return;
  for (Finding& finding : compare_messages(*entry, observed, lane.bindings, rules_))
    report(std::move(finding), entry.get(), &observed);
}

Result<void> Alignment::add(const Observed& observed) {
  if (observed.periodic && observed.again)
    return {};
  if (expected_.head().every_conversation && !read_all_)
    KARPSPEC_CHECK(load_template());
  ++counts_.messages;
  KARPSPEC_TRY(lane, lane_of(observed));
  if (lane == nullptr) {
    Finding finding;
    finding.kind = Kind::message_unexpected;
    finding.expected = "no further conversation";
    finding.got = notation(observed);
    report(std::move(finding), nullptr, &observed);
    return {};
  }
  constexpr std::size_t look_further = 8;  // for one with the same payloads
  for (std::size_t further = 0;;) {
    if (const auto found = find(*lane, observed); found != lane->pending.end()) {
      if (!observed.again && further < look_further && (*found).entry->parts != observed.parts &&
          pending_ < options_.window) {
        ++further;
        KARPSPEC_TRY(more, read_ahead());
        if (more)
          continue;
      }
      settle(*lane, find(*lane, observed), observed);
      return {};
    }
    // A copy need not be expected, and if it is, then not far from here.
    if ((observed.again && ++further > look_further) || pending_ >= options_.window)
      break;
    KARPSPEC_TRY(more, read_ahead());
    if (!more)
      break;
  }
  if (observed.again) {
    Finding finding;
    finding.kind = Kind::retransmission;
    finding.tolerated = true;
    finding.expected = "no copy";
    finding.got = "the same message again";
    report(std::move(finding), nullptr, &observed);
    return {};
  }
  lane->unmatched.push_back(observed);
  // Rather say now what can be said than keep all that does not fit.
  if (lane->unmatched.size() >= options_.window || pending_ >= options_.window)
    close(*lane);
  return {};
}

void Alignment::close(Lane& lane) {
  for (const Observed& observed : lane.unmatched) {
    auto best = lane.pending.end();
    int most = 0;
    for (auto at = lane.pending.begin(); at != lane.pending.end(); ++at) {
      if (at->entry->retransmission)
        continue;
      if (const int score = likeness(*at->entry, observed); score > most) {
        most = score;
        best = at;
      }
    }
    if (best != lane.pending.end()) {
      const Entry entry = best->entry;
      forget(lane, best);
      ++counts_.compared;
      if (entry->association != observed.association) {
        Finding finding;
        finding.expected = "IKE SA " + std::to_string(entry->association);
        finding.got = "IKE SA " + std::to_string(observed.association);
        finding.field = finding.payload = "HDR";
        report(std::move(finding), entry.get(), &observed);
      }
      for (Finding& finding : compare_messages(*entry, observed, lane.bindings, rules_))
        report(std::move(finding), entry.get(), &observed);
      continue;
    }
    Finding finding;
    finding.kind = Kind::message_unexpected;
    finding.expected = "no further message";
    finding.got = notation(observed);
    report(std::move(finding), nullptr, &observed);
  }
  lane.unmatched.clear();
  while (!lane.pending.empty()) {
    const auto [entry, passed] = lane.pending.front();
    forget(lane, lane.pending.begin());
    if (entry->optional)
      continue;
    Finding finding;
    finding.kind = entry->retransmission ? Kind::retransmission : Kind::message_missing;
    finding.tolerated = entry->retransmission;
    finding.expected = entry->text;
    finding.got = entry->retransmission ? "no copy" : "nothing";
    // It is shown where it should have come.
    report(std::move(finding), entry.get(), nullptr, passed == 0 ? UINT64_MAX : passed);
  }
}

Result<void> Alignment::finish() {
  if (expected_.head().every_conversation && !read_all_)
    KARPSPEC_CHECK(load_template());
  for (auto& [name, lane] : lanes_)
    close(lane);
  if (expected_.head().every_conversation && counts_.conversations == 0) {
    for (const Entry& entry : pattern_)
      lanes_[0].pending.push_back({entry});
    close(lanes_[0]);
  }
  for (;;) {
    lanes_.clear();
    KARPSPEC_TRY(more, read_ahead());
    if (!more)
      return {};
    for (auto& [name, lane] : lanes_)
      close(lane);
  }
}

std::vector<Finding> Alignment::findings() const {
  std::vector<const Kept*> order;
  for (const Kept& kept : findings_)
    order.push_back(&kept);
  std::ranges::stable_sort(order, [](const Kept* a, const Kept* b) {
    if (a->finding.tolerated != b->finding.tolerated)
      return !a->finding.tolerated;
    if (a->frame != b->frame)
      return a->frame < b->frame;
    // What is missing or out of order explains the rest.
    if (a->finding.message != b->finding.message)
      return a->finding.message < b->finding.message;
    return a->order < b->order;
  });
  std::vector<Finding> out;
  for (const Kept* kept : order)
    out.push_back(kept->finding);
  return out;
}

}  // namespace karpspec::transcript
