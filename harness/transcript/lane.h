#pragma once

#include <deque>
#include <memory>

#include "transcript/finding_list.h"
#include "transcript/message_comparison.h"

namespace karpspec::transcript {

// What is expected of one conversation, and what is known of it. For the room's own use.
class Lane {
 public:
  using Entry = std::shared_ptr<const ExpectedMessage>;

  // Both outlive this object.
  Lane(const ComparisonRules& rules, FindingList& findings) : rules_(rules), findings_(findings) {}

  void expect(Entry entry) { pending_.push_back({std::move(entry)}); }
  // Entries that nothing took the place of.
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }
  // Messages that took no entry's place.
  [[nodiscard]] std::size_t unmatched() const { return unmatched_.size(); }

  // The entry whose place OBSERVED takes, or nullptr.
  [[nodiscard]] const ExpectedMessage* find(const Observed& observed) const;
  // Whether there is one that is like it.
  [[nodiscard]] bool has_like(const Observed& observed) const;
  // Compares OBSERVED with the entry that find() gives, which is then no longer expected. Whether
  // there is one.
  bool take(const Observed& observed);
  // Keeps OBSERVED, which takes no entry's place.
  void keep(Observed observed);
  // Pairs what is left of both sides, and reports what has no counterpart.
  void close();

 private:
  struct Waiting {
    Entry entry;
    std::uint64_t passed = 0;  // the frame of the first message that was seen and comes after it
  };
  using Place = std::deque<Waiting>::const_iterator;

  // Whether ENTRY can be what OBSERVED is, as far as can be said before the two are compared.
  [[nodiscard]] bool may_be(const ExpectedMessage& entry, const Observed& observed) const;
  [[nodiscard]] Place place_of(const Observed& observed) const;
  void compare(const Entry& entry, const Observed& observed);
  void judge_order(const Entry& entry, const Observed& observed);

  const ComparisonRules& rules_;
  FindingList& findings_;
  std::deque<Waiting> pending_;
  std::deque<Observed> unmatched_;
  Bindings bindings_;
  Entry furthest_;           // the last entry that was seen
  std::uint64_t frame_ = 0;  // in which that was
};

}  // namespace karpspec::transcript
