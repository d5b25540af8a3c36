#pragma once

#include "transcript/field.h"
#include "wire/message.h"

// The fields of every structure of a message under the names that paths use, which are also those
// of the encoder's field log. each_field(S, F) calls F(name, Info, member) for each member.
namespace karpspec::transcript {

struct Info {
  unsigned bits = 0;  // of a number; 0: octets or a list
  Names names = Names::none;
};

[[nodiscard]] inline Names transform_id_names(std::uint8_t type) {
  switch (type) {
    case 1:
      return Names::encr;
    case 2:
      return Names::prf;
    case 3:
      return Names::integ;
    case 4:
      return Names::dh;
    case 5:
      return Names::esn;
    default:
      return Names::none;
  }
}

template <class F>
void each_field(wire::Header& s, F&& f) {
  f("spi_i", Info{64}, s.spi_i);
  f("spi_r", Info{64}, s.spi_r);
  f("version", Info{8}, s.version);
  f("exchange", Info{8, Names::exchange}, s.exchange);
  f("flags", Info{8}, s.flags);
  f("message_id", Info{32}, s.message_id);
}
template <class F>
void each_field(wire::SaPayload& s, F&& f) {
  f("proposals", Info{}, s.proposals);
}
template <class F>
void each_field(wire::Proposal& s, F&& f) {
  f("reserved", Info{8}, s.reserved);
  f("number", Info{8}, s.number);
  f("protocol", Info{8, Names::protocol}, s.protocol);
  f("spi", Info{}, s.spi);
  if (auto* plain = std::get_if<std::vector<wire::Transform>>(&s.transforms))
    f("transforms", Info{}, *plain);
  else
    f("transforms", Info{}, std::get<std::vector<wire::TcpAoTransform>>(s.transforms));
}
template <class F>
void each_field(wire::Transform& s, F&& f) {
  f("reserved1", Info{8}, s.reserved1);
  f("type", Info{8, Names::transform_type}, s.type);
  f("reserved2", Info{8}, s.reserved2);
  f("id", Info{16, transform_id_names(s.type)}, s.id);
  f("attributes", Info{}, s.attributes);
}
template <class F>
void each_field(wire::TcpAoTransform& s, F&& f) {
  f("reserved", Info{8}, s.reserved);
  f("send_id", Info{8}, s.send_id);
  f("auth_alg", Info{8, Names::tcp_ao_auth_alg}, s.auth_alg);
  f("kdf", Info{8, Names::tcp_ao_kdf}, s.kdf);
  f("flags", Info{8}, s.flags);
}
template <class F>
void each_field(wire::Attribute& s, F&& f) {
  f("type", Info{15, Names::attribute}, s.type);
  f("value", Info{16}, s.value);
}
template <class F>
void each_field(wire::KePayload& s, F&& f) {
  f("group", Info{16, Names::dh}, s.group);
  f("reserved", Info{16}, s.reserved);
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::IdPayload& s, F&& f) {
  const bool address = s.id_type == 1 || s.id_type == 5;
  f("id_type", Info{8, Names::id_type}, s.id_type);
  f("reserved", Info{24}, s.reserved);
  f("data", Info{0, address ? Names::address : Names::text}, s.data);
}
template <class F>
void each_field(wire::CertPayload& s, F&& f) {
  f("encoding", Info{8, Names::cert_encoding}, s.encoding);
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::CertReqPayload& s, F&& f) {
  f("encoding", Info{8, Names::cert_encoding}, s.encoding);
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::AuthPayload& s, F&& f) {
  f("method", Info{8, Names::auth_method}, s.method);
  f("reserved", Info{24}, s.reserved);
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::NoncePayload& s, F&& f) {
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::NotifyPayload& s, F&& f) {
  f("protocol", Info{8, Names::protocol}, s.protocol);
  f("type", Info{16, Names::notify}, s.type);
  f("spi", Info{}, s.spi);
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::DeletePayload& s, F&& f) {
  f("protocol", Info{8, Names::protocol}, s.protocol);
  f("spi_size", Info{8}, s.spi_size);
  f("spis", Info{}, s.spis);
}
template <class F>
void each_field(wire::VendorIdPayload& s, F&& f) {
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::TsPayload& s, F&& f) {
  f("reserved", Info{24}, s.reserved);
  f("selectors", Info{}, s.selectors);
}
template <class F>
void each_field(wire::AddressSelector& s, F&& f) {
  f("type", Info{8, Names::ts_type}, s.type);
  f("ip_protocol", Info{8}, s.ip_protocol);
  f("start_port", Info{16}, s.start_port);
  f("end_port", Info{16}, s.end_port);
  f("start_address", Info{0, Names::address}, s.start_address);
  f("end_address", Info{0, Names::address}, s.end_address);
}
template <class F>
void each_field(wire::RpSelector& s, F&& f) {
  f("type", Info{8, Names::ts_type}, s.type);
  f("routing_protocol", Info{8, Names::routing_protocol}, s.routing_protocol);
}
template <class F>
void each_field(wire::UnknownSelector& s, F&& f) {
  f("type", Info{8, Names::ts_type}, s.type);
  f("second_octet", Info{8}, s.second_octet);
  f("body", Info{}, s.body);
}
template <class F>
void each_field(wire::EncryptedPayload& s, F&& f) {
  f("first_inner", Info{8, Names::payload}, s.first_inner);
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::EncryptedFragmentPayload& s, F&& f) {
  f("first_inner", Info{8, Names::payload}, s.first_inner);
  f("fragment_number", Info{16}, s.fragment_number);
  f("total_fragments", Info{16}, s.total_fragments);
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::ConfigPayload& s, F&& f) {
  f("cfg_type", Info{8, Names::cfg_type}, s.cfg_type);
  f("reserved", Info{24}, s.reserved);
  f("attributes", Info{}, s.attributes);
}
template <class F>
void each_field(wire::ConfigAttribute& s, F&& f) {
  f("reserved", Info{1, Names::flag}, s.reserved);
  f("type", Info{15}, s.type);
  f("value", Info{}, s.value);
}
template <class F>
void each_field(wire::EapPayload& s, F&& f) {
  f("data", Info{}, s.data);
}
template <class F>
void each_field(wire::GroupPayload& s, F&& f) {
  f("protocol", Info{8}, s.protocol);
  f("instance", Info{8}, s.instance);
  f("reserved", Info{16}, s.reserved);
  f("area", Info{32}, s.area);
}
template <class F>
void each_field(wire::SpeakerGroup& s, F&& f) {
  f("speaker", Info{0, Names::text}, s.speaker);
  f("vrf", Info{0, Names::text}, s.vrf);
  f("interface", Info{0, Names::text}, s.interface);
  f("protocol", Info{0, Names::text}, s.protocol);
}
template <class F>
void each_field(wire::Material& s, F&& f) {
  f("kind", Info{8}, s.kind);
  f("value", Info{0, s.kind == wire::Material::address ? Names::address : Names::none}, s.value);
}
template <class F>
void each_field(wire::PolicyEntry& s, F&& f) {
  using Kind = wire::PolicyEntry::Kind;
  f("type", Info{8}, s.kind);
  f("reserved", Info{8}, s.reserved);
  if (s.is(Kind::permission)) {
    each_field(s.group, f);
    f("receiver", Info{0, Names::text}, s.receiver);
    f("direction", Info{8}, s.direction);
    return f("materials", Info{}, s.materials);
  }
  if (s.is(Kind::interface)) {
    f("router", Info{0, Names::text}, s.router);
    f("vrf", Info{0, Names::text}, s.group.vrf);
    f("interface", Info{0, Names::text}, s.group.interface);
    f("mode", Info{8}, s.mode);
    f("flags", Info{8}, s.flags);
    return f("permit_seconds", Info{32}, s.permit_seconds);
  }
  if (s.is(Kind::reconnect)) {
    f("first", Info{16}, s.first);
    f("longest", Info{16}, s.longest);
    f("spread", Info{16}, s.spread);
    f("jitter", Info{8}, s.jitter_percent);
    f("unused", Info{8}, s.unused);
    return f("addresses", Info{}, s.materials);
  }
  f("value", Info{}, s.value);
}
template <class F>
void each_field(wire::PolicyPayload& s, F&& f) {
  f("version", Info{64}, s.version);
  f("entries", Info{}, s.entries);
}
template <class F>
void each_field(wire::KeyDownloadPayload& s, F&& f) {
  f("clock", Info{64}, s.clock);
  f("items", Info{}, s.items);
}
template <class F>
void each_field(wire::KeyItem& s, F&& f) {
  f("type", Info{8}, s.kind);
  f("reserved", Info{8}, s.reserved);
  if (s.is(wire::KeyItem::Kind::group))
    return each_field(s.group, f);
  if (s.is(wire::KeyItem::Kind::order)) {
    f("policy_version", Info{64}, s.policy_version);
    return f("sequence", Info{64}, s.sequence);
  }
  if (!s.is_key())
    return f("value", Info{0, Names::address}, s.value);
  f("key_id", Info{32}, s.key_id);
  f("algorithm", Info{16}, s.algorithm);
  f("receive_start", Info{32}, s.lifetimes.receive_start);
  f("send_start", Info{32}, s.lifetimes.send_start);
  f("send_end", Info{32}, s.lifetimes.send_end);
  f("receive_end", Info{32}, s.lifetimes.receive_end);
  f("key", Info{}, s.key);
}
template <class F>
void each_field(wire::SequencePayload& s, F&& f) {
  f("number", Info{64}, s.number);
}
template <class F>
void each_field(wire::AdvertPayload& s, F&& f) {
  f("version", Info{8}, s.version);
  f("type", Info{8}, s.kind);
  f("priority", Info{16}, s.priority);
  f("interval", Info{16}, s.interval);
  f("reserved", Info{16}, s.reserved);
}
template <class F>
void each_field(wire::GroupActionPayload& s, F&& f) {
  f("type", Info{8}, s.kind);
  f("reserved", Info{8}, s.reserved);
  f("rejoin_within", Info{16}, s.rejoin_within);
}
template <class F>
void each_field(wire::IncarnationPayload& s, F&& f) {
  f("number", Info{64}, s.number);
}
template <class F>
void each_field(wire::UnknownPayload& s, F&& f) {
  f("data", Info{}, s.data);
}

// Fields that stand in the octets only: what they say follows from the rest, so they can be read
// and patched but not set. An empty list where a structure has none.
template <class S>
[[nodiscard]] inline std::vector<std::string_view> wire_only(const S&) {
  return {};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::Header&) {
  return {"next_payload", "length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::Proposal&) {
  return {"last", "length", "spi_size", "num_transforms"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::Transform&) {
  return {"last", "length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::TcpAoTransform&) {
  return {"last", "length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::Attribute&) {
  return {"length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::NotifyPayload&) {
  return {"spi_size"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::DeletePayload&) {
  return {"num_spis"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::TsPayload&) {
  return {"num_selectors"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::AddressSelector&) {
  return {"length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::RpSelector&) {
  return {"length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::UnknownSelector&) {
  return {"length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::ConfigAttribute&) {
  return {"length"};
}
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::KeyItem& item) {
  if (item.is_key())
    return {"length", "key_length"};
  return {"length"};
}
// How much more padding than needed, in octets, and what the pad length octet says.
[[nodiscard]] inline std::vector<std::string_view> wire_only(const wire::EncryptedPayload&) {
  return {"padding", "pad_length"};
}

// Bits of a number field that have a name of their own.
struct Bits {
  const char* name;
  unsigned shift;
  std::uint64_t mask;  // after shifting
};
template <class S>
[[nodiscard]] inline std::vector<Bits> bits_of(const S&, std::string_view) {
  return {};
}
[[nodiscard]] inline std::vector<Bits> bits_of(const wire::Header&, std::string_view field) {
  if (field == "flags")
    return {{"I", 3, 1}, {"V", 4, 1}, {"R", 5, 1}};
  if (field == "version")
    return {{"major", 4, 15}, {"minor", 0, 15}};
  return {};
}
[[nodiscard]] inline std::vector<Bits> bits_of(const wire::TcpAoTransform&,
                                               std::string_view field) {
  if (field == "flags")
    return {{"O", 7, 1}, {"X", 0, 127}};
  return {};
}

}  // namespace karpspec::transcript
