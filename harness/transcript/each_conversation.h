#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "transcript/lane.h"
#include "transcript/unopened.h"

namespace karpspec {
class Workers;
}

namespace karpspec::transcript {

// Holds each conversation of a capture against the same pattern. No conversation knows of another
// one, so that they are opened and compared side by side; each wholly in one part, in order. For
// the room's own use.
class EachConversation {
 public:
  struct Options {
    ComparisonRules rules;
    // That are followed at once, those too of which nothing is whole so far.
    std::size_t conversations = 0;
    std::size_t most_unmatched = 0;  // messages of a conversation that are kept
    std::size_t most_findings = 0;
    Workers* workers = nullptr;  // outlive this object; without, add() opens and compares
  };
  EachConversation(std::vector<ExpectedMessage> pattern, const Options& options);

  void add(std::uint64_t conversation, std::unique_ptr<Unopened> message);
  // Returns when all that was added is opened.
  void settle();
  // The capture has ended. What was found in all of it.
  [[nodiscard]] FindingList finish();

 private:
  struct Step;
  struct Batch;
  struct Part;
  struct Common;

  void put(Step step);
  void hand_over(const std::shared_ptr<Part>& part);

  std::size_t most_conversations_;
  std::shared_ptr<Common> common_;
  std::vector<std::shared_ptr<Part>> parts_;
  std::list<std::uint64_t> recent_;  // conversations, the last used in front
  std::map<std::uint64_t, std::list<std::uint64_t>::iterator> known_;
  std::uint64_t steps_ = 0;
};

}  // namespace karpspec::transcript
