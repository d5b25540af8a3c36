#pragma once

#include <vector>

#include "dut/dut_file.h"
#include "script/scenario.h"

namespace karpspec::dut {

// Where a live laboratory's tester needs sockets for SCENARIO: its own address and port first, its
// second address, and the ports that steps send from. Without a scenario only the first two.
[[nodiscard]] std::vector<Endpoint> tester_endpoints(const DutFile& file,
                                                     const script::Scenario* scenario);

}  // namespace karpspec::dut
