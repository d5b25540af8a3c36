#include "wire/spi_text.h"

#include <array>

#include "base/octets.h"
#include "base/text.h"

namespace karpspec::wire {
namespace {

std::array<std::uint8_t, 8> octets_of_spi(std::uint64_t spi) {
  std::array<std::uint8_t, 8> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i)
    octets[i] = static_cast<std::uint8_t>(spi >> (56 - 8 * i));
  return octets;
}

}  // namespace

std::string spi_text(std::uint64_t spi) {
  return to_hex(octets_of_spi(spi));
}

void append_spi(Text& out, std::uint64_t spi) {
  append_hex(out, octets_of_spi(spi));
}

}  // namespace karpspec::wire
