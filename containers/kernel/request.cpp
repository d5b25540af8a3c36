#include "request.h"

#include <algorithm>
#include <charconv>

namespace karpspec::agent {
namespace {

tl::unexpected<Error> wrong(std::string_view word, const std::string& expected) {
  constexpr std::size_t shown = 60;
  return fail(ErrorCode::bad_value,
              "'" + std::string(word.substr(0, shown)) + "' is not " + expected);
}

bool same_bits(OctetView a, OctetView b, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
    return false;
  const unsigned mask = 0xff00U >> (bits % 8) & 0xffU;
  return mask == 0 || ((a[whole] ^ b[whole]) & mask) == 0;
}

}  // namespace

Result<std::vector<std::string>> words_of(std::string_view line) {
  if (line.size() > longest_line)
    return fail(ErrorCode::bad_length, "a line has at most " + std::to_string(longest_line) +
                                           " octets, this one " + std::to_string(line.size()));
  if (!std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }))
    return fail(ErrorCode::bad_value, "a line is printable ASCII");
  std::vector<std::string> words;
  for (;;) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end == 0)
      return fail(ErrorCode::bad_value, "an empty word");
    if (words.size() == most_words)
      return fail(ErrorCode::bad_value, "too many words");
    words.emplace_back(line.substr(0, end));
    if (end == line.size())
      return words;
    line.remove_prefix(end + 1);
  }
}

Result<unsigned> number_of(std::string_view word, unsigned most) {
  unsigned number = 0;
  const char* end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc{} || at != end || (word.size() > 1 && word[0] == '0') || number > most)
    return wrong(word, "a number from 0 to " + std::to_string(most));
  return number;
}

Result<std::uint8_t> octet_of(std::string_view word) {
  KARPSPEC_TRY(number, number_of(word, 255));
  return static_cast<std::uint8_t>(number);
}

Result<std::uint16_t> port_of(std::string_view word) {
  KARPSPEC_TRY(number, number_of(word, 65535));
  return static_cast<std::uint16_t>(number);
}

Result<Octets> hex_of(std::string_view word, std::size_t most) {
  if (word == "-")
    return Octets();
  if (word.size() > 2 * most)
    return fail(ErrorCode::bad_length, "at most " + std::to_string(most) + " octets");
  return from_hex(word);
}

bool Prefix::contains(const wire::IpAddress& other) const {
  return any() || (other.is_v4() == address.is_v4() && !other.octets().empty() &&
                   same_bits(address.octets(), other.octets(), length));
}

bool Prefix::overlaps(const Prefix& other) const {
  if (any() || other.any())
    return true;
  return address.is_v4() == other.address.is_v4() &&
         same_bits(address.octets(), other.address.octets(), std::min(length, other.length));
}

Result<Prefix> prefix_of(std::string_view word) {
  if (word == "any")
    return Prefix();
  const std::size_t slash = word.find('/');
  KARPSPEC_TRY(address, wire::IpAddress::from_text(word.substr(0, slash)));
  const unsigned bits = address.is_v4() ? 32 : 128;
  unsigned length = bits;
  if (slash != std::string_view::npos) {
    KARPSPEC_TRY(number, number_of(word.substr(slash + 1), bits));
    length = number;
  }
  for (unsigned bit = length; bit < bits; ++bit)
    if ((address.octets()[bit / 8] & (0x80U >> (bit % 8))) != 0)
      return wrong(word, "a prefix: octets beyond it are not zero");
  return Prefix{address, static_cast<std::uint8_t>(length)};
}

std::string to_text(const Prefix& prefix) {
  if (prefix.any())
    return "any";
  std::string text = prefix.address.to_text();
  if (prefix.length != (prefix.address.is_v4() ? 32 : 128))
    text += "/" + std::to_string(prefix.length);
  return text;
}

}  // namespace karpspec::agent
