#pragma once

#include <string>
#include <vector>

#include "verdict/result.h"

namespace karpspec::report {

// A ladder diagram of TEST's exchange as inline SVG: the tester on the left, the device on the
// right, the tester's further routers between them, time running down; what goes to a group has a
// tip at everybody's line; what was asked of the device or looked at beside the messages is written
// across, and what did not fit stands below the last of them. Empty for an empty exchange.
// Colours are those of the page: classes of <g> are `out`, `in`, `note` and `bad`.
[[nodiscard]] std::string ladder_svg(const verdict::TestResult& test);
// The same of EXCHANGE between two others, whose names in it are LEFT_END's and RIGHT_END's; their
// labels stand above their lines.
struct LadderEnd {
  std::string name, label;
};
[[nodiscard]] std::string ladder_svg(const std::vector<std::string>& exchange,
                                     const LadderEnd& left_end, const LadderEnd& right_end);

// A line of TestResult::exchange, taken apart.
struct ExchangeLine {
  std::string time;      // "0.002s"; empty for a note
  std::string from, to;  // "tester", "device", "second", "group"; empty for a note
  std::string text;      // "IKE_AUTH request, id 1 {IDi, AUTH, SAi2, TSi, TSr}"

  [[nodiscard]] bool is_note() const { return from.empty(); }
};
// "TIME  tester -> device  TEXT", "TIME  device -> group  TEXT", or a note in any other form.
[[nodiscard]] ExchangeLine parse_exchange_line(std::string_view line);

}  // namespace karpspec::report
