#pragma once

#include <cstdint>
#include <cstdlib>

#include "tests/support/sanitized.h"

// Which seeded runs a property test plays.
namespace karpspec::oracle {

using tests::sanitized;

struct SoakSeeds {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
};

// COUNT of them from 1 on, unless KARPSPEC_SOAK_FIRST and KARPSPEC_SOAK_SEEDS say otherwise.
inline SoakSeeds soak_seeds(std::uint64_t count) {
  const auto number = [](const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
  };
  return {number("KARPSPEC_SOAK_FIRST", 1), number("KARPSPEC_SOAK_SEEDS", count)};
}

}  // namespace karpspec::oracle
