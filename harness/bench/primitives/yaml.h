#pragma once

#include <istream>

namespace karpspec::bench::primitives {

// Has yaml-cpp read the document IN and makes nothing of it. False: there is none. Throws what
// yaml-cpp throws.
[[nodiscard]] bool read_yaml(std::istream& in);

}  // namespace karpspec::bench::primitives
