#pragma once

#include "base/result.h"
#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// Reads the parameters of the control method `configure` (suites/schema/control.schema.json).
// CONFIG's own address and code points are those given and stay. Errors: bad_value, with the
// member that is wrong in front: "peers[1].psk: missing".
[[nodiscard]] Result<void> read_router_config(const Json& parameters, oracle::RouterConfig& config);

// An object of type and value. Errors: bad_value.
[[nodiscard]] Result<oracle::Identity> identity_from(const Json& value);
// [[1, 1], [2, 2]]: pairs of Auth Alg and KDF, 0 to 255 each. Errors: bad_value.
[[nodiscard]] Result<std::vector<oracle::TcpAoPair>> pairs_from(const Json& list);
// BGP, LDP, MSDP, PIM_PORT, PCEP, or a number. Errors: bad_value.
[[nodiscard]] Result<std::uint8_t> routing_protocol_from(const Json& value);
[[nodiscard]] std::string routing_protocol_name(std::uint8_t protocol);

}  // namespace karpspec::dut
