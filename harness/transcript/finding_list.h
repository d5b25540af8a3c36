#pragma once

#include <cstdint>
#include <vector>

#include "transcript/finding.h"
#include "transcript/observed.h"
#include "transcript/transcript_file.h"

namespace karpspec::transcript {

// What is found while a capture is held against a transcript: all of it is counted, the first MOST
// are kept. What was found in parts side by side is, put together, what one would have found that
// takes all steps in turn.
class FindingList {
 public:
  struct Counts {
    std::uint64_t messages = 0;     // of the capture, advertisements once
    std::uint64_t compared = 0;     // with an entry
    std::uint64_t differences = 0;  // findings that are not tolerated, those not kept too
    std::uint64_t notes = 0;        // tolerated
    std::uint64_t not_opened = 0;
    std::uint64_t conversations = 0;
  };
  explicit FindingList(std::size_t most) : most_(most) {}

  // Which step of the comparison follows; they rise, and each is taken in one list only.
  void begin_step(std::uint64_t number) { step_ = number; }
  // Either of ENTRY and OBSERVED may be missing; then BEFORE is the frame that it is shown before.
  void report(Finding finding, const ExpectedMessage* entry, const Observed* observed,
              std::uint64_t before = 0);
  // Takes over what PART has found.
  void add(FindingList&& part);

  [[nodiscard]] Counts& counts() { return counts_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  // In the order of the capture; what is missing stands before the message that came next.
  [[nodiscard]] std::vector<Finding> in_order() const;

 private:
  struct Kept {
    Finding finding;
    std::uint64_t frame = 0;
    std::uint64_t step = 0;
  };
  std::size_t most_;
  std::uint64_t step_ = 0;
  std::vector<Kept> kept_;  // by step
  Counts counts_;
};

}  // namespace karpspec::transcript
