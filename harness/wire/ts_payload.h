#pragma once

#include <variant>
#include <vector>

#include "base/octets.h"
#include "wire/code_points.h"

namespace karpspec::wire {

// RFC 5996 section 3.13.1, TS_IPV4_ADDR_RANGE (addresses of 4 octets) and TS_IPV6_ADDR_RANGE (16).
//   TS type | IP protocol ID | selector length (2)
//   start port (2) | end port (2)
//   starting address, ending address
struct AddressSelector {
  std::uint8_t type = 0;
  std::uint8_t ip_protocol = 0;  // 0: any
  std::uint16_t start_port = 0;
  std::uint16_t end_port = 65535;
  Octets start_address;
  Octets end_address;
  friend bool operator==(const AddressSelector&, const AddressSelector&) = default;
};

// RKMP section 4.2: 4 octets.
//   TS type (TBD-3) | routing protocol ID | selector length (2) = 4
struct RpSelector {
  std::uint8_t type = 0;
  std::uint8_t routing_protocol = 0;  // a RoutingProtocol where known
  friend bool operator==(const RpSelector&, const RpSelector&) = default;
};

// A selector type that we do not know, kept as it came.
struct UnknownSelector {
  std::uint8_t type = 0;
  std::uint8_t second_octet = 0;
  Octets body;
  friend bool operator==(const UnknownSelector&, const UnknownSelector&) = default;
};

using TrafficSelector = std::variant<AddressSelector, RpSelector, UnknownSelector>;

// TSi and TSr, RFC 5996 section 3.13: number of TSs (1), RESERVED (3), selectors.
struct TsPayload {
  std::uint32_t reserved = 0;  // 24 bits
  std::vector<TrafficSelector> selectors;
  friend bool operator==(const TsPayload&, const TsPayload&) = default;
};

}  // namespace karpspec::wire
