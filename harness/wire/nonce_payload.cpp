#include "wire/codec.h"

namespace karpspec::wire {

NoncePayload read_nonce(Reader& in) {
  return {copy(in.rest())};
}

void write(Writer& out, const NoncePayload& body) {
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
