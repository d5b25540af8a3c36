#pragma once

#include <optional>
#include <string>

#include "capture/reader.h"
#include "oracle/tcpao/checker.h"
#include "report/run_results.h"

// TCP segments in `karpspec decode`: their options in words, and, with the keys of a key table,
// whether each of them is authentic.
namespace karpspec::cli {

// One after the other, in memory that does not grow with the capture.
class Segments {
 public:
  explicit Segments(std::optional<oracle::tcpao::Checker> checker) : checker_(std::move(checker)) {}

  // What there is to show of a segment; nothing of one that neither has an option that
  // authenticates it, nor belongs to a routing protocol, nor should have such an option.
  struct Shown {
    std::string text;  // lines, each with its end
    report::Json json;
  };
  [[nodiscard]] std::optional<Shown> show(const capture::Frame& frame);

  [[nodiscard]] std::uint64_t shown() const { return shown_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  // There were segments, and none of them could be judged.
  [[nodiscard]] bool judged_none() const {
    return checker_ && accepted_ + refused_ == 0 && no_handshake_ > 0;
  }
  // How many of each there were, and the first that was refused, a sentence each.
  [[nodiscard]] std::vector<std::string> summary(const std::string& capture) const;

 private:
  std::optional<oracle::tcpao::Checker> checker_;
  std::uint64_t shown_ = 0, accepted_ = 0, refused_ = 0, no_handshake_ = 0;
  std::string first_refused_;
};

}  // namespace karpspec::cli
