// Whatever frame or IP packet comes, its parts are read within their bounds; what is read of
// segments and ICMP errors is written back the same.
#include <tins/exceptions.h>

#include <array>

#include "capture/ip_payload.h"
#include "capture/packet.h"
#include "require.h"
#include "wire/icmp_error.h"
#include "wire/ip_packet.h"
#include "wire/ospf_packet.h"

namespace {

using namespace karpspec;

// LINKTYPE_ETHERNET, _LINUX_SLL, _LINUX_SLL2, _IPV4, _IPV6, one that is not read, and libpcap's
// number for raw IP.
constexpr std::array<int, 7> links = {1, 113, 276, 228, 229, 147, 12};

void same_address(const wire::IpAddress& address) {
  require(wire::IpAddress::from_text(address.to_text()) == address, "an address can be written");
}

void segment(const wire::TcpPacket& packet) {
  same_address(packet.source);
  same_address(packet.destination);
  const auto again = wire::encode_ip(packet);
  require(again.has_value(), "what came in an IP packet fits one");
  const auto back = wire::read_ip(*again);
  require(back && *back && **back == packet, "and comes back the same");
  for (const auto error : {wire::IcmpError::protocol_unreachable, wire::IcmpError::port_unreachable,
                           wire::IcmpError::prohibited}) {
    require(wire::icmp_error_from(wire::to_string(error)) == error, "an error's name is its");
    const auto told = wire::encode_icmp_error(error, packet);
    if (!told)
      continue;
    const auto about = wire::read_icmp_error(*told);
    require(about && about->source == packet.source && about->destination == packet.destination,
            "an error is about the segment that it quotes");
  }
  if (wire::read_tcp_header(packet.segment)) {
    wire::TcpPacket right = packet;
    wire::set_tcp_checksum(right);
    require(wire::tcp_checksum_holds(right), "a checksum that was put in holds");
  }
}

void frame(int link, OctetView octets) {
  capture::Fragments tcp, ospf, udp;
  // Twice, as of fragments that come again.
  for (int times = 0; times < 2; ++times) {
    for (const auto& [protocol, fragments] :
         {std::pair(std::uint8_t{6}, &tcp), std::pair(wire::protocol_ospf, &ospf)}) {
      const auto payload = capture::ip_payload(link, octets, protocol, *fragments);
      require(!payload || !*payload || (*payload)->octets.size() <= octets.size(),
              "a packet is within its frame");
    }
    try {
      const auto datagram = capture::udp_datagram(link, octets, udp);
      require(!datagram || datagram->payload.size() <= octets.size(), "so is a datagram");
    } catch (const Tins::exception_base&) {
      // That it does not parse is told so.
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const int link = links[data[0] % links.size()];
  const OctetView octets = OctetView(data, size).subspan(1);
  frame(link, octets);
  if (link != 228 && link != 229)
    return 0;
  const auto packet = wire::read_ip(octets);
  if (packet && *packet)
    segment(**packet);
  require(packet || (packet.error().offset && *packet.error().offset <= octets.size()),
          "an error names its octet");
  const auto about = wire::read_icmp_error(octets);
  if (about)
    same_address(about->source);
  const std::string text(octets.begin(), octets.end());
  if (const auto address = wire::IpAddress::from_text(text))
    same_address(*address);
  return 0;
}
