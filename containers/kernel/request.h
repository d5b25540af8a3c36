#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "wire/ip_address.h"

// What the agent is asked: a line of words between single spaces. The adapter of the harness writes
// it, and still nothing here is believed before it is checked.
namespace karpspec::agent {

// Longer lines are refused unread. The largest one carries the data of a `send` in hexadecimal.
inline constexpr std::size_t longest_line = 64U << 10U;
inline constexpr std::size_t most_words = 16;

// Errors: bad_length for a line that is too long, bad_value for one that is empty, has more than
// most_words words, or anything but printable ASCII between single spaces.
[[nodiscard]] Result<std::vector<std::string>> words_of(std::string_view line);

// Decimal, without sign or leading zeros. Errors: bad_value.
[[nodiscard]] Result<unsigned> number_of(std::string_view word, unsigned most);
[[nodiscard]] Result<std::uint8_t> octet_of(std::string_view word);
[[nodiscard]] Result<std::uint16_t> port_of(std::string_view word);  // 0: any
// Hexadecimal digits in pairs, "-" for none. Errors: bad_value; bad_length for more than MOST
// octets.
[[nodiscard]] Result<Octets> hex_of(std::string_view word, std::size_t most);

// The addresses that one end of a connection may have.
struct Prefix {
  wire::IpAddress address;  // octets beyond the prefix are zero; neither of both: any address
  std::uint8_t length = 0;  // bits
  [[nodiscard]] bool any() const { return address.octets().empty(); }
  [[nodiscard]] bool contains(const wire::IpAddress& other) const;
  [[nodiscard]] bool overlaps(const Prefix& other) const;
};
// "any" (of both families), "192.0.2.1", "192.0.2.0/24", "::/0". Errors: bad_value; also for octets
// beyond the prefix that are not zero.
[[nodiscard]] Result<Prefix> prefix_of(std::string_view word);
[[nodiscard]] std::string to_text(const Prefix& prefix);

}  // namespace karpspec::agent
