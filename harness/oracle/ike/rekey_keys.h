#pragma once

#include "oracle/core.h"

namespace karpspec::oracle::ike {

// Of the SPI field of an IKE proposal; nullopt unless it has 8 octets and is not zero (RFC 5996
// sections 2.6 and 3.3.1).
[[nodiscard]] std::optional<std::uint64_t> spi_from(const Octets& octets);

// An IKE SA that takes the place of another, as far as the exchange has settled it.
struct RekeyedSa {
  crypto::IkeSuite suite;
  std::uint64_t spi_i = 0;
  std::uint64_t spi_r = 0;
  OctetView ni;
  OctetView nr;
  OctetView g_ir;
  bool made_by_us = false;
};
// Sets it up: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), message IDs from 0 (section 2.18).
// nullptr, with an event, when derivation failed.
[[nodiscard]] IkeSa* make_rekeyed_sa(Core& core, const IkeSa& old, const RekeyedSa& plan);

}  // namespace karpspec::oracle::ike
