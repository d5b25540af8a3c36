#include "keytable/key_name.h"

#include <charconv>

namespace karpspec::keytable {

std::optional<std::uint64_t> key_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::string canonical_key_name(std::string_view text) {
  const auto number = key_number(text);
  return number ? std::to_string(*number) : std::string(text);
}

std::strong_ordering compare_key_names(std::string_view a, std::string_view b) {
  const auto first = key_number(a), second = key_number(b);
  if (first && second)
    return *first <=> *second;
  if (first || second)
    return first ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.compare(b) <=> 0;
}

}  // namespace karpspec::keytable
