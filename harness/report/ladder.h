#pragma once

#include <string>
#include <vector>

namespace karpspec::report {

// A ladder diagram of an exchange as inline SVG: the tester on the left, the device on the right.
// A line is "TIME --> TEXT" for what the tester sent, "TIME <-- TEXT" for what it received; any
// other line is written across. Empty for an empty exchange. Text is escaped.
[[nodiscard]] std::string ladder_svg(const std::vector<std::string>& exchange);

// For XML and HTML text and attributes.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace karpspec::report
