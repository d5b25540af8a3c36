#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "script/runner.h"

namespace karpspec::dut {

// Worlds of up to MOST devices alike, each made by MAKE with a network of its own, so that tests
// that wait do so beside one another. The first is made at once, a further one when all are taken;
// a world holds its lane until it goes. Where a further device cannot be made or does not answer
// `describe`, those that are there do, and SAY is told so once; one that was given up later is left
// out while there are others. MAKE and what it gives may be called from several threads, though
// never one lane by two. Errors: those of the first MAKE.
[[nodiscard]] Result<script::MakeWorld> lanes(unsigned most,
                                              std::function<Result<script::MakeWorld>()> make,
                                              std::function<void(const std::string&)> say);

}  // namespace karpspec::dut
