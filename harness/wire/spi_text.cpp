#include "wire/spi_text.h"

#include "base/octets.h"
#include "base/text.h"

namespace karpspec::wire {

std::string spi_text(std::uint64_t spi) {
  return to_hex(big_endian(spi));
}

void append_spi(Text& out, std::uint64_t spi) {
  append_hex(out, big_endian(spi));
}

}  // namespace karpspec::wire
