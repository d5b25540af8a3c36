#include "wire/codec.h"

namespace karpspec::wire {

Result<NotifyPayload> read_notify(Reader& in) {
  NotifyPayload body;
  KARPSPEC_TRY(protocol, in.u8("notify protocol ID"));
  KARPSPEC_TRY(spi_size, in.u8("notify SPI size"));
  KARPSPEC_TRY(type, in.u16("notify message type"));
  KARPSPEC_TRY(spi, in.octets(spi_size, "notify SPI"));
  body.protocol = protocol;
  body.type = type;
  body.spi = copy(spi);
  body.data = copy(in.rest());
  return body;
}

void write(Writer& out, const NotifyPayload& body) {
  out.u8(body.protocol, "protocol");
  out.u8(static_cast<std::uint8_t>(body.spi.size()), "spi_size");
  out.u16(body.type, "type");
  out.octets(body.spi, "spi");
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
