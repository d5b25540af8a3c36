#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "transcript/difference.h"
#include "wire/message.h"

// What holds of every message by itself, whatever the exchange and whoever sends it: what the
// tester holds against a device, and what a third party can see on the wire. Each says how a
// message, with its payloads in clear, breaks the rule, or nothing.
namespace karpspec::transcript {

// A difference whose place in MESSAGE, as it is encoded, follows from the field.
[[nodiscard]] Difference at_field(const wire::Message& message, const std::string& path,
                                  std::string expected, std::string got);

// The version is 2.0 (RFC 5996 section 3.1).
[[nodiscard]] std::optional<Difference> wrong_version(const wire::Header& header);
// Of the header's flags none is set that is in FORBIDDEN (section 3.1).
[[nodiscard]] std::optional<Difference> wrong_flags(const wire::Header& header,
                                                    std::uint8_t forbidden,
                                                    const std::string& expected);
// The bits of the header's flags that mean nothing (X).
inline constexpr std::uint8_t meaningless_flags = static_cast<std::uint8_t>(
    ~(wire::Header::flag_initiator | wire::Header::flag_version | wire::Header::flag_response));
// Reserved fields and bits are zero (section 2.5, RKMP section 4.1.1.1).
[[nodiscard]] std::optional<Difference> reserved_set(const wire::Message& message);
// No payload that the document defines is marked critical (section 3.2).
[[nodiscard]] std::optional<Difference> needlessly_critical(const wire::Message& message);
// The proposals of an offer are numbered 1, 2, ... (section 3.3.1).
[[nodiscard]] std::optional<Difference> misnumbered(const wire::Message& message,
                                                    const wire::SaPayload& offer);
// A notification without an SPI names no protocol (section 3.10).
[[nodiscard]] std::optional<Difference> protocol_without_spi(const wire::Message& message);

}  // namespace karpspec::transcript
