#include "report/escape.h"

#include <cctype>
#include <cstdint>

namespace karpspec::report {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Octets of the UTF-8 sequence that TEXT begins with, 0 when it is none or no character of XML.
std::size_t sequence(std::string_view text) {
  const auto octet = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = octet(0);
  if (first < 0x80)
    return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size == 0 || first > 0xF4 || text.size() < size)
    return 0;
  std::uint32_t value = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(i) & 0xC0U) != 0x80)
      return 0;
    value = value << 6 | (octet(i) & 0x3FU);
  }
  // Overlong forms of two octets begin with C0 or C1, which went above.
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool no_character =
      (value >= 0xD800 && value < 0xE000) || value == 0xFFFE || value == 0xFFFF || value > 0x10FFFF;
  return overlong || no_character ? 0 : size;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = sequence(text);
    if (size == 0) {
      out += replacement;
      text.remove_prefix(1);
      continue;
    }
    switch (text.front()) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\n':
        // Kept apart from a space also where it stands in an attribute.
        out += "&#10;";
        break;
      default:
        out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

std::string as_uri(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string uri;
  for (const char c : path) {
    const auto octet = static_cast<unsigned char>(c);
    if (std::isalnum(octet) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += '%';
      uri += digits[octet >> 4];
      uri += digits[octet & 15];
    }
  }
  return uri;
}

}  // namespace karpspec::report
