#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture/reader.h"
#include "oracle/rpauth/checker.h"
#include "report/run_results.h"

// Packets of OSPFv2 and RIPv2 in `karpspec decode`: how they are authenticated, and, with the keys
// of a key table, whether each of them is authentic.
namespace karpspec::cli {

// One after the other, in memory that does not grow with the capture.
class RoutingPackets {
 public:
  explicit RoutingPackets(std::optional<oracle::rpauth::Checker> checker)
      : checker_(std::move(checker)) {}

  struct Shown {
    std::string text;  // lines, each with its end
    report::Json json;
  };
  // FRAME has a packet of OSPFv2 or RIPv2.
  [[nodiscard]] Shown show(const capture::Frame& frame);

  [[nodiscard]] std::uint64_t shown() const { return shown_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  // How many of each there were, and the first that was refused, a sentence each.
  [[nodiscard]] std::vector<std::string> summary(const std::string& capture) const;

 private:
  void judge(const oracle::rpauth::Judgement& judgement, const capture::Frame& frame, Shown& shown);

  std::optional<oracle::rpauth::Checker> checker_;
  std::uint64_t shown_ = 0, accepted_ = 0, refused_ = 0, unprotected_ = 0;
  std::string first_refused_;
};

}  // namespace karpspec::cli
