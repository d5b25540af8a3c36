#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <string>

#include "base/time.h"

// Numbers at the end of a text that is being written, without a text of their own.
namespace karpspec {

// NUMBER in decimal.
template <std::integral T>
void append_decimal(std::string& out, T number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

// TIME, which is not negative, in seconds with six decimals: "1767225601.994000".
inline void append_seconds(std::string& out, Duration time) {
  constexpr std::int64_t second = 1'000'000;
  append_decimal(out, time.count() / second);
  const std::size_t point = out.size();
  // Counted from a second on, so that the leading zeros are there: its 1 becomes the point.
  append_decimal(out, second + time.count() % second);
  out[point] = '.';
}

}  // namespace karpspec
