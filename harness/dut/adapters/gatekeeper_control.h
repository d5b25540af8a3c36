#pragma once

#include <string_view>
#include <vector>

#include "dut/device.h"
#include "oracle/router.h"

// The methods of the control protocol by which a test plays the operator and the routing protocols
// of the Gatekeeper (draft-chunduri-karp-using-ikev2-with-tcp-ao-04): gatekeeper-set,
// gatekeeper-remove, gatekeeper-open, gatekeeper-close, gatekeeper-records, gatekeeper-mkts, and
// pad-set.
namespace karpspec::dut {

[[nodiscard]] bool is_gatekeeper_method(std::string_view method);

// What ROUTER does for METHOD. What it wants to send is appended to SENT. Errors: bad_value,
// unsupported.
[[nodiscard]] Result<Json> gatekeeper_command(oracle::Router& router, std::string_view method,
                                              const Json& params, Time now,
                                              std::vector<Datagram>& sent);

// The connection of gatekeeper-open and gatekeeper-close. Errors: bad_value.
[[nodiscard]] Result<oracle::tcpao::ConnectionEnds> connection_ends(const Json& params,
                                                                    const oracle::Router& router);

// `gatekeeper` of `configure`: the records, from their list. Errors: bad_value with the place.
[[nodiscard]] Result<void> configure_gatekeeper(oracle::Router& router, const Json& records);

}  // namespace karpspec::dut
