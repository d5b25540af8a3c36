#pragma once

#include "script/scenario.h"

namespace karpspec::script {

// The `setup` of a scenario: what is named under `use`, files of suites/setups/, one over the
// other, and its own `device` and `tester` over them all. Goes to device_patch and tester_patch of
// OUT. Errors: not_found, bad_value "FILE:LINE:COLUMN: MESSAGE".
[[nodiscard]] Result<void> read_setup(const Node& setup, const LoadContext& context, Scenario& out);

// Whether the keys of `device` and `tester` in SETUP, a scenario's or a DUT file's, are known, and
// their cipher suites and timers. Errors: bad_value "FILE:LINE:COLUMN: MESSAGE".
[[nodiscard]] Result<void> check_setup(const Node& setup);

}  // namespace karpspec::script
