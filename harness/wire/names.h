#pragma once

#include <cstdint>
#include <string_view>

namespace karpspec::wire {

// The names of payload_name(), exchange_name() and notify_name() alone: empty where there is none.
[[nodiscard]] std::string_view known_payload_name(std::uint8_t type);
[[nodiscard]] std::string_view known_exchange_name(std::uint8_t type);
[[nodiscard]] std::string_view known_notify_name(std::uint16_t type);

}  // namespace karpspec::wire
