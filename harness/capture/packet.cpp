#include "capture/packet.h"

#include <pcap/pcap.h>
#include <tins/dot1q.h>
#include <tins/ethernetII.h>
#include <tins/exceptions.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/sll.h>
#include <tins/udp.h>

#include <array>
#include <cstring>
#include <memory>

#include "wire/ip_address.h"

namespace karpspec::capture {
namespace {

constexpr std::uint8_t protocol_udp = 17;
constexpr std::size_t udp_header_size = 8;

std::unique_ptr<Tins::PDU> parse_ip(OctetView octets) {
  const auto size = static_cast<std::uint32_t>(octets.size());
  if (size == 0)
    throw Tins::malformed_packet();
  switch (octets[0] >> 4) {
    case 4:
      return std::make_unique<Tins::IP>(octets.data(), size);
    case 6:
      return std::make_unique<Tins::IPv6>(octets.data(), size);
    default:
      throw Tins::malformed_packet();
  }
}

// Linux cooked capture, version 2, which libtins does not have: 20 octets, big-endian.
//   protocol (2) | reserved (2) | interface (4) | ARPHRD type (2) | packet type (1) |
//   address length (1) | address (8)
std::unique_ptr<Tins::PDU> parse_cooked2(OctetView octets) {
  constexpr std::size_t header_size = 20;
  if (octets.size() < header_size)
    throw Tins::malformed_packet();
  const int protocol = octets[0] << 8 | octets[1];
  if (protocol != 0x0800 && protocol != 0x86dd)
    return nullptr;
  return parse_ip(octets.subspan(header_size));
}

std::unique_ptr<Tins::PDU> parse(int link_type, OctetView octets) {
  const auto size = static_cast<std::uint32_t>(octets.size());
  switch (link_type) {
    case DLT_EN10MB:
      return std::make_unique<Tins::EthernetII>(octets.data(), size);
    case DLT_LINUX_SLL:
      return std::make_unique<Tins::SLL>(octets.data(), size);
    case DLT_LINUX_SLL2:
      return parse_cooked2(octets);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return parse_ip(octets);
    default:
      return nullptr;
  }
}

Octets raw_payload(const Tins::PDU& pdu) {
  const auto* raw = pdu.find_pdu<Tins::RawPDU>();
  return raw == nullptr ? Octets() : raw->payload();
}

// libtins writes its addresses too, IPv4 ones through a stream.
std::string text_of(const Tins::IPv4Address& address) {
  const auto number = static_cast<std::uint32_t>(address);  // in network order
  std::array<std::uint8_t, sizeof(number)> octets{};
  std::memcpy(octets.data(), &number, octets.size());
  const auto read = wire::IpAddress::from_octets(octets);
  return read ? read->to_text() : std::string();
}
std::string text_of(const Tins::IPv6Address& address) {
  return address.to_string();
}

// What libtins leaves as raw octets because it is a fragment, if it is one of a UDP datagram.
std::optional<Fragment> fragment_of(const Tins::IP& ip) {
  if (!ip.is_fragmented() || ip.protocol() != protocol_udp)
    return std::nullopt;
  Fragment fragment{
      text_of(ip.src_addr()) + " " + text_of(ip.dst_addr()) + " " + std::to_string(ip.id()),
      std::size_t{ip.fragment_offset()} * 8, (ip.flags() & Tins::IP::MORE_FRAGMENTS) != 0,
      raw_payload(ip)};
  if (fragment.octets.size() + std::size_t{ip.head_len()} * 4 != ip.tot_len())
    throw Tins::malformed_packet();
  return fragment;
}

// The protocol that the fragment header names, which libtins reads and writes but does not tell.
std::uint8_t fragmented_protocol(const Tins::IPv6& ip) {
  const Octets octets = std::unique_ptr<Tins::IPv6>(ip.clone())->serialize();
  std::uint8_t type = ip.next_header();
  for (std::size_t at = 40; at + 1 < octets.size(); at += (std::size_t{octets[at + 1]} + 1) * 8) {
    const std::uint8_t next = octets[at];
    if (type == Tins::IPv6::FRAGMENT)
      return next;
    type = next;
  }
  throw Tins::malformed_packet();
}

// The fragment header, RFC 8200 section 4.5, without its first two octets:
//   offset in units of 8 (13 bits), reserved (2 bits), M (1 bit) | identification (4)
std::optional<Fragment> fragment_of(const Tins::IPv6& ip) {
  const auto* header = ip.search_header(Tins::IPv6::FRAGMENT);
  if (header == nullptr)
    return std::nullopt;
  if (header->data_size() != 6)
    throw Tins::malformed_packet();
  if (fragmented_protocol(ip) != protocol_udp)
    return std::nullopt;
  const std::uint8_t* data = header->data_ptr();
  const unsigned offset = static_cast<unsigned>(data[0]) << 8 | data[1];
  return Fragment{
      text_of(ip.src_addr()) + " " + text_of(ip.dst_addr()) + " " + to_hex(OctetView(data + 2, 4)),
      offset & ~7U, (offset & 1) != 0, raw_payload(ip)};
}

template <class Ip>
std::optional<Datagram> datagram_of(const Ip& ip, Fragments& fragments) {
  const auto fill = [&](const Tins::UDP& udp) {
    Datagram datagram{{text_of(ip.src_addr()), udp.sport()},
                      {text_of(ip.dst_addr()), udp.dport()},
                      raw_payload(udp)};
    if (udp.length() < udp_header_size ||
        datagram.payload.size() < udp.length() - udp_header_size) {
      throw Tins::malformed_packet();
    }
    datagram.payload.resize(udp.length() - udp_header_size);
    return datagram;
  };
  if (const auto* udp = ip.template find_pdu<Tins::UDP>())
    return fill(*udp);
  auto fragment = fragment_of(ip);
  if (!fragment)
    return std::nullopt;
  const auto whole = fragments.add(*std::move(fragment));
  if (!whole)
    return std::nullopt;
  return fill(Tins::UDP(whole->data(), static_cast<std::uint32_t>(whole->size())));
}

}  // namespace

bool is_known_link(int link_type) {
  switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return true;
    default:
      return false;
  }
}

std::optional<Datagram> udp_datagram(int link_type, OctetView frame, Fragments& fragments) {
  const auto parsed = parse(link_type, frame);
  if (!parsed)
    return std::nullopt;
  if (const auto* ip = parsed->find_pdu<Tins::IP>())
    return datagram_of(*ip, fragments);
  if (const auto* ip = parsed->find_pdu<Tins::IPv6>())
    return datagram_of(*ip, fragments);
  return std::nullopt;
}

}  // namespace karpspec::capture
