#pragma once

#include <charconv>
#include <concepts>

#include "base/text.h"
#include "base/time.h"

// Numbers at the end of a text that is being written, without a text of their own.
namespace karpspec {

// NUMBER in decimal.
template <std::integral T>
void append_decimal(Text& out, T number) {
  static_assert(sizeof(T) <= 8);
  constexpr std::size_t most = 20;  // characters
  const std::size_t size = out.size();
  char* const at = out.room(most);
  out.cut(size + static_cast<std::size_t>(std::to_chars(at, at + most, number).ptr - at));
}

// TIME, which is not negative, in seconds with six decimals: "1767225601.994000".
inline void append_seconds(Text& out, Duration time) {
  constexpr std::int64_t second = 1'000'000;
  append_decimal(out, time.count() / second);
  const std::size_t point = out.size();
  // Counted from a second on, so that the leading zeros are there: its 1 becomes the point.
  append_decimal(out, second + time.count() % second);
  out.at(point) = '.';
}

}  // namespace karpspec
