#include "base/text.h"

namespace karpspec {

void Text::grow(std::size_t size) {
  held_.resize(std::max({size_ + size, 2 * held_.size(), std::size_t{256}}));
}

}  // namespace karpspec
