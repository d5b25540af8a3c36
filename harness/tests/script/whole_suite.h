#pragma once

#include <stdexcept>
#include <string>

#include "script/suite.h"

namespace karpspec::script {

inline const std::string suites = KARPSPEC_SOURCE_DIR "/suites";

// All of suites/.
inline const Suite& whole_suite() {
  static const Suite suite = [] {
    auto loaded = load_suite(suites, {}, 2);
    if (!loaded)
      throw std::runtime_error(loaded.error().message);
    return *std::move(loaded);
  }();
  return suite;
}

}  // namespace karpspec::script
