#pragma once

#include <cstdlib>
#include <string_view>

#include "lab/container_engine.h"

namespace karpspec::tests {

// Podman, or docker where KARPSPEC_ENGINE says so, as it does to containers/images/build.
inline lab::EngineOptions engine() {
  const char* const word = std::getenv("KARPSPEC_ENGINE");
  lab::EngineOptions options;
  if (word != nullptr && std::string_view(word) == "docker")
    options.kind = lab::EngineOptions::Kind::docker;
  return options;
}

}  // namespace karpspec::tests
