#include "wire/codec.h"

namespace karpspec::wire {

Result<CertReqPayload> read_certreq(Reader& in) {
  KARPSPEC_TRY(encoding, in.u8("certificate request encoding"));
  return CertReqPayload{encoding, copy(in.rest())};
}

void write(Writer& out, const CertReqPayload& body) {
  out.u8(body.encoding, "encoding");
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
