#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace karpspec::keytable {

// The fields of a row, by the names of RFC 7210 section 2.
enum class Field : std::uint8_t {
  AdminKeyName,
  LocalKeyName,
  PeerKeyName,
  Peers,
  Interfaces,
  Protocol,
  ProtocolSpecificInfo,
  KDF,
  AlgID,
  Key,
  Direction,
  SendLifetimeStart,
  SendLifetimeEnd,
  AcceptLifetimeStart,
  AcceptLifetimeEnd,
};
inline constexpr std::size_t field_count = 15;
using FieldSet = std::bitset<field_count>;

[[nodiscard]] const char* to_string(Field field);
// By exact name.
[[nodiscard]] std::optional<Field> field_from(std::string_view name);
[[nodiscard]] std::vector<std::string> field_names();

}  // namespace karpspec::keytable
