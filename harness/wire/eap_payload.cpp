#include "wire/codec.h"

namespace karpspec::wire {

EapPayload read_eap(Reader& in) {
  return {copy(in.rest())};
}

void write(Writer& out, const EapPayload& body) {
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
