#include "wire/spi_text.h"

#include <array>

#include "base/octets.h"

namespace karpspec::wire {

std::string spi_text(std::uint64_t spi) {
  std::string out;
  append_spi(out, spi);
  return out;
}

void append_spi(std::string& out, std::uint64_t spi) {
  std::array<std::uint8_t, 8> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i)
    octets[i] = static_cast<std::uint8_t>(spi >> (56 - 8 * i));
  append_hex(out, octets);
}

}  // namespace karpspec::wire
