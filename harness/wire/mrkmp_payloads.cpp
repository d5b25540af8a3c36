#include "wire/mrkmp_payloads.h"

#include "wire/codec.h"

namespace karpspec::wire {
namespace {

constexpr std::size_t item_head = 4;

Result<std::int32_t> read_lifetime(Reader& in, const char* what) {
  KARPSPEC_TRY(value, in.u32(what));
  return static_cast<std::int32_t>(value);
}

Result<void> read_key(Reader& in, KeyItem& out) {
  KARPSPEC_TRY(id, in.u32("key ID"));
  KARPSPEC_TRY(algorithm, in.u16("key algorithm"));
  KARPSPEC_TRY(length, in.u16("key length"));
  KARPSPEC_TRY(receive_start, read_lifetime(in, "receive start"));
  KARPSPEC_TRY(send_start, read_lifetime(in, "send start"));
  KARPSPEC_TRY(send_end, read_lifetime(in, "send end"));
  KARPSPEC_TRY(receive_end, read_lifetime(in, "receive end"));
  KARPSPEC_TRY(key, in.octets(length, "key"));
  out.key_id = id;
  out.algorithm = algorithm;
  out.lifetimes = {receive_start, send_start, send_end, receive_end};
  out.key = copy(key);
  return in.finish("key item");
}

Result<void> read_value(Reader& in, KeyItem& out) {
  if (out.is_key())
    return read_key(in, out);
  if (out.is(KeyItem::Kind::group)) {
    KARPSPEC_TRY(group, read_speaker_group(in));
    out.group = std::move(group);
    return in.finish("group item");
  }
  if (out.is(KeyItem::Kind::order)) {
    KARPSPEC_TRY(version, in.u64("policy version"));
    KARPSPEC_TRY(sequence, in.u64("key sequence"));
    out.policy_version = version;
    out.sequence = sequence;
    return in.finish("order item");
  }
  out.value = copy(in.rest());
  return {};
}

void write_value(Writer& out, const KeyItem& item) {
  if (item.is(KeyItem::Kind::group))
    return write_speaker_group(out, item.group);
  if (item.is(KeyItem::Kind::order)) {
    out.u64(item.policy_version, "policy_version");
    return out.u64(item.sequence, "sequence");
  }
  out.octets(item.value, "value");
}

void write_lifetime(Writer& out, std::int32_t value, const char* name) {
  out.u32(static_cast<std::uint32_t>(value), name);
}

}  // namespace

Result<GroupPayload> read_group(Reader& in) {
  GroupPayload body;
  KARPSPEC_TRY(protocol, in.u8("group's protocol"));
  KARPSPEC_TRY(instance, in.u8("group's instance"));
  KARPSPEC_TRY(reserved, in.u16("group's reserved field"));
  KARPSPEC_TRY(area, in.u32("group's area"));
  body.protocol = protocol;
  body.instance = instance;
  body.reserved = reserved;
  body.area = area;
  return body;
}

Result<KeyDownloadPayload> read_key_download(Reader& in) {
  KeyDownloadPayload body;
  KARPSPEC_TRY(clock, in.u64("sender's clock"));
  body.clock = clock;
  while (!in.empty()) {
    const std::size_t at = in.offset();
    KeyItem item;
    KARPSPEC_TRY(kind, in.u8("item type"));
    KARPSPEC_TRY(reserved, in.u8("item's reserved field"));
    KARPSPEC_TRY(length, in.u16("item length"));
    if (length < item_head)
      return fail(ErrorCode::bad_length, "item length below 4", at + 2);
    KARPSPEC_TRY(value, in.sub(length - item_head, "item"));
    item.kind = kind;
    item.reserved = reserved;
    KARPSPEC_CHECK(read_value(value, item));
    body.items.push_back(std::move(item));
  }
  return body;
}

Result<SequencePayload> read_sequence(Reader& in) {
  KARPSPEC_TRY(number, in.u64("sequence number"));
  return SequencePayload{number};
}

Result<AdvertPayload> read_advert(Reader& in) {
  AdvertPayload body;
  KARPSPEC_TRY(version, in.u8("advertisement's version"));
  KARPSPEC_TRY(kind, in.u8("advertisement's type"));
  KARPSPEC_TRY(priority, in.u16("GCKS priority"));
  KARPSPEC_TRY(interval, in.u16("advertisement interval"));
  KARPSPEC_TRY(reserved, in.u16("advertisement's reserved field"));
  body.version = version;
  body.kind = kind;
  body.priority = priority;
  body.interval = interval;
  body.reserved = reserved;
  return body;
}

Result<GroupActionPayload> read_group_action(Reader& in) {
  GroupActionPayload body;
  KARPSPEC_TRY(kind, in.u8("type of the group message"));
  KARPSPEC_TRY(reserved, in.u8("reserved field of GKM"));
  KARPSPEC_TRY(within, in.u16("time to join again"));
  body.kind = kind;
  body.reserved = reserved;
  body.rejoin_within = within;
  return body;
}

Result<IncarnationPayload> read_incarnation(Reader& in) {
  KARPSPEC_TRY(number, in.u64("incarnation"));
  return IncarnationPayload{number};
}

void write(Writer& out, const GroupPayload& body) {
  out.u8(body.protocol, "protocol");
  out.u8(body.instance, "instance");
  out.u16(body.reserved, "reserved");
  out.u32(body.area, "area");
}

void write(Writer& out, const KeyDownloadPayload& body) {
  out.u64(body.clock, "clock");
  for (std::size_t i = 0; i < body.items.size(); ++i) {
    const KeyItem& item = body.items[i];
    const auto scope = out.scope("items", i + 1);
    out.u8(item.kind, "type");
    out.u8(item.reserved, "reserved");
    const auto length = out.length16(out.size() - 2, "length");
    if (!item.is_key()) {
      write_value(out, item);
      continue;
    }
    out.u32(item.key_id, "key_id");
    out.u16(item.algorithm, "algorithm");
    out.u16(static_cast<std::uint16_t>(item.key.size()), "key_length");
    write_lifetime(out, item.lifetimes.receive_start, "receive_start");
    write_lifetime(out, item.lifetimes.send_start, "send_start");
    write_lifetime(out, item.lifetimes.send_end, "send_end");
    write_lifetime(out, item.lifetimes.receive_end, "receive_end");
    out.octets(item.key, "key");
  }
}

void write(Writer& out, const SequencePayload& body) {
  out.u64(body.number, "number");
}

void write(Writer& out, const AdvertPayload& body) {
  out.u8(body.version, "version");
  out.u8(body.kind, "type");
  out.u16(body.priority, "priority");
  out.u16(body.interval, "interval");
  out.u16(body.reserved, "reserved");
}

void write(Writer& out, const GroupActionPayload& body) {
  out.u8(body.kind, "type");
  out.u8(body.reserved, "reserved");
  out.u16(body.rejoin_within, "rejoin_within");
}

void write(Writer& out, const IncarnationPayload& body) {
  out.u64(body.number, "number");
}

}  // namespace karpspec::wire
