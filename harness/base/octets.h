#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace karpspec {

class Text;

using Octets = std::vector<std::uint8_t>;
using OctetView = std::span<const std::uint8_t>;

// Half of a SHA-256 as numbers, which many octets are told apart by in memory; crypto::half_digest.
using HalfDigest = std::array<std::uint64_t, 2>;

// Lower-case hexadecimal, two digits an octet.
[[nodiscard]] std::string to_hex(OctetView octets);
// The same at the end of OUT.
void append_hex(Text& out, OctetView octets);
// Reads hexadecimal digits in pairs; white space and colons between pairs are skipped, a leading
// "0x" too. Errors: bad_value, with the index of the offending character.
[[nodiscard]] Result<Octets> from_hex(std::string_view text);
// The octets of a text, as they stand.
[[nodiscard]] Octets octets_of(std::string_view text);

// The whole of them as a number, the highest octet first; of more than eight the last eight.
[[nodiscard]] inline std::uint64_t unsigned_from(OctetView octets) {
  std::uint64_t out = 0;
  for (const std::uint8_t octet : octets)
    out = out << 8 | octet;
  return out;
}

// A number's octets, the highest first, as many as its type has.
template <std::unsigned_integral Number>
[[nodiscard]] constexpr std::array<std::uint8_t, sizeof(Number)> big_endian(Number number) {
  std::array<std::uint8_t, sizeof(Number)> octets{};
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    octets[i] = static_cast<std::uint8_t>(number >> 8 * (sizeof(Number) - 1 - i));
  return octets;
}
template <std::unsigned_integral Number>
[[nodiscard]] Octets octets_of(Number number) {
  const auto octets = big_endian(number);
  return {octets.begin(), octets.end()};
}

inline void append(Octets& to, OctetView more) {
  to.insert(to.end(), more.begin(), more.end());
}
// The parts one after the other, written "|" in RFC 5996.
[[nodiscard]] Octets concat(std::initializer_list<OctetView> parts);

}  // namespace karpspec
