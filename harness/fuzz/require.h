#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace karpspec {

// What must hold whatever comes: ends the target where it does not.
inline void require(bool holds, const char* what, const std::string& text = {}) {
  if (holds)
    return;
  (void)std::fprintf(stderr, "broken: %s%s%s\n", what, text.empty() ? "" : ": ", text.c_str());
  std::abort();
}

}  // namespace karpspec
