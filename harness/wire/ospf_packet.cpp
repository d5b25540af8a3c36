#include "wire/ospf_packet.h"

#include <string>

#include "base/reader.h"
#include "base/writer.h"

namespace karpspec::wire {
namespace {

constexpr std::uint8_t ospf_version = 2;
constexpr std::size_t hello_size = 20;  // octets, without neighbors
constexpr std::size_t checksum_at = 12, authentication_at = 16;

// The Internet checksum of everything but the authentication field (section D.4.1).
std::uint16_t checksum_of(OctetView packet) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < packet.size(); i += 2)
    if (i < authentication_at || i >= ospf_header_size)
      sum += static_cast<std::uint32_t>(packet[i] << 8 | packet[i + 1]);
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

Result<OspfHeader> read_ospf_header(OctetView packet) {
  if (packet.size() < ospf_header_size) {
    return fail(ErrorCode::truncated,
                "an OSPF header has 24 octets, and there are " + std::to_string(packet.size()),
                packet.size());
  }
  Reader in(packet);
  OspfHeader header;
  if (const std::uint8_t version = *in.u8("version"); version != ospf_version)
    return fail(ErrorCode::bad_value, "OSPF version " + std::to_string(version) + ", expected 2",
                0);
  header.type = *in.u8("type");
  header.length = *in.u16("packet length");
  header.router_id = *in.u32("router ID");
  header.area_id = *in.u32("area ID");
  header.checksum = *in.u16("checksum");
  header.au_type = *in.u16("AuType");
  if (header.length < ospf_header_size) {
    return fail(ErrorCode::bad_length,
                "the packet length says " + std::to_string(header.length) + " octets, 24 at least",
                2);
  }
  if (header.length > packet.size()) {
    return fail(ErrorCode::truncated,
                "the packet length says " + std::to_string(header.length) +
                    " octets, and there are " + std::to_string(packet.size()),
                2);
  }
  if (!header.is(OspfAuType::CRYPTOGRAPHIC))
    return header;
  static_cast<void>(*in.u16("zero"));
  header.key_id = *in.u8("Key ID");
  header.digest_size = *in.u8("Auth Data Len");
  header.sequence = *in.u32("cryptographic sequence number");
  if (header.digest_size > packet.size() - header.length) {
    return fail(ErrorCode::truncated,
                "Auth Data Len says " + std::to_string(header.digest_size) + " octets, and " +
                    std::to_string(packet.size() - header.length) + " follow the packet",
                ospf_digest_size_at);
  }
  return header;
}

Result<OspfHello> read_ospf_hello(OctetView packet, const OspfHeader& header) {
  if (!header.is(OspfType::HELLO))
    return fail(ErrorCode::bad_value, "OSPF type " + std::to_string(header.type) + " is no Hello",
                1);
  if (header.length < ospf_header_size + hello_size || header.length > packet.size() ||
      header.length % 4 != 0) {
    return fail(ErrorCode::bad_length,
                "a Hello has 44 octets and 4 for each neighbor, and this one " +
                    std::to_string(header.length),
                2);
  }
  Reader in(packet.subspan(ospf_header_size, header.length - ospf_header_size), ospf_header_size);
  OspfHello hello;
  hello.mask = *in.u32("network mask");
  hello.interval = *in.u16("HelloInterval");
  hello.options = *in.u8("options");
  hello.priority = *in.u8("router priority");
  hello.dead_interval = *in.u32("RouterDeadInterval");
  hello.designated = *in.u32("designated router");
  hello.backup = *in.u32("backup designated router");
  while (!in.empty())
    hello.neighbors.push_back(*in.u32("neighbor"));
  return hello;
}

Octets encode_ospf_hello(const OspfHeader& header, const OspfHello& hello, OctetView digest) {
  const bool cryptographic = header.is(OspfAuType::CRYPTOGRAPHIC);
  const std::size_t size = ospf_header_size + hello_size + 4 * hello.neighbors.size();
  Writer out;
  out.u8(ospf_version, "version");
  out.u8(static_cast<std::uint8_t>(OspfType::HELLO), "type");
  out.u16(static_cast<std::uint16_t>(size), "packet length");
  out.u32(header.router_id, "router ID");
  out.u32(header.area_id, "area ID");
  out.u16(0, "checksum");
  out.u16(header.au_type, "AuType");
  out.u16(0, "zero");
  out.u8(cryptographic ? header.key_id : std::uint8_t{0}, "Key ID");
  const std::uint8_t said =
      header.digest_size != 0 ? header.digest_size : static_cast<std::uint8_t>(digest.size());
  out.u8(cryptographic ? said : std::uint8_t{0}, "Auth Data Len");
  out.u32(cryptographic ? header.sequence : 0, "cryptographic sequence number");
  out.u32(hello.mask, "network mask");
  out.u16(hello.interval, "HelloInterval");
  out.u8(hello.options, "options");
  out.u8(hello.priority, "router priority");
  out.u32(hello.dead_interval, "RouterDeadInterval");
  out.u32(hello.designated, "designated router");
  out.u32(hello.backup, "backup designated router");
  for (const std::uint32_t neighbor : hello.neighbors)
    out.u32(neighbor, "neighbor");
  if (!cryptographic) {
    const std::uint16_t checksum = checksum_of(out.written());
    out.patch_u8(checksum_at, static_cast<std::uint8_t>(checksum >> 8));
    out.patch_u8(checksum_at + 1, static_cast<std::uint8_t>(checksum));
  } else {
    out.octets(digest, "message digest");
  }
  return out.take();
}

}  // namespace karpspec::wire
