#include "wire/codec.h"

namespace karpspec::wire {

Result<KePayload> read_ke(Reader& in) {
  KePayload body;
  KARPSPEC_TRY(group, in.u16("DH group"));
  KARPSPEC_TRY(reserved, in.u16("KE reserved field"));
  body.group = group;
  body.reserved = reserved;
  body.data = copy(in.rest());
  return body;
}

void write(Writer& out, const KePayload& body) {
  out.u16(body.group, "group");
  out.u16(body.reserved, "reserved");
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
