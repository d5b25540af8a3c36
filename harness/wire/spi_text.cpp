#include "wire/spi_text.h"

#include "base/octets.h"

namespace karpspec::wire {

std::string spi_text(std::uint64_t spi) {
  Octets octets(8);
  for (std::size_t i = 0; i < 8; ++i)
    octets[i] = static_cast<std::uint8_t>(spi >> (56 - 8 * i));
  return to_hex(octets);
}

}  // namespace karpspec::wire
