#pragma once

#include <algorithm>
#include <string_view>

namespace karpspec {

// What has no place in a name or a message of one line: C0 controls and DEL of ASCII.
[[nodiscard]] inline bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
[[nodiscard]] inline bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

}  // namespace karpspec
