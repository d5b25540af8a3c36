#include "wire/codec.h"

namespace karpspec::wire {

VendorIdPayload read_vendor_id(Reader& in) {
  return {copy(in.rest())};
}

void write(Writer& out, const VendorIdPayload& body) {
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
