#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/octets.h"
#include "base/result.h"

namespace karpspec::wire {

// An IPv4 or IPv6 address in network order. The empty one is neither.
class IpAddress {
 public:
  IpAddress() = default;
  // Errors: bad_value when TEXT is neither "192.0.2.1" nor "2001:db8::1".
  [[nodiscard]] static Result<IpAddress> from_text(std::string_view text);
  // Errors: bad_length when there are neither 4 nor 16 octets.
  [[nodiscard]] static Result<IpAddress> from_octets(OctetView octets);

  [[nodiscard]] OctetView octets() const { return OctetView(octets_).first(size_); }
  [[nodiscard]] bool is_v4() const { return size_ == 4; }
  // As RFC 5952 has it.
  [[nodiscard]] std::string to_text() const;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> octets_{};  // unused ones are zero
  std::uint8_t size_ = 0;
};

}  // namespace karpspec::wire
