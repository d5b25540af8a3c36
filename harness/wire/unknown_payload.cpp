#include "wire/codec.h"

namespace karpspec::wire {

UnknownPayload read_unknown(Reader& in) {
  return {copy(in.rest())};
}

void write(Writer& out, const UnknownPayload& body) {
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
