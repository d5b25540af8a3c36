#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dut/device.h"
#include "keytable/row.h"

// Rows of the control protocol for devices that have no key table, only keys.
namespace karpspec::dut {

// A row with the fields of RFC 7210. What a router has no place for, the row's form included, is
// not offered. Errors: unsupported, which says what that is.
[[nodiscard]] Result<keytable::Row> routing_row(const Json& fields);
// `row-change` of ROW: direction, lifetimes, expires and overlap. Errors: unsupported.
[[nodiscard]] Result<void> change_routing_row(keytable::Row& row, const Json& params);
// For `key-table`, with what the router says of the row's key, SAID, in the place of what was told
// to it; without a key where it says nothing of it.
[[nodiscard]] Json routing_row_json(const keytable::Row& row, const Json& said);

}  // namespace karpspec::dut
