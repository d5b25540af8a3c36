#pragma once

#include <functional>

#include "base/result.h"
#include "script/runner.h"

namespace karpspec::dut {

// Worlds of up to MOST devices alike, each made by MAKE with a network of its own, so that tests
// that wait do so beside one another. The first is made at once, a further one when all are taken;
// a world holds its lane until it goes. Where a further one cannot be made, those that are there
// do. MAKE and what it gives may be called from several threads, though never one lane by two.
// Errors: those of the first MAKE.
[[nodiscard]] Result<script::MakeWorld> lanes(unsigned most,
                                              std::function<Result<script::MakeWorld>()> make);

}  // namespace karpspec::dut
