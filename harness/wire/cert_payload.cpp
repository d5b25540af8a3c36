#include "wire/codec.h"

namespace karpspec::wire {

Result<CertPayload> read_cert(Reader& in) {
  KARPSPEC_TRY(encoding, in.u8("certificate encoding"));
  return CertPayload{encoding, copy(in.rest())};
}

void write(Writer& out, const CertPayload& body) {
  out.u8(body.encoding, "encoding");
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
