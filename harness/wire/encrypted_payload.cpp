#include "wire/codec.h"

namespace karpspec::wire {

EncryptedPayload read_encrypted(Reader& in, std::uint8_t first_inner) {
  return {first_inner, copy(in.rest())};
}

void write(Writer& out, const EncryptedPayload& body) {
  out.octets(body.data, "data");
}

Result<EncryptedFragmentPayload> read_fragment(Reader& in, std::uint8_t first_inner) {
  EncryptedFragmentPayload body;
  body.first_inner = first_inner;
  KARPSPEC_TRY(number, in.u16("fragment number"));
  KARPSPEC_TRY(total, in.u16("total fragments"));
  body.fragment_number = number;
  body.total_fragments = total;
  body.data = copy(in.rest());
  return body;
}

void write(Writer& out, const EncryptedFragmentPayload& body) {
  out.u16(body.fragment_number, "fragment_number");
  out.u16(body.total_fragments, "total_fragments");
  out.octets(body.data, "data");
}

}  // namespace karpspec::wire
