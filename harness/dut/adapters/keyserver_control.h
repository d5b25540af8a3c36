#pragma once

#include <string_view>
#include <vector>

#include "dut/device.h"
#include "oracle/keyserver/node.h"

// The methods of the control protocol by which a test plays the operator of a key server, and the
// routing protocols that it protects (the DKS and LKS architecture; suites/profile.md, P-240 to
// P-258): ks-refresh, ks-route, ks-policy, ks-newkey, ks-packet, ks-state.
namespace karpspec::dut {

[[nodiscard]] bool is_keyserver_method(std::string_view method);

// Whether PARAMS of `configure` make a device a key server: it has `keyserver`.
[[nodiscard]] bool configures_keyserver(const Json& params);
// ROUTER is what the other members say. What its stable storage holds and the key of that are the
// caller's. Errors: bad_value with the place.
[[nodiscard]] Result<oracle::keyserver::NodeConfig> read_keyserver_config(
    const Json& params, oracle::RouterConfig router);

// What NODE does for METHOD, one of these. What it wants to send is appended to SENT.
// Errors: bad_value.
[[nodiscard]] Result<Json> keyserver_command(oracle::keyserver::Node& node, std::string_view method,
                                             const Json& params, Time now,
                                             std::vector<Datagram>& sent);

}  // namespace karpspec::dut
