#include "base/octets.h"

#include <cctype>

#include "base/text.h"

namespace karpspec {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

// Two characters an octet.
void write_hex(char* to, OctetView octets) {
  constexpr char digits[] = "0123456789abcdef";
  for (const std::uint8_t octet : octets) {
    *to++ = digits[octet >> 4];
    *to++ = digits[octet & 15];
  }
}

}  // namespace

std::string to_hex(OctetView octets) {
  std::string text(octets.size() * 2, '\0');
  write_hex(text.data(), octets);
  return text;
}

void append_hex(Text& out, OctetView octets) {
  write_hex(out.room(octets.size() * 2), octets);
}

Result<Octets> from_hex(std::string_view text) {
  Octets octets;
  std::size_t i = text.substr(0, 2) == "0x" ? 2 : 0;
  int high = -1;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (high < 0 && (c == ':' || std::isspace(static_cast<unsigned char>(c)) != 0))
      continue;
    const int digit = hex_digit(c);
    if (digit < 0)
      return fail(ErrorCode::bad_value, "not a hexadecimal digit", i);
    if (high < 0) {
      high = digit;
    } else {
      octets.push_back(static_cast<std::uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  if (high >= 0)
    return fail(ErrorCode::bad_value, "odd number of hexadecimal digits", text.size());
  return octets;
}

Octets octets_of(std::string_view text) {
  return {text.begin(), text.end()};
}

Octets concat(std::initializer_list<OctetView> parts) {
  Octets all;
  std::size_t size = 0;
  for (OctetView part : parts)
    size += part.size();
  all.reserve(size);
  for (OctetView part : parts)
    append(all, part);
  return all;
}

}  // namespace karpspec
