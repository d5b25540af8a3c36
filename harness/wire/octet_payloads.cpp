// The payloads that are a fixed head and octets: KE, ID, CERT, CERTREQ, AUTH, nonce, V, SK, SKF,
// EAP and unknown ones.
#include "wire/codec.h"

namespace karpspec::wire {

Result<std::uint32_t> read_u24(Reader& in, const char* what) {
  KARPSPEC_TRY(high, in.u8(what));
  KARPSPEC_TRY(low, in.u16(what));
  return (std::uint32_t{high} << 16) | low;
}

void write_u24(Writer& out, std::uint32_t value, const char* name) {
  const Octets octets = {static_cast<std::uint8_t>(value >> 16),
                         static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  out.octets(octets, name);
}

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

Result<IdPayload> read_id(Reader& in) {
  IdPayload body;
  KARPSPEC_TRY(type, in.u8("ID type"));
  KARPSPEC_TRY(reserved, read_u24(in, "ID reserved field"));
  body.id_type = type;
  body.reserved = reserved;
  body.data = copy(in.rest());
  return body;
}

void write(Writer& out, const IdPayload& body) {
  out.u8(body.id_type, "id_type");
  write_u24(out, body.reserved, "reserved");
  out.octets(body.data, "data");
}

Result<CertPayload> read_cert(Reader& in) {
  KARPSPEC_TRY(encoding, in.u8("certificate encoding"));
  return CertPayload{encoding, copy(in.rest())};
}

void write(Writer& out, const CertPayload& body) {
  out.u8(body.encoding, "encoding");
  out.octets(body.data, "data");
}

Result<CertReqPayload> read_certreq(Reader& in) {
  KARPSPEC_TRY(encoding, in.u8("certificate request encoding"));
  return CertReqPayload{encoding, copy(in.rest())};
}

void write(Writer& out, const CertReqPayload& body) {
  out.u8(body.encoding, "encoding");
  out.octets(body.data, "data");
}

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

void write(Writer& out, const NoncePayload& body) {
  out.octets(body.data, "data");
}
void write(Writer& out, const VendorIdPayload& body) {
  out.octets(body.data, "data");
}
void write(Writer& out, const EncryptedPayload& body) {
  out.octets(body.data, "data");
}
void write(Writer& out, const EapPayload& body) {
  out.octets(body.data, "data");
}
void write(Writer& out, const UnknownPayload& body) {
  out.octets(body.data, "data");
}

Result<EncryptedFragmentPayload> read_fragment(Reader& in) {
  EncryptedFragmentPayload body;
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
