#include "wire/codec.h"

namespace karpspec::wire {

Result<ConfigPayload> read_config(Reader& in) {
  ConfigPayload body;
  KARPSPEC_TRY(type, in.u8("CFG type"));
  KARPSPEC_TRY(reserved, read_u24(in, "CP reserved field"));
  body.cfg_type = type;
  body.reserved = reserved;
  while (!in.empty()) {
    KARPSPEC_TRY(head, in.u16("configuration attribute type"));
    KARPSPEC_TRY(length, in.u16("configuration attribute length"));
    KARPSPEC_TRY(value, in.octets(length, "configuration attribute"));
    ConfigAttribute attribute;
    attribute.reserved = (head & 0x8000U) != 0;
    attribute.type = head & 0x7fffU;
    attribute.value = copy(value);
    body.attributes.push_back(std::move(attribute));
  }
  return body;
}

void write(Writer& out, const ConfigPayload& body) {
  out.u8(body.cfg_type, "cfg_type");
  write_u24(out, body.reserved, "reserved");
  for (std::size_t i = 0; i < body.attributes.size(); ++i) {
    const ConfigAttribute& attribute = body.attributes[i];
    const auto scope = out.scope("attributes", i + 1);
    out.u16(static_cast<std::uint16_t>((attribute.reserved ? 0x8000U : 0U) |
                                       (attribute.type & 0x7fffU)),
            "type");
    out.u16(static_cast<std::uint16_t>(attribute.value.size()), "length");
    out.octets(attribute.value, "value");
  }
}

}  // namespace karpspec::wire
