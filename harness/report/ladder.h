#pragma once

#include <string>
#include <vector>

#include "verdict/result.h"

namespace karpspec::report {

// A ladder diagram of TEST's exchange as inline SVG: the tester on the left, the device on the
// right, time running down; what was asked of the device or looked at beside the messages is
// written across, and what did not fit stands below the last of them. Empty for an empty exchange.
// Colours are those of the page: classes of <g> are `out`, `in`, `note` and `bad`.
[[nodiscard]] std::string ladder_svg(const verdict::TestResult& test);

// A line of TestResult::exchange, taken apart.
struct ExchangeLine {
  enum class Way { to_device, to_tester, note } way = Way::note;
  std::string time;  // "0.002s"; empty for a note
  std::string text;  // "IKE_AUTH request, id 1 {IDi, AUTH, SAi2, TSi, TSr}"
};
// "TIME  tester -> device  TEXT", "TIME  device -> tester  TEXT", or a note in any other form.
[[nodiscard]] ExchangeLine parse_exchange_line(std::string_view line);

}  // namespace karpspec::report
