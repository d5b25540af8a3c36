#pragma once

#include <string_view>
#include <vector>

#include "dut/device.h"
#include "oracle/mrkmp/node.h"

// The methods of the control protocol by which a test plays the routing protocols and the operator
// of MRKMP (draft-hartman-karp-mrkmp-00 section 8; suites/profile.md, P-200 to P-237): group-join,
// group-leave, group-priority, group-newkey, group-remove, groups.
namespace karpspec::dut {

[[nodiscard]] bool is_group_method(std::string_view method);

// Whether PARAMS of `configure` make a device a router of MRKMP: it has `groups`.
[[nodiscard]] bool configures_groups(const Json& params);
// ROUTER is what the other members say. Errors: bad_value with the place.
[[nodiscard]] Result<oracle::mrkmp::NodeConfig> read_node_config(const Json& params,
                                                                 oracle::RouterConfig router);

// What NODE does for METHOD, one of these or `key-table`. What it wants to send is appended to
// SENT. Errors: bad_value.
[[nodiscard]] Result<Json> group_command(oracle::mrkmp::Node& node, std::string_view method,
                                         const Json& params, Time now, std::vector<Datagram>& sent);

}  // namespace karpspec::dut
