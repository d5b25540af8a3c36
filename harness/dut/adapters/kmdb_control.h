#pragma once

#include <string_view>
#include <vector>

#include "dut/device.h"
#include "oracle/router.h"

// The methods of the control protocol by which a test plays the client protocols of the KMDB
// (RKMP sections 5 and 6): kmdb-request, kmdb-withdraw, kmdb-purge, kmdb-requests,
// kmdb-notifications.
namespace karpspec::dut {

[[nodiscard]] bool is_kmdb_method(std::string_view method);

// What ROUTER does for METHOD. What it wants to send is appended to SENT. Errors: bad_value.
[[nodiscard]] Result<Json> kmdb_command(oracle::Router& router, std::string_view method,
                                        const Json& params, Time now, std::vector<Datagram>& sent);

}  // namespace karpspec::dut
