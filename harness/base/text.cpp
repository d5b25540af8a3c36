#include "base/text.h"

namespace karpspec {

void Text::grow(std::size_t size) {
  // A line of a message's fields fits.
  constexpr std::size_t least = 256;
  held_.resize(std::max({size_ + size, 2 * held_.size(), least}));
}

}  // namespace karpspec
