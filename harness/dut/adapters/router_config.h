#pragma once

#include "base/result.h"
#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// Reads the parameters of the control method `configure` (suites/schema/control.schema.json).
// CONFIG's own address and code points are those given and stay. Errors: bad_value, with the
// member that is wrong in front: "peers[1].psk: missing".
[[nodiscard]] Result<void> read_router_config(const Json& parameters, oracle::RouterConfig& config);

// "AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048", "AES_GCM_16-256//HMAC_SHA2_384/ECP_384",
// "CHACHA20_POLY1305//HMAC_SHA2_256/CURVE25519": cipher, integrity (empty with an AEAD), PRF,
// group. Errors: bad_value.
[[nodiscard]] Result<crypto::IkeSuite> suite_from_text(std::string_view text);

// BGP, LDP, MSDP, PIM_PORT, PCEP, or a number. Errors: bad_value.
[[nodiscard]] Result<std::uint8_t> routing_protocol_from(const Json& value);
[[nodiscard]] std::string routing_protocol_name(std::uint8_t protocol);

}  // namespace karpspec::dut
