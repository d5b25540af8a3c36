#include <string>

#include "wire/codec.h"

namespace karpspec::wire {

Result<DeletePayload> read_delete(Reader& in) {
  DeletePayload body;
  KARPSPEC_TRY(protocol, in.u8("Delete protocol ID"));
  KARPSPEC_TRY(spi_size, in.u8("Delete SPI size"));
  KARPSPEC_TRY(count, in.u16("number of SPIs"));
  if (in.left() != std::size_t{spi_size} * count) {
    return fail(ErrorCode::bad_length,
                "Delete names " + std::to_string(count) + " SPIs of " + std::to_string(spi_size) +
                    " octets, and holds " + std::to_string(in.left()) + " octets",
                in.offset());
  }
  // Nothing could be stored of SPIs without octets but their number, and nothing be meant by them.
  if (spi_size == 0 && count != 0) {
    return fail(ErrorCode::bad_value, "Delete names SPIs that have no octets", in.offset() - 2);
  }
  body.protocol = protocol;
  body.spi_size = spi_size;
  for (std::uint16_t i = 0; i < count; ++i) {
    KARPSPEC_TRY(spi, in.octets(spi_size, "SPI"));
    body.spis.push_back(copy(spi));
  }
  return body;
}

void write(Writer& out, const DeletePayload& body) {
  out.u8(body.protocol, "protocol");
  out.u8(body.spi_size, "spi_size");
  out.u16(static_cast<std::uint16_t>(body.spis.size()), "num_spis");
  for (std::size_t i = 0; i < body.spis.size(); ++i) {
    out.octets(body.spis[i], ("spis[" + std::to_string(i + 1) + "]").c_str());
  }
}

}  // namespace karpspec::wire
