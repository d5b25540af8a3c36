#include "transcript/alignment.h"

#include <utility>

namespace karpspec::transcript {

Alignment::Alignment(TranscriptReader& expected, const Options& options)
    : expected_(expected), options_(options), findings_(options.most_findings) {
  rules_.all_fields = expected.head().all_fields;
  rules_.numbers = options.numbers;
}
Alignment::~Alignment() = default;

Result<void> Alignment::begin_each() {
  std::vector<ExpectedMessage> pattern;
  for (;;) {
    KARPSPEC_TRY(entry, expected_.next());
    if (!entry)
      break;
    if (pattern.size() >= options_.window)
      return fail(ErrorCode::bad_value,
                  "a transcript that every conversation is to go like has at most " +
                      std::to_string(options_.window) + " messages");
    pattern.push_back(*std::move(entry));
  }
  each_.emplace(std::move(pattern),
                EachConversation::Options{rules_, options_.conversations, options_.window,
                                          options_.most_findings, options_.workers});
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
  const auto [at, fresh] =
      lanes_.try_emplace(entry->conversation, Followed{Lane(rules_, findings_), {}, {}});
  at->second.lane.expect(std::make_shared<const ExpectedMessage>(*std::move(entry)));
  ++pending_;
  return true;
}

// The lane of OBSERVED's conversation; of one that comes for the first time the first free one in
// which such a message is expected.
Result<Lane*> Alignment::lane_of(const Observed& observed) {
  if (const auto known = lane_by_observed_.find(observed.conversation);
      known != lane_by_observed_.end()) {
    const auto followed = lanes_.find(known->second);
    if (followed != lanes_.end()) {
      recent_.splice(recent_.begin(), recent_, followed->second.used);
      return &followed->second.lane;
    }
  }
  const auto follow = [&](std::uint64_t name, Followed& followed) {
    followed.observed = observed.conversation;
    lane_by_observed_[observed.conversation] = name;
    recent_.push_front(name);
    followed.used = recent_.begin();
    ++findings_.counts().conversations;
    make_room();
    return &followed.lane;
  };
  for (;;) {
    for (auto& [name, followed] : lanes_)
      if (!followed.observed && followed.lane.find(observed) != nullptr)
        return follow(name, followed);
    if (pending_ >= options_.window)
      break;
    KARPSPEC_TRY(more, read_ahead());
    if (!more)
      break;
  }
  // One that does not begin as any of them, but much like it.
  for (auto& [name, followed] : lanes_)
    if (!followed.observed && followed.lane.has_like(observed))
      return follow(name, followed);
  return nullptr;
}

// Gives up what has been silent for longest, so that no more is followed than can be kept.
void Alignment::make_room() {
  while (recent_.size() > options_.conversations) {
    const std::uint64_t name = recent_.back();
    recent_.pop_back();
    const auto followed = lanes_.find(name);
    if (followed == lanes_.end())
      continue;
    close(followed->second.lane);
    lane_by_observed_.erase(*followed->second.observed);
    lanes_.erase(followed);
  }
}

void Alignment::close(Lane& lane) {
  pending_ -= lane.pending();
  lane.close();
}

Result<void> Alignment::add(std::uint64_t conversation, std::unique_ptr<Unopened> message) {
  if (!expected_.head().every_conversation) {
    auto observed = message->open();
    return observed ? add_next(*std::move(observed)) : Result<void>();
  }
  if (!each_)
    KARPSPEC_CHECK(begin_each());
  each_->add(conversation, std::move(message));
  return {};
}

Result<void> Alignment::add(Observed observed) {
  if (!expected_.head().every_conversation)
    return add_next(std::move(observed));
  const std::uint64_t conversation = observed.conversation;
  return add(conversation, opened(std::move(observed)));
}

void Alignment::settle() {
  if (each_)
    each_->settle();
}

// The next message of the capture, where it is the transcript that says which conversation is to go
// like what.
Result<void> Alignment::add_next(Observed observed) {
  if (is_told_again(observed))
    return {};
  ++findings_.counts().messages;
  KARPSPEC_TRY(lane, lane_of(observed));
  if (lane == nullptr) {
    Finding finding;
    finding.kind = Finding::Kind::message_unexpected;
    finding.expected = "no further conversation";
    finding.got = notation(observed);
    findings_.report(std::move(finding), nullptr, &observed);
    return {};
  }
  constexpr std::size_t look_further = 8;  // for one with the same payloads
  for (std::size_t further = 0;;) {
    if (const ExpectedMessage* found = lane->find(observed)) {
      if (!observed.again && further < look_further && found->parts != observed.parts &&
          pending_ < options_.window) {
        ++further;
        KARPSPEC_TRY(more, read_ahead());
        if (more)
          continue;
      }
      lane->take(observed);
      --pending_;
      return {};
    }
    // A copy need not be expected, and if it is, then not far from here.
    if ((observed.again && ++further > look_further) || pending_ >= options_.window)
      break;
    KARPSPEC_TRY(more, read_ahead());
    if (!more)
      break;
  }
  const bool again = observed.again;
  lane->keep(std::move(observed));
  // Rather say now what can be said than keep all that does not fit.
  if (!again && (lane->unmatched() >= options_.window || pending_ >= options_.window))
    close(*lane);
  return {};
}

Result<void> Alignment::finish() {
  if (expected_.head().every_conversation) {
    if (!each_)
      KARPSPEC_CHECK(begin_each());
    findings_.add(each_->finish());
    return {};
  }
  for (auto& [name, followed] : lanes_)
    close(followed.lane);
  for (;;) {
    lanes_.clear();
    KARPSPEC_TRY(more, read_ahead());
    if (!more)
      return {};
    for (auto& [name, followed] : lanes_)
      close(followed.lane);
  }
}

}  // namespace karpspec::transcript
