#include "wire/ip_packet.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace karpspec::wire {
namespace {

constexpr std::uint8_t hop_limit = 64;
constexpr std::uint16_t do_not_fragment = 0x4000, fragment_bits = 0x3fff;

std::uint16_t u16_at(OctetView octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

Result<std::optional<TcpPacket>> segment_of(OctetView packet, std::size_t source, std::size_t size,
                                            OctetView segment) {
  KARPSPEC_TRY(from, IpAddress::from_octets(packet.subspan(source, size)));
  KARPSPEC_TRY(to, IpAddress::from_octets(packet.subspan(source + size, size)));
  return std::optional(TcpPacket{from, to, Octets(segment.begin(), segment.end())});
}

tl::unexpected<Error> too_short(OctetView packet) {
  return fail(ErrorCode::truncated, "an IP packet that ends too early", packet.size());
}

}  // namespace

std::uint16_t internet_checksum(OctetView octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); i += 2)
    sum += static_cast<std::uint32_t>(octets[i] << 8 | (i + 1 < octets.size() ? octets[i + 1] : 0));
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

Result<Octets> encode_ip(const TcpPacket& packet) {
  return encode_ip(packet.source, packet.destination, protocol_tcp, packet.segment);
}

Result<Octets> encode_ip(const IpAddress& source, const IpAddress& destination,
                         std::uint8_t protocol, OctetView payload) {
  const bool v4 = source.is_v4();
  if (source.octets().empty() || source.octets().size() != destination.octets().size())
    return fail(ErrorCode::bad_value, "'" + source.to_text() + "' and '" + destination.to_text() +
                                          "' are no pair of IP addresses");
  const std::size_t told = payload.size() + (v4 ? ipv4_header_size : 0);
  if (told > 0xffff)
    return fail(ErrorCode::bad_length, "a segment too long for an IP packet");
  Writer out;
  if (v4) {
    out.u8(0x45, "version and header length");
    out.u8(0, "type of service");
    out.u16(static_cast<std::uint16_t>(told), "total length");
    out.u16(0, "identification");
    out.u16(do_not_fragment, "fragment");
    out.u8(hop_limit, "time to live");
    out.u8(protocol, "protocol");
    out.u16(0, "header checksum");
  } else {
    out.u32(0x60000000, "version, traffic class and flow label");
    out.u16(static_cast<std::uint16_t>(told), "payload length");
    out.u8(protocol, "next header");
    out.u8(hop_limit, "hop limit");
  }
  out.octets(source.octets(), "source");
  out.octets(destination.octets(), "destination");
  Octets octets = out.take();
  if (v4) {
    const std::uint16_t sum = internet_checksum(octets);
    octets[10] = static_cast<std::uint8_t>(sum >> 8);
    octets[11] = static_cast<std::uint8_t>(sum);
  }
  append(octets, payload);
  return octets;
}

Result<std::optional<TcpPacket>> read_ip(OctetView packet) {
  if (packet.empty())
    return too_short(packet);
  const int version = packet[0] >> 4;
  if (version == 4) {
    if (packet.size() < ipv4_header_size)
      return too_short(packet);
    const std::size_t header = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
    const std::size_t total = u16_at(packet, 2);
    if (header < ipv4_header_size || total < header)
      return fail(ErrorCode::bad_length, "an IPv4 header whose lengths contradict each other", 0);
    if (total > packet.size())
      return too_short(packet);
    if (packet[9] != protocol_tcp || (u16_at(packet, 6) & fragment_bits) != 0)
      return std::optional<TcpPacket>();
    return segment_of(packet, 12, 4, packet.subspan(header, total - header));
  }
  if (version == 6) {
    if (packet.size() < ipv6_header_size)
      return too_short(packet);
    const std::size_t size = u16_at(packet, 4);
    if (ipv6_header_size + size > packet.size())
      return too_short(packet);
    if (packet[6] != protocol_tcp)
      return std::optional<TcpPacket>();
    return segment_of(packet, 8, 16, packet.subspan(ipv6_header_size, size));
  }
  return fail(ErrorCode::bad_value, "IP version " + std::to_string(version), 0);
}

}  // namespace karpspec::wire
