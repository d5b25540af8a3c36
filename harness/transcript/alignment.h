#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "transcript/each_conversation.h"
#include "transcript/lane.h"

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
    Workers* workers = nullptr;        // open and compare too; they outlive this object
  };
  Alignment(TranscriptReader& expected, const Options& options);
  Alignment(const Alignment&) = delete;
  Alignment& operator=(const Alignment&) = delete;
  ~Alignment();

  // Errors: those of reading the transcript.
  [[nodiscard]] Result<void> add(Observed observed);
  // The same for one of CONVERSATION that is still to be opened, which workers may do until
  // settle() or finish(). A copy of an advertisement, or what opens to nothing, is passed over.
  [[nodiscard]] Result<void> add(std::uint64_t conversation, std::unique_ptr<Unopened> message);
  // Returns when all that was added is opened.
  void settle();
  // The capture has ended: what was not seen until now is missing.
  [[nodiscard]] Result<void> finish();

  // What was found until finish(); the same whoever else has worked.
  [[nodiscard]] std::vector<Finding> findings() const { return findings_.in_order(); }
  using Counts = FindingList::Counts;
  [[nodiscard]] const Counts& counts() const { return findings_.counts(); }

 private:
  struct Followed {
    Lane lane;
    std::optional<std::uint64_t> observed;    // the capture's conversation that it is
    std::list<std::uint64_t>::iterator used;  // in recent_, where it is the capture's
  };

  Result<void> begin_each();
  Result<void> add_next(Observed observed);
  // One more entry of the transcript. Whether there was one.
  Result<bool> read_ahead();
  Result<Lane*> lane_of(const Observed& observed);
  void close(Lane& lane);
  void make_room();

  TranscriptReader& expected_;
  Options options_;
  ComparisonRules rules_;
  FindingList findings_;
  std::optional<EachConversation> each_;     // where every conversation is to go like the same
  std::map<std::uint64_t, Followed> lanes_;  // by the transcript's conversation
  std::map<std::uint64_t, std::uint64_t> lane_by_observed_;
  std::list<std::uint64_t> recent_;  // lanes, the last used in front
  std::size_t pending_ = 0;          // entries in all lanes
  bool read_all_ = false;
};

}  // namespace karpspec::transcript
