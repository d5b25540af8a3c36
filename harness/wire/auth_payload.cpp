#include "wire/codec.h"

namespace karpspec::wire {

Result<AuthPayload> read_auth(Reader& in) {
  AuthPayload body;
  KARPSPEC_TRY(method, in.u8("AUTH method"));
  KARPSPEC_TRY(reserved, read_u24(in, "AUTH reserved field"));
  body.method = method;
  body.reserved = reserved;
  body.data = copy(in.rest());
  return body;
}

void write(Writer& out, const AuthPayload& body) {
  out.u8(body.method, "method");
  write_u24(out, body.reserved, "reserved");
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
