#include "wire/rip_packet.h"

#include <string>

#include "base/reader.h"
#include "base/writer.h"

namespace karpspec::wire {
namespace {

constexpr std::uint8_t rip_version = 2;
constexpr std::uint16_t authentication_family = 0xffff;
constexpr std::uint16_t trailer_mark = 1;

// The keyed digest's entry, of which FAMILY and type have been read, and its trailer.
Result<void> read_digest(OctetView message, Reader& in, RipAuthentication& authentication) {
  authentication.trailer_at = *in.u16("RIPv2 packet length");
  authentication.key_id = *in.u8("Key ID");
  const std::uint8_t said = *in.u8("Auth Data Len");
  authentication.sequence = *in.u32("sequence number");
  static_cast<void>(*in.u64("zero"));
  const std::size_t trailer = authentication.trailer_at;
  if (trailer < rip_header_size + rip_entry_size ||
      (trailer - rip_header_size) % rip_entry_size != 0) {
    return fail(ErrorCode::bad_length,
                "the RIPv2 packet length says " + std::to_string(trailer) +
                    " octets, which is not behind an entry",
                rip_packet_length_at);
  }
  if (authentication.digest_at() > message.size()) {
    return fail(ErrorCode::truncated,
                "the RIPv2 packet length says " + std::to_string(trailer) +
                    " octets, and there are " + std::to_string(message.size()) +
                    " with the trailer",
                rip_packet_length_at);
  }
  const std::size_t left = message.size() - authentication.digest_at();
  authentication.length_of_trailer =
      said == left + rip_trailer_header_size && left + rip_trailer_header_size <= 0xff;
  if (said != left && !authentication.length_of_trailer) {
    return fail(said > left ? ErrorCode::truncated : ErrorCode::bad_length,
                "Auth Data Len says " + std::to_string(said) + " octets, and there are " +
                    std::to_string(left),
                rip_digest_size_at);
  }
  authentication.digest_size = static_cast<std::uint8_t>(left);
  Reader mark(message.subspan(trailer, rip_trailer_header_size), trailer);
  if (*mark.u16("0xFFFF") != authentication_family || *mark.u16("1") != trailer_mark)
    return fail(ErrorCode::bad_value, "the trailer does not begin with 0xFFFF0001", trailer);
  return {};
}

}  // namespace

Result<RipMessage> read_rip(OctetView message) {
  if (message.size() < rip_header_size) {
    return fail(ErrorCode::truncated,
                "a RIP header has 4 octets, and there are " + std::to_string(message.size()),
                message.size());
  }
  Reader in(message);
  RipMessage out;
  out.command = *in.u8("command");
  out.version = *in.u8("version");
  if (out.version != rip_version)
    return fail(ErrorCode::bad_value, "RIP version " + std::to_string(out.version) + ", expected 2",
                1);
  static_cast<void>(*in.u16("zero"));
  std::size_t end = message.size();
  for (bool first = true; in.offset() < end; first = false) {
    if (end - in.offset() < rip_entry_size) {
      return fail(ErrorCode::bad_length,
                  "an entry has 20 octets, and there are " + std::to_string(end - in.offset()),
                  in.offset());
    }
    const std::uint16_t family = *in.u16("address family");
    const std::uint16_t tag = *in.u16("route tag");
    if (first && family == authentication_family) {
      out.authentication.emplace();
      out.authentication->type = tag;
      if (out.authentication->is(RipAuthType::KEYED_DIGEST)) {
        KARPSPEC_CHECK(read_digest(message, in, *out.authentication));
        end = out.authentication->trailer_at;
      } else {
        static_cast<void>(*in.octets(rip_entry_size - 4, "password"));
      }
      continue;
    }
    RipEntry entry;
    entry.family = family;
    entry.tag = tag;
    entry.address = *in.u32("address");
    entry.mask = *in.u32("subnet mask");
    entry.next_hop = *in.u32("next hop");
    entry.metric = *in.u32("metric");
    out.entries.push_back(entry);
  }
  return out;
}

Octets encode_rip(const RipMessage& message, OctetView digest) {
  Writer out;
  out.u8(message.command, "command");
  out.u8(message.version, "version");
  out.u16(0, "zero");
  const bool keyed =
      message.authentication && message.authentication->is(RipAuthType::KEYED_DIGEST);
  if (keyed) {
    const RipAuthentication& by = *message.authentication;
    out.u16(authentication_family, "0xFFFF");
    out.u16(by.type, "authentication type");
    out.u16(
        static_cast<std::uint16_t>(rip_header_size + rip_entry_size * (1 + message.entries.size())),
        "RIPv2 packet length");
    out.u8(by.key_id, "Key ID");
    const std::size_t size = digest.empty() ? by.digest_size : digest.size();
    out.u8(static_cast<std::uint8_t>(size + (by.length_of_trailer ? rip_trailer_header_size : 0)),
           "Auth Data Len");
    out.u32(by.sequence, "sequence number");
    out.u64(0, "zero");
  }
  for (const RipEntry& entry : message.entries) {
    out.u16(entry.family, "address family");
    out.u16(entry.tag, "route tag");
    out.u32(entry.address, "address");
    out.u32(entry.mask, "subnet mask");
    out.u32(entry.next_hop, "next hop");
    out.u32(entry.metric, "metric");
  }
  if (keyed) {
    out.u16(authentication_family, "0xFFFF");
    out.u16(trailer_mark, "1");
    out.octets(digest, "authentication data");
  }
  return out.take();
}

}  // namespace karpspec::wire
