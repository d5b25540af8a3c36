#include "transcript/each_conversation.h"

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/workers.h"

namespace karpspec::transcript {
namespace {

// Steps that are handed over together: to compare one takes less than to wake somebody.
constexpr std::size_t batch = 32;
// Of each thread. A thread that falls behind has no more than these to do.
constexpr std::size_t parts_of_a_thread = 4;
constexpr std::size_t batches_of_a_thread = 16;

}  // namespace

// A message of a conversation; or, without one, its end.
struct EachConversation::Step {
  std::uint64_t number = 0;
  std::uint64_t conversation = 0;
  std::unique_ptr<Unopened> message;
};

// A batch is filled again and again, step by step: so who makes the messages frees them too, each
// as the next one comes, and what they open to is made, compared and freed by one thread. To free
// for another thread, or many at once, takes longer. Those that are taken are filled in turn, so
// that none keeps for long what its messages know.
struct EachConversation::Batch {
  std::vector<Step> steps;
  std::size_t size = 0;  // those behind are of an earlier use

  void put(Step step) {
    if (size < steps.size())
      steps[size] = std::move(step);
    else
      steps.push_back(std::move(step));
    ++size;
  }
};

struct EachConversation::Common {
  Batch empty_batch();
  void expect_pattern(Lane& lane) const;

  std::vector<ExpectedMessage> pattern;
  ComparisonRules rules;
  std::size_t most_unmatched = 0;  // of a conversation
  Workers* workers = nullptr;
  std::size_t most_handed_over = 0;
  std::atomic<std::size_t> handed_over{0};  // steps that are not taken yet
  std::mutex mutex;
  std::deque<Batch> taken;
};

EachConversation::Batch EachConversation::Common::empty_batch() {
  Batch out;
  const std::lock_guard lock(mutex);
  if (taken.empty()) {
    out.steps.reserve(batch);
  } else {
    out = std::move(taken.front());
    taken.pop_front();
  }
  out.size = 0;
  return out;
}

// Shared by nobody, who would be counted by all threads at each other's expense.
void EachConversation::Common::expect_pattern(Lane& lane) const {
  for (const ExpectedMessage& entry : pattern)
    lane.expect(Lane::Entry(Lane::Entry(), &entry));
}

// Some of the conversations. Their steps are taken by one thread at a time.
struct EachConversation::Part {
  Part(std::shared_ptr<Common> of, std::size_t most_findings)
      : common(std::move(of)), findings(most_findings) {}

  void take(Step& step);
  Lane& lane_of(std::uint64_t conversation);
  void close(std::uint64_t conversation);
  void take_batch();
  static void go_on(const std::shared_ptr<Part>& part);

  std::shared_ptr<Common> common;
  FindingList findings;
  std::map<std::uint64_t, Lane> lanes;

  Batch collected;  // and not handed over; known to nobody but who hands over
  std::mutex mutex;
  std::deque<Batch> batches;
  bool busy = false;  // somebody takes them, or is to
};

void EachConversation::Part::take(Step& step) {
  findings.begin_step(step.number);
  if (!step.message) {
    close(step.conversation);
    return;
  }
  auto observed = step.message->open();
  if (!observed || is_told_again(*observed))
    return;
  ++findings.counts().messages;
  Lane& lane = lane_of(step.conversation);
  if (lane.take(*observed))
    return;
  lane.keep(*std::move(observed));
  // Rather say now what can be said than keep all that does not fit.
  if (lane.unmatched() >= common->most_unmatched)
    lane.close();
}

Lane& EachConversation::Part::lane_of(std::uint64_t conversation) {
  const auto [at, fresh] = lanes.try_emplace(conversation, common->rules, findings);
  if (fresh) {
    ++findings.counts().conversations;
    common->expect_pattern(at->second);
  }
  return at->second;
}

// One of which nothing was opened is none.
void EachConversation::Part::close(std::uint64_t conversation) {
  const auto at = lanes.find(conversation);
  if (at == lanes.end())
    return;
  at->second.close();
  lanes.erase(at);
}

void EachConversation::Part::take_batch() {
  Batch next;
  {
    const std::lock_guard lock(mutex);
    next = std::move(batches.front());
    batches.pop_front();
  }
  const std::size_t size = next.size;
  for (std::size_t i = 0; i < size; ++i)
    take(next.steps[i]);
  {
    const std::lock_guard lock(common->mutex);
    common->taken.push_back(std::move(next));
  }
  common->handed_over -= size;
}

void EachConversation::Part::go_on(const std::shared_ptr<Part>& part) {
  part->common->workers->give([part] {
    part->take_batch();
    {
      const std::lock_guard lock(part->mutex);
      part->busy = !part->batches.empty();
      if (!part->busy)
        return;
    }
    go_on(part);
  });
}

EachConversation::EachConversation(std::vector<ExpectedMessage> pattern, const Options& options)
    : most_conversations_(options.conversations), common_(std::make_shared<Common>()) {
  common_->pattern = std::move(pattern);
  common_->rules = options.rules;
  common_->most_unmatched = options.most_unmatched;
  std::size_t parts = 1;
  if (options.workers != nullptr && options.workers->threads() > 0) {
    common_->workers = options.workers;
    const std::size_t threads = options.workers->threads() + 1;
    parts = threads * parts_of_a_thread;
    common_->most_handed_over = threads * batches_of_a_thread * batch;
  }
  for (std::size_t i = 0; i < parts; ++i)
    parts_.push_back(std::make_shared<Part>(common_, options.most_findings));
}

void EachConversation::put(Step step) {
  step.number = ++steps_;
  const std::shared_ptr<Part>& part = parts_[step.conversation % parts_.size()];
  if (common_->workers == nullptr)
    return part->take(step);
  if (part->collected.size == 0)
    part->collected = common_->empty_batch();
  part->collected.put(std::move(step));
  if (part->collected.size >= batch)
    hand_over(part);
}

void EachConversation::hand_over(const std::shared_ptr<Part>& part) {
  if (part->collected.size == 0)
    return;
  common_->handed_over += part->collected.size;
  bool rested = false;
  {
    const std::lock_guard lock(part->mutex);
    part->batches.push_back(std::exchange(part->collected, {}));
    rested = !std::exchange(part->busy, true);
  }
  if (rested)
    Part::go_on(part);
  if (common_->handed_over > common_->most_handed_over)
    common_->workers->wait_until([&] { return common_->handed_over <= common_->most_handed_over; });
}

void EachConversation::add(std::uint64_t conversation, std::unique_ptr<Unopened> message) {
  if (const auto known = known_.find(conversation); known != known_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second);
  } else {
    recent_.push_front(conversation);
    known_[conversation] = recent_.begin();
    // What has been silent for longest is given up, so that no more is followed than can be kept.
    if (recent_.size() > most_conversations_) {
      const std::uint64_t oldest = recent_.back();
      recent_.pop_back();
      known_.erase(oldest);
      put({0, oldest, nullptr});
    }
  }
  put({0, conversation, std::move(message)});
}

void EachConversation::settle() {
  if (common_->workers == nullptr)
    return;
  for (const auto& part : parts_)
    hand_over(part);
  common_->workers->wait_until([&] { return common_->handed_over == 0; });
}

FindingList EachConversation::finish() {
  for (const auto& [conversation, used] : known_)
    put({0, conversation, nullptr});
  settle();
  FindingList out = std::move(parts_.front()->findings);
  for (std::size_t i = 1; i < parts_.size(); ++i)
    out.add(std::move(parts_[i]->findings));
  // Where there was none, all of one is missing.
  if (out.counts().conversations == 0) {
    Lane none(common_->rules, out);
    common_->expect_pattern(none);
    none.close();
  }
  return out;
}

}  // namespace karpspec::transcript
