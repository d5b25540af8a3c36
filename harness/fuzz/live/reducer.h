#pragma once

#include <functional>

#include "fuzz/live/fuzz_case.h"

namespace karpspec::fuzz {

// Whether a case still shows what was found.
using Shows = std::function<bool(const Case&)>;

// The least that SHOWS of ONE, which it shows: operations and steps before the message that it
// goes without are left out, lists of operations inside one (payloads that are doubled) are halved,
// and repetitions too. Asks at most TRIES times.
[[nodiscard]] Case reduce(Case one, const Shows& shows, unsigned tries = 40);

}  // namespace karpspec::fuzz
