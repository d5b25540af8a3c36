#include "wire/icmp_error.h"

#include <array>
#include <utility>

#include "base/reader.h"
#include "base/writer.h"
#include "wire/ip_packet.h"

namespace karpspec::wire {
namespace {

constexpr std::uint8_t protocol_icmp = 1, protocol_icmp6 = 58;
constexpr std::size_t quoted = 8;  // octets of the segment

constexpr std::array<std::pair<IcmpError, const char*>, 3> names{
    {{IcmpError::protocol_unreachable, "protocol-unreachable"},
     {IcmpError::port_unreachable, "port-unreachable"},
     {IcmpError::prohibited, "prohibited"}}};

struct Code {
  std::uint8_t type, code;
};

std::optional<Code> code_of(IcmpError error, bool v4) {
  switch (error) {
    case IcmpError::protocol_unreachable:
      return v4 ? std::optional(Code{3, 2}) : std::nullopt;
    case IcmpError::port_unreachable:
      return v4 ? Code{3, 3} : Code{1, 4};
    case IcmpError::prohibited:
      return v4 ? Code{3, 13} : Code{1, 1};
  }
  return std::nullopt;
}

}  // namespace

const char* to_string(IcmpError error) {
  for (const auto& [each, name] : names)
    if (each == error)
      return name;
  return "";
}

std::optional<IcmpError> icmp_error_from(std::string_view name) {
  for (const auto& [error, each] : names)
    if (name == each)
      return error;
  return std::nullopt;
}

Result<Octets> encode_icmp_error(IcmpError error, const TcpPacket& about) {
  const bool v4 = about.source.is_v4();
  const auto code = code_of(error, v4);
  if (!code)
    return fail(ErrorCode::bad_value, std::string("IPv6 has no error ") + to_string(error));
  if (about.segment.size() < quoted)
    return fail(ErrorCode::bad_length, "a segment too short to be quoted");
  KARPSPEC_TRY(packet, encode_ip(about));
  Writer out;
  out.u8(code->type, "type");
  out.u8(code->code, "code");
  out.u16(0, "checksum");
  out.u32(0, "unused");
  out.octets(OctetView(packet).first((v4 ? ipv4_header_size : ipv6_header_size) + quoted),
             "packet");
  Octets message = out.take();
  Octets covered;
  if (!v4) {
    // The pseudo header of RFC 8200 section 8.1.
    covered = concat({about.destination.octets(), about.source.octets()});
    append(covered,
           Octets{0, 0, 0, static_cast<std::uint8_t>(message.size()), 0, 0, 0, protocol_icmp6});
  }
  append(covered, message);
  const std::uint16_t sum = internet_checksum(covered);
  message[2] = static_cast<std::uint8_t>(sum >> 8);
  message[3] = static_cast<std::uint8_t>(sum);
  return encode_ip(about.destination, about.source, v4 ? protocol_icmp : protocol_icmp6, message);
}

std::optional<IcmpAbout> read_icmp_error(OctetView packet) {
  if (packet.empty())
    return std::nullopt;
  const bool v4 = packet[0] >> 4 == 4;
  const std::size_t outer = v4 ? static_cast<std::size_t>(packet[0] & 0x0f) * 4 : ipv6_header_size;
  const std::size_t inner = v4 ? ipv4_header_size : ipv6_header_size;
  constexpr std::size_t icmp_header = 8;
  if (outer < inner || packet.size() < outer + icmp_header + inner + quoted)
    return std::nullopt;
  const OctetView about = packet.subspan(outer + icmp_header);
  const bool icmp = v4 ? packet[9] == protocol_icmp && packet[outer] == 3
                       : packet[6] == protocol_icmp6 && packet[outer] == 1;
  // What we quote ourselves, and others do, has no options in its header.
  if (!icmp || about[0] >> 4 != (v4 ? 4 : 6) || (v4 && (about[0] & 0x0f) != 5) ||
      about[v4 ? 9 : 6] != protocol_tcp)
    return std::nullopt;
  const std::size_t addresses = v4 ? 12 : 8, size = v4 ? 4 : 16;
  const auto source = IpAddress::from_octets(about.subspan(addresses, size));
  const auto destination = IpAddress::from_octets(about.subspan(addresses + size, size));
  Reader in(about.subspan(inner, quoted));
  const auto source_port = in.u16("source port"), destination_port = in.u16("destination port");
  const auto sequence = in.u32("sequence number");
  if (!source || !destination || !source_port || !destination_port || !sequence)
    return std::nullopt;
  return IcmpAbout{*source, *destination, *source_port, *destination_port, *sequence};
}

}  // namespace karpspec::wire
