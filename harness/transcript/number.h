#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace karpspec::transcript {

// TEXT without the blanks around it.
[[nodiscard]] inline std::string trim(std::string_view text) {
  const auto from = text.find_first_not_of(' ');
  if (from == std::string_view::npos)
    return {};
  return std::string(text.substr(from, text.find_last_not_of(' ') - from + 1));
}

// A whole text as an unsigned number, decimal or 0x.
[[nodiscard]] inline std::optional<std::uint64_t> read_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || code != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

}  // namespace karpspec::transcript
