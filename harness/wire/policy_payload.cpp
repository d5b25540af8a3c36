#include "wire/policy_payload.h"

#include "wire/codec.h"

namespace karpspec::wire {
namespace {

constexpr std::size_t entry_head = 4;

Result<Octets> read_text(Reader& in, const char* what) {
  KARPSPEC_TRY(length, in.u16("length of a text"));
  KARPSPEC_TRY(text, in.octets(length, what));
  return copy(text);
}

void write_text(Writer& out, const Octets& text, const char* name, const char* length_name) {
  out.u16(static_cast<std::uint16_t>(text.size()), length_name);
  out.octets(text, name);
}

// Up to the end of IN.
Result<std::vector<Material>> read_materials(Reader& in) {
  std::vector<Material> out;
  while (!in.empty()) {
    KARPSPEC_TRY(kind, in.u8("kind of material"));
    KARPSPEC_TRY(length, in.u16("length of material"));
    KARPSPEC_TRY(value, in.octets(length, "material"));
    out.push_back({kind, copy(value)});
  }
  return out;
}

void write_materials(Writer& out, const std::vector<Material>& materials, const char* name) {
  for (std::size_t i = 0; i < materials.size(); ++i) {
    const auto scope = out.scope(name, i + 1);
    out.u8(materials[i].kind, "kind");
    out.u16(static_cast<std::uint16_t>(materials[i].value.size()), "length");
    out.octets(materials[i].value, "value");
  }
}

Result<void> read_permission(Reader& in, PolicyEntry& out) {
  KARPSPEC_TRY(speaker, read_text(in, "speaker"));
  KARPSPEC_TRY(receiver, read_text(in, "receiver"));
  KARPSPEC_TRY(vrf, read_text(in, "VRF"));
  KARPSPEC_TRY(interface, read_text(in, "interface"));
  KARPSPEC_TRY(protocol, read_text(in, "protocol"));
  KARPSPEC_TRY(direction, in.u8("direction of permission"));
  KARPSPEC_TRY(materials, read_materials(in));
  out.group = {std::move(speaker), std::move(vrf), std::move(interface), std::move(protocol)};
  out.receiver = std::move(receiver);
  out.direction = direction;
  out.materials = std::move(materials);
  return {};
}

Result<void> read_interface(Reader& in, PolicyEntry& out) {
  KARPSPEC_TRY(router, read_text(in, "router"));
  KARPSPEC_TRY(vrf, read_text(in, "VRF"));
  KARPSPEC_TRY(interface, read_text(in, "interface"));
  KARPSPEC_TRY(mode, in.u8("mode of the interface"));
  KARPSPEC_TRY(flags, in.u8("flags of the interface"));
  KARPSPEC_TRY(permit_seconds, in.u32("seconds of permit"));
  out.router = std::move(router);
  out.group.vrf = std::move(vrf);
  out.group.interface = std::move(interface);
  out.mode = mode;
  out.flags = flags;
  out.permit_seconds = permit_seconds;
  return in.finish("interface entry");
}

Result<void> read_reconnect(Reader& in, PolicyEntry& out) {
  KARPSPEC_TRY(first, in.u16("first delay"));
  KARPSPEC_TRY(longest, in.u16("longest delay"));
  KARPSPEC_TRY(spread, in.u16("spread of the start"));
  KARPSPEC_TRY(jitter, in.u8("jitter"));
  KARPSPEC_TRY(unused, in.u8("reserved field of reconnect"));
  KARPSPEC_TRY(addresses, read_materials(in));
  out.first = first;
  out.longest = longest;
  out.spread = spread;
  out.jitter_percent = jitter;
  out.unused = unused;
  out.materials = std::move(addresses);
  return {};
}

}  // namespace

Result<SpeakerGroup> read_speaker_group(Reader& in) {
  KARPSPEC_TRY(speaker, read_text(in, "speaker"));
  KARPSPEC_TRY(vrf, read_text(in, "VRF"));
  KARPSPEC_TRY(interface, read_text(in, "interface"));
  KARPSPEC_TRY(protocol, read_text(in, "protocol"));
  return SpeakerGroup{std::move(speaker), std::move(vrf), std::move(interface),
                      std::move(protocol)};
}

void write_speaker_group(Writer& out, const SpeakerGroup& group) {
  write_text(out, group.speaker, "speaker", "speaker_length");
  write_text(out, group.vrf, "vrf", "vrf_length");
  write_text(out, group.interface, "interface", "interface_length");
  write_text(out, group.protocol, "protocol", "protocol_length");
}

Result<PolicyPayload> read_policy(Reader& in) {
  PolicyPayload body;
  KARPSPEC_TRY(version, in.u64("policy version"));
  body.version = version;
  while (!in.empty()) {
    const std::size_t at = in.offset();
    PolicyEntry entry;
    KARPSPEC_TRY(kind, in.u8("entry type"));
    KARPSPEC_TRY(reserved, in.u8("entry's reserved field"));
    KARPSPEC_TRY(length, in.u16("entry length"));
    if (length < entry_head)
      return fail(ErrorCode::bad_length, "entry length below 4", at + 2);
    KARPSPEC_TRY(value, in.sub(length - entry_head, "entry"));
    entry.kind = kind;
    entry.reserved = reserved;
    if (entry.is(PolicyEntry::Kind::permission))
      KARPSPEC_CHECK(read_permission(value, entry));
    else if (entry.is(PolicyEntry::Kind::interface))
      KARPSPEC_CHECK(read_interface(value, entry));
    else if (entry.is(PolicyEntry::Kind::reconnect))
      KARPSPEC_CHECK(read_reconnect(value, entry));
    else
      entry.value = copy(value.rest());
    body.entries.push_back(std::move(entry));
  }
  return body;
}

void write(Writer& out, const PolicyPayload& body) {
  out.u64(body.version, "version");
  for (std::size_t i = 0; i < body.entries.size(); ++i) {
    const PolicyEntry& entry = body.entries[i];
    const auto scope = out.scope("entries", i + 1);
    const std::size_t from = out.size();
    out.u8(entry.kind, "type");
    out.u8(entry.reserved, "reserved");
    const auto length = out.length16(from, "length");
    if (entry.is(PolicyEntry::Kind::permission)) {
      write_text(out, entry.group.speaker, "speaker", "speaker_length");
      write_text(out, entry.receiver, "receiver", "receiver_length");
      write_text(out, entry.group.vrf, "vrf", "vrf_length");
      write_text(out, entry.group.interface, "interface", "interface_length");
      write_text(out, entry.group.protocol, "protocol", "protocol_length");
      out.u8(entry.direction, "direction");
      write_materials(out, entry.materials, "materials");
    } else if (entry.is(PolicyEntry::Kind::interface)) {
      write_text(out, entry.router, "router", "router_length");
      write_text(out, entry.group.vrf, "vrf", "vrf_length");
      write_text(out, entry.group.interface, "interface", "interface_length");
      out.u8(entry.mode, "mode");
      out.u8(entry.flags, "flags");
      out.u32(entry.permit_seconds, "permit_seconds");
    } else if (entry.is(PolicyEntry::Kind::reconnect)) {
      out.u16(entry.first, "first");
      out.u16(entry.longest, "longest");
      out.u16(entry.spread, "spread");
      out.u8(entry.jitter_percent, "jitter");
      out.u8(entry.unused, "unused");
      write_materials(out, entry.materials, "addresses");
    } else {
      out.octets(entry.value, "value");
    }
  }
}

}  // namespace karpspec::wire
