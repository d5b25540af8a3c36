#pragma once

#include "base/result.h"
#include "base/secret.h"

// ESP with integrity alone in transport mode: RFC 4303 with ENCR_NULL (RFC 2410), which is what
// routing packets of a group go under (section V.D; suites/profile.md, P-246).
namespace karpspec::oracle::keyserver {

struct EspPacket {
  std::uint32_t spi = 0;
  std::uint32_t sequence = 0;
  std::uint8_t next_header = 0;
  Octets payload;
};

// SPI (4) | sequence (4) | payload | padding | pad length (1) | next header (1) | ICV; ALGORITHM is
// one of P-235. Errors: unsupported (an unknown algorithm), internal.
[[nodiscard]] Result<Octets> seal_esp(const EspPacket& packet, std::uint16_t algorithm,
                                      const Secret& key);
// SPI and sequence number alone. Errors: truncated.
[[nodiscard]] Result<EspPacket> read_esp_head(OctetView octets);
// Errors: truncated, not_authentic, bad_value (padding), unsupported, internal.
[[nodiscard]] Result<EspPacket> open_esp(OctetView octets, std::uint16_t algorithm,
                                         const Secret& key);

}  // namespace karpspec::oracle::keyserver
