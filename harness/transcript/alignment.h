#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transcript/message_comparison.h"

namespace karpspec::transcript {

// Holds the messages of a capture, as they come, against a transcript.
//
// A message is looked for by its place in its conversation (IKE SA, sender, whether it answers,
// message ID), not by its position in the file: messages of other conversations may lie between,
// and what UDP reorders or repeats is understood. Of both files only a window is kept, so that
// memory does not grow with them; what has no counterpart in the window is missing, or unexpected.
class Alignment {
 public:
  struct Options {
    wire::CodePoints numbers;
    std::size_t window = 1024;         // entries of the transcript that are kept
    std::size_t conversations = 1024;  // conversations of the capture that are followed at once
    std::size_t most_findings = 1000;  // that are kept; all are counted
  };
  Alignment(TranscriptReader& expected, const Options& options);
  ~Alignment();

  // Errors: those of reading the transcript.
  [[nodiscard]] Result<void> add(const Observed& observed);
  // The capture has ended: what was not seen until now is missing.
  [[nodiscard]] Result<void> finish();

  // In the order of the capture; what is missing stands before the message that came next.
  [[nodiscard]] std::vector<Finding> findings() const;
  struct Counts {
    std::uint64_t messages = 0;     // of the capture, advertisements once
    std::uint64_t compared = 0;     // with an entry
    std::uint64_t differences = 0;  // findings that are not tolerated, those not kept too
    std::uint64_t notes = 0;        // tolerated
    std::uint64_t not_opened = 0;
    std::uint64_t conversations = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  using Entry = std::shared_ptr<const ExpectedMessage>;
  // What is expected of one conversation, and what is known of it.
  struct Waiting {
    Entry entry;
    std::uint64_t passed = 0;  // the frame of the first message that was seen and comes after it
  };
  struct Lane {
    std::deque<Waiting> pending;
    std::deque<Observed> unmatched;
    Bindings bindings;
    std::optional<std::uint64_t> observed;    // the capture's conversation that it is
    Entry furthest;                           // the last entry that was seen
    std::uint64_t frame = 0;                  // in which that was
    std::list<std::uint64_t>::iterator used;  // in recent_, where it is the capture's
  };
  using Lanes = std::map<std::uint64_t, Lane>;

  Result<void> load_template();
  // One more entry of the transcript. Whether there was one.
  Result<bool> read_ahead();
  Result<Lane*> lane_of(const Observed& observed);
  [[nodiscard]] static bool may_be(const Lane& lane, const ExpectedMessage& entry,
                                   const Observed& observed);
  std::deque<Waiting>::iterator find(Lane& lane, const Observed& observed);
  void settle(Lane& lane, std::deque<Waiting>::iterator at, const Observed& observed);
  void judge_order(Lane& lane, const Entry& entry, const Observed& observed);
  void forget(Lane& lane, std::deque<Waiting>::iterator at);
  // Pairs what is left of both sides, and reports what has no counterpart.
  void close(Lane& lane);
  void make_room();
  void report(Finding finding, const ExpectedMessage* entry, const Observed* observed,
              std::uint64_t before = 0);

  TranscriptReader& expected_;
  Options options_;
  ComparisonRules rules_;
  Lanes lanes_;  // by the transcript's conversation; where each is the same, by the capture's
  std::map<std::uint64_t, std::uint64_t> lane_by_observed_;
  std::list<std::uint64_t> recent_;  // lanes, the last used in front
  std::vector<Entry> pattern_;       // where every conversation is to go like that
  std::size_t pending_ = 0;
  bool read_all_ = false;
  struct Kept {
    Finding finding;
    std::uint64_t frame = 0;
    std::size_t order = 0;
  };
  std::vector<Kept> findings_;
  Counts counts_;
};

}  // namespace karpspec::transcript
