#pragma once

#include <string_view>
#include <vector>

#include "dut/device.h"
#include "oracle/router.h"

// The methods of the control protocol by which a test administers the key tables and asks which key
// is for what (RFC 7210, operations model, profile P-120 to P-139): key-table, row-add,
// row-replace, row-change, row-delete, key-to-send, keys-to-accept, association-open,
// association-close, associations, expiry-policy, row-group, key-table-export, key-table-import.
namespace karpspec::dut {

// ROW as the control protocol shows it: with both key names, ProtocolSpecificInfo as one text.
[[nodiscard]] Json shown_row(const keytable::Row& row);
[[nodiscard]] bool is_key_method(std::string_view method);

// What ROUTER does for METHOD. What it wants to send is appended to SENT. Errors: bad_value,
// not_found, unsupported.
[[nodiscard]] Result<Json> key_command(oracle::Router& router, std::string_view method,
                                       const Json& params, Time now, std::vector<Datagram>& sent);

}  // namespace karpspec::dut
