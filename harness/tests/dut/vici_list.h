#pragma once

#include <string>
#include <vector>

#include "dut/adapters/vici.h"

namespace karpspec::dut {

// The items of list NAME in MESSAGE, as text.
inline std::vector<std::string> list(const vici::Message& message, const std::string& name) {
  std::vector<std::string> out;
  for (const vici::Message::Element& element : message.elements()) {
    if (element.name == name) {
      for (const Octets& item : element.items)
        out.emplace_back(item.begin(), item.end());
    }
  }
  return out;
}

}  // namespace karpspec::dut
