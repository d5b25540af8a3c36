#include "wire/codec.h"

namespace karpspec::wire {

Result<std::uint32_t> read_u24(Reader& in, const char* what) {
  KARPSPEC_TRY(raw, in.octets(3, what));
  return (std::uint32_t{raw[0]} << 16) | (std::uint32_t{raw[1]} << 8) | raw[2];
}

void write_u24(Writer& out, std::uint32_t value, const char* name) {
  const Octets octets = {static_cast<std::uint8_t>(value >> 16),
                         static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  out.octets(octets, name);
}

}  // namespace karpspec::wire
