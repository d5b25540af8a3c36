#pragma once

#include <string>
#include <vector>

#include "dut/device.h"

namespace karpspec::dut {

// A PICS questionnaire that a vendor has filled in (suites/schema/pics.schema.json), as `pics` of a
// DUT file has it: {roles, control, key-table, claims}. ITEMS is what there is to be claimed beside
// the roles: each of them has an answer; empty: whatever the file names. CONTROL: whether the
// device can be controlled at all, without which some of it cannot be claimed.
// Errors: not_found; bad_value "FILE:LINE:COLUMN: ...", with the item that has no answer.
[[nodiscard]] Result<Json> read_pics_file(const std::string& path,
                                          const std::vector<std::string>& items, bool control);

}  // namespace karpspec::dut
