#pragma once

#include <cstdint>
#include <string>

namespace karpspec {
class Text;
}

namespace karpspec::wire {

// An SPI as it is shown everywhere: 16 hexadecimal digits, in the order of the wire.
[[nodiscard]] std::string spi_text(std::uint64_t spi);
// The same at the end of OUT.
void append_spi(Text& out, std::uint64_t spi);

}  // namespace karpspec::wire
