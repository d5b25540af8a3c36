#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace karpspec::keytable {

// LocalKeyName and PeerKeyName of protocols that number their keys: decimal, or hexadecimal after
// 0x; leading zeros do not count. Nothing where TEXT is no such number, or does not fit 64 bits.
[[nodiscard]] std::optional<std::uint64_t> key_number(std::string_view text);
// The one way to write a name: a number in decimal, anything else as it stands.
[[nodiscard]] std::string canonical_key_name(std::string_view text);
// Numbers by their value, before other names, which stand in the order of their octets.
[[nodiscard]] std::strong_ordering compare_key_names(std::string_view a, std::string_view b);

}  // namespace karpspec::keytable
