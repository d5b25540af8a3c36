#pragma once

#include <cstdint>

#include "base/reader.h"
#include "base/writer.h"
#include "wire/code_points.h"

namespace karpspec::wire {

// The IKE header, RFC 5996 section 3.1: 28 octets, big-endian.
//
//   octet  0  IKE SA initiator's SPI (8)
//          8  IKE SA responder's SPI (8)
//         16  next payload (1)   17 major version (4 bits), minor version (4 bits)
//         18  exchange type (1)  19 flags: X X R V I X X X
//         20  message ID (4)
//         24  length of the whole message, header included (4)
struct Header {
  static constexpr std::size_t size = 28;
  static constexpr std::uint8_t flag_initiator = 0x08;  // I: sent by the SA's original initiator
  static constexpr std::uint8_t flag_version = 0x10;    // V: a higher major version is spoken
  static constexpr std::uint8_t flag_response = 0x20;   // R

  std::uint64_t spi_i = 0;
  std::uint64_t spi_r = 0;
  std::uint8_t version = 0x20;
  std::uint8_t exchange = 0;  // an ExchangeType where known
  std::uint8_t flags = 0;
  std::uint32_t message_id = 0;

  [[nodiscard]] bool is_response() const { return (flags & flag_response) != 0; }
  [[nodiscard]] bool from_initiator() const { return (flags & flag_initiator) != 0; }
  [[nodiscard]] ExchangeType exchange_type() const { return static_cast<ExchangeType>(exchange); }
  friend bool operator==(const Header&, const Header&) = default;
};

}  // namespace karpspec::wire
