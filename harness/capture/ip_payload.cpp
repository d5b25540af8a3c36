#include "capture/ip_payload.h"

#include <pcap/pcap.h>

#include <string>

#include "base/reader.h"

namespace karpspec::capture {
namespace {

using Found = Result<std::optional<IpPayload>>;

constexpr std::uint16_t type_ipv4 = 0x0800, type_ipv6 = 0x86dd;

std::uint16_t number16(OctetView octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

// The IP packet of a frame; nothing where there is none.
std::optional<OctetView> ip_packet(int link_type, OctetView frame) {
  std::size_t type_at = 0, header = 0;
  switch (link_type) {
    case DLT_EN10MB:
      type_at = 12;
      header = 14;
      break;
    case DLT_LINUX_SLL:
      type_at = 14;
      header = 16;
      break;
    case DLT_LINUX_SLL2:
      header = 20;
      break;
    default:
      return frame;
  }
  if (frame.size() < header)
    return std::nullopt;
  std::uint16_t type = number16(frame, type_at);
  // VLAN tags: the type, the tag, and the type of what follows.
  while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
    if (frame.size() < header + 4)
      return std::nullopt;
    type = number16(frame, header + 2);
    header += 4;
  }
  if (type != type_ipv4 && type != type_ipv6)
    return std::nullopt;
  return frame.subspan(header);
}

Found not_whole() {
  return fail(ErrorCode::truncated, "the packet was not captured whole");
}

Found whole(const wire::IpAddress& source, const wire::IpAddress& destination, OctetView octets) {
  return IpPayload{source, destination, Octets(octets.begin(), octets.end())};
}

// One of several fragments; OFFSET in octets.
Found part(const wire::IpAddress& source, const wire::IpAddress& destination, OctetView id,
           std::size_t offset, bool more, OctetView octets, Fragments& fragments) {
  const auto complete =
      fragments.add({source.to_text() + " " + destination.to_text() + " " + to_hex(id), offset,
                     more, Octets(octets.begin(), octets.end())});
  if (!complete)
    return std::optional<IpPayload>();
  return whole(source, destination, *complete);
}

// RFC 791 section 3.1.
Found from_ipv4(OctetView packet, std::uint8_t protocol, Fragments& fragments) {
  constexpr std::size_t least = 20;
  if (packet.size() < least || packet[9] != protocol)
    return std::optional<IpPayload>();
  const std::size_t header = std::size_t{packet[0]} % 16 * 4;
  const std::size_t total = number16(packet, 2);
  if (header < least || total < header)
    return fail(ErrorCode::bad_length, "the lengths of the IPv4 header contradict each other");
  if (packet.size() < total)
    return not_whole();
  KARPSPEC_TRY(source, wire::IpAddress::from_octets(packet.subspan(12, 4)));
  KARPSPEC_TRY(destination, wire::IpAddress::from_octets(packet.subspan(16, 4)));
  // What follows the packet is padding of the link.
  const OctetView octets = packet.subspan(header, total - header);
  const std::uint16_t place = number16(packet, 6);
  const bool more = (place & 0x2000) != 0;
  const std::size_t offset = std::size_t{place} % 0x2000 * 8;
  if (more || offset != 0)
    return part(source, destination, packet.subspan(4, 2), offset, more, octets, fragments);
  return whole(source, destination, octets);
}

// RFC 8200 sections 3 and 4: hop-by-hop options, routing, destination options and fragments.
Found from_ipv6(OctetView packet, std::uint8_t protocol, Fragments& fragments) {
  constexpr std::size_t header = 40;
  enum : std::uint8_t { hop_by_hop = 0, routing = 43, fragment = 44, destination_options = 60 };
  if (packet.size() < header)
    return std::optional<IpPayload>();
  const std::size_t total = header + number16(packet, 4);
  KARPSPEC_TRY(source, wire::IpAddress::from_octets(packet.subspan(8, 16)));
  KARPSPEC_TRY(destination, wire::IpAddress::from_octets(packet.subspan(24, 16)));
  std::uint8_t next = packet[6];
  std::size_t at = header;
  std::optional<std::size_t> fragment_at;
  while (next == hop_by_hop || next == routing || next == fragment || next == destination_options) {
    if (packet.size() < at + 8)
      return std::optional<IpPayload>();
    if (next == fragment)
      fragment_at = at;
    const std::size_t size = next == fragment ? 8 : (std::size_t{packet[at + 1]} + 1) * 8;
    next = packet[at];
    at += size;
    // Only the first fragment goes on with headers.
    if (fragment_at && (number16(packet, *fragment_at + 2) & 0xfff8) != 0)
      break;
  }
  if (next != protocol)
    return std::optional<IpPayload>();
  if (at > total)
    return fail(ErrorCode::bad_length, "the lengths of the IPv6 headers contradict each other");
  if (packet.size() < total)
    return not_whole();
  const OctetView octets = packet.subspan(at, total - at);
  if (!fragment_at)
    return whole(source, destination, octets);
  const std::uint16_t place = number16(packet, *fragment_at + 2);
  return part(source, destination, packet.subspan(*fragment_at + 4, 4), place & 0xfff8,
              (place & 1) != 0, octets, fragments);
}

}  // namespace

Found ip_payload(int link_type, OctetView frame, std::uint8_t protocol, Fragments& fragments) {
  const auto packet = ip_packet(link_type, frame);
  if (!packet || packet->empty())
    return std::optional<IpPayload>();
  switch ((*packet)[0] >> 4) {
    case 4:
      return from_ipv4(*packet, protocol, fragments);
    case 6:
      return from_ipv6(*packet, protocol, fragments);
    default:
      return std::optional<IpPayload>();
  }
}

}  // namespace karpspec::capture
