#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "base/machine.h"

// The device that the adapters' configurations are of.
namespace karpspec::dut {

inline const Endpoint own{"192.0.2.1", 500};

// NAME of suites/credentials/.
inline std::string credential(const std::string& name) {
  std::ifstream in(KARPSPEC_SOURCE_DIR "/suites/credentials/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace karpspec::dut
