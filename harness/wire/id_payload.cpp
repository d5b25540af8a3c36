#include "wire/codec.h"

namespace karpspec::wire {

Result<IdPayload> read_id(Reader& in) {
  IdPayload body;
  KARPSPEC_TRY(type, in.u8("ID type"));
  KARPSPEC_TRY(reserved, read_u24(in, "ID reserved field"));
  body.id_type = type;
  body.reserved = reserved;
  body.data = copy(in.rest());
  return body;
}

void write(Writer& out, const IdPayload& body) {
  out.u8(body.id_type, "id_type");
  write_u24(out, body.reserved, "reserved");
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
