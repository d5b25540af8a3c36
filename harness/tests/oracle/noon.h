#pragma once

#include "base/time.h"

namespace karpspec::oracle {

// The first day of 2026.
inline constexpr Time noon{std::chrono::seconds{1767268800}};

}  // namespace karpspec::oracle
