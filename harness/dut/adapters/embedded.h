#pragma once

#include <functional>
#include <memory>

#include "oracle/seams.h"
#include "script/suite.h"

namespace karpspec::dut {

// Makes the seams of one test's device: no_seams() wrapped, or a fault's.
using MakeSeams = std::function<std::unique_ptr<oracle::Seams>()>;

// A simulated laboratory for each test with the reference device in it, at 192.0.2.1, and the
// tester at 192.0.2.2 (second address 192.0.2.3), all at port 500; of a scenario with groups at
// 192.0.2.5, with the tester's routers at 192.0.2.2, .9 (second) and .12 (third) or the like of
// IPv6, at port 1021. Everything in it follows from the request's seed and test name.
[[nodiscard]] script::MakeWorld embedded_worlds(wire::CodePoints numbers = {},
                                                MakeSeams make_seams = nullptr);
// What the embedded device claims.
[[nodiscard]] script::Claims embedded_claims();

}  // namespace karpspec::dut
