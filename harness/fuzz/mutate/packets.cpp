#include "fuzz/mutate/packets.h"

#include <algorithm>
#include <array>

#include "base/machine.h"
#include "fuzz/mutate/message.h"
#include "wire/ip_packet.h"
#include "wire/ospf_packet.h"
#include "wire/rip_packet.h"
#include "wire/tcp_segment.h"

namespace karpspec::fuzz {
namespace {

constexpr std::uint8_t protocol_icmp = 1, protocol_udp = 17;
constexpr std::size_t udp_header_size = 8;

std::uint16_t number16(OctetView octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}
void put16(Octets& octets, std::size_t at, std::size_t value) {
  octets[at] = static_cast<std::uint8_t>(value >> 8);
  octets[at + 1] = static_cast<std::uint8_t>(value);
}
Octets part(OctetView octets, std::size_t from, std::size_t size) {
  const OctetView view = octets.subspan(from, size);
  return {view.begin(), view.end()};
}
std::ptrdiff_t index(std::size_t i) {
  return static_cast<std::ptrdiff_t>(i);
}

Octets fresh_option(Draw& draw) {
  static const std::array<Octets, 7> all = {
      Octets{1},
      Octets{2, 4, 5, 180},
      Octets{8, 10, 0, 0, 0, 1, 0, 0, 0, 2},
      Octets{29, 16, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
      Octets{29, 4, 2, 2},
      Octets{19, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
      Octets{0}};
  return all[draw.below(all.size())];
}

// What UDP carries, by its ports.
bool change_udp(Octets& octets, Draw& draw) {
  if (octets.size() < udp_header_size)
    return false;
  if (draw.one_in(8)) {
    draw.change_number(octets, 2 * draw.below(4), 2);
    return true;
  }
  const std::uint16_t from = number16(octets, 0), to = number16(octets, 2);
  Octets payload = part(octets, udp_header_size, octets.size() - udp_header_size);
  const bool marked =
      (from == nat_traversal_port || to == nat_traversal_port) && payload.size() >= 4;
  Octets inner = part(payload, marked ? 4 : 0, payload.size() - (marked ? 4 : 0));
  const bool rip = from == wire::rip_port || to == wire::rip_port;
  if (!(rip ? change_rip(inner, draw) : change_message(inner, draw)))
    draw.change(inner);
  octets.resize(udp_header_size + (marked ? 4 : 0));
  append(octets, inner);
  put16(octets, 4, octets.size());
  return true;
}

void change_carried(Octets& octets, std::uint8_t protocol, Draw& draw) {
  bool done = false;
  if (protocol == protocol_udp)
    done = change_udp(octets, draw);
  else if (protocol == wire::protocol_tcp)
    done = change_segment(octets, draw);
  else if (protocol == wire::protocol_ospf)
    done = change_ospf(octets, draw);
  else if (protocol == protocol_icmp && octets.size() > 8) {
    Octets about = part(octets, 8, octets.size() - 8);
    done = change_ip(about, draw);
    octets.resize(8);
    append(octets, about);
  }
  if (!done)
    draw.change(octets);
}

// PACKET has a header of HEADER octets at least, carries PROTOCOL behind AT octets, and says in two
// octets at LENGTH_AT how long it is, less LESS.
void change_packet(Octets& packet, std::size_t header, std::size_t at, std::uint8_t protocol,
                   std::size_t length_at, std::size_t less, Draw& draw) {
  if (draw.one_in(6)) {
    draw.change_number(packet, draw.below(header), std::size_t{1} << draw.below(3));
    return;
  }
  Octets carried = part(packet, at, packet.size() - at);
  change_carried(carried, protocol, draw);
  packet.resize(at);
  append(packet, carried);
  if (packet.size() - less <= 0xffff)
    put16(packet, length_at, packet.size() - less);
}

}  // namespace

bool change_segment(Octets& octets, Draw& draw) {
  const auto header = wire::read_tcp_header(octets);
  if (!header)
    return false;
  if (draw.one_in(6)) {
    draw.change_number(octets, draw.below(wire::tcp_header_size), std::size_t{1} << draw.below(3));
    return true;
  }
  Octets data = part(octets, header->size, octets.size() - header->size);
  std::vector<Octets> options;
  for (const wire::TcpOption& option : header->options)
    options.push_back(part(octets, option.offset, option.size));
  const std::size_t what = draw.below(4);
  if (what == 0) {
    draw.change(data);
  } else if (what == 1 || options.empty()) {
    options.insert(options.begin() + index(draw.below(options.size() + 1)), fresh_option(draw));
  } else if (what == 2) {
    draw.rearrange(options, 8);
  } else {
    Octets& option = options[draw.below(options.size())];
    draw.change(option);
    // Its length follows, mostly.
    if (option.size() > 1 && option[0] > 1 && !draw.one_in(4))
      option[1] = static_cast<std::uint8_t>(option.size());
  }
  Octets all;
  for (const Octets& option : options)
    append(all, option);
  all.resize(std::min((all.size() + 3) / 4 * 4, wire::tcp_option_space));
  octets.resize(wire::tcp_header_size);
  octets[12] = static_cast<std::uint8_t>((octets[12] & 0x0fU) |
                                         (wire::tcp_header_size + all.size()) / 4 << 4);
  append(octets, all);
  append(octets, data);
  return true;
}

bool change_ospf(Octets& octets, Draw& draw) {
  const auto header = wire::read_ospf_header(octets);
  if (!header)
    return false;
  if (draw.one_in(4)) {
    draw.change_number(octets, draw.below(wire::ospf_header_size), std::size_t{1} << draw.below(3));
    return true;
  }
  Octets body = part(octets, wire::ospf_header_size, header->length - wire::ospf_header_size);
  Octets digest = part(octets, header->length, octets.size() - header->length);
  switch (draw.below(4)) {
    case 0:
      draw.change(digest);
      break;
    case 1:
      // Router IDs, four octets each.
      body.resize(std::min<std::size_t>((body.size() / 4 + draw.below(4)) * 4, 0xf000), 7);
      break;
    case 2:
      if (body.size() >= 4)
        body.resize(body.size() - 4 * (1 + draw.below(body.size() / 4)));
      break;
    default:
      draw.change(body);
      break;
  }
  octets.resize(wire::ospf_header_size);
  append(octets, body);
  put16(octets, 2, octets.size());
  append(octets, digest);
  if (header->is(wire::OspfAuType::CRYPTOGRAPHIC))
    octets[wire::ospf_digest_size_at] = static_cast<std::uint8_t>(digest.size());
  return true;
}

bool change_rip(Octets& octets, Draw& draw) {
  using namespace wire;
  if (octets.size() < rip_header_size + rip_entry_size)
    return false;
  if (draw.one_in(4)) {
    draw.change_number(octets, draw.below(std::min<std::size_t>(octets.size(), 24)),
                       std::size_t{1} << draw.below(3));
    return true;
  }
  const bool digested = number16(octets, 4) == 0xffff && number16(octets, 6) == 3;
  std::size_t end = digested ? number16(octets, rip_packet_length_at) : octets.size();
  if (end > octets.size() || end < rip_header_size)
    end = octets.size();
  Octets trailer = part(octets, end, octets.size() - end);
  std::vector<Octets> entries;
  for (std::size_t at = rip_header_size; at < end; at += rip_entry_size)
    entries.push_back(part(octets, at, std::min(rip_entry_size, end - at)));
  if (digested && draw.one_in(3))
    draw.change(trailer);
  else if (entries.empty() || draw.one_in(2))
    draw.rearrange(entries, 80);
  else
    draw.change_number(entries[draw.below(entries.size())], 4 * draw.below(5), 4);
  octets.resize(rip_header_size);
  for (const Octets& entry : entries)
    append(octets, entry);
  if (digested && octets.size() >= rip_header_size + rip_entry_size) {
    put16(octets, rip_packet_length_at, octets.size());
    octets[rip_digest_size_at] = static_cast<std::uint8_t>(
        trailer.size() - std::min(trailer.size(), rip_trailer_header_size));
  }
  append(octets, trailer);
  return true;
}

bool change_ip(Octets& octets, Draw& draw) {
  constexpr std::size_t least4 = 20, header6 = 40;
  if (octets.size() >= least4 && octets[0] >> 4 == 4) {
    const std::size_t header = std::size_t{octets[0]} % 16 * 4;
    if (header < least4 || octets.size() < header)
      return false;
    if (draw.one_in(8)) {
      // Whether and where it is a fragment.
      put16(octets, 6, (draw.one_in(2) ? 0x2000U : 0U) | (draw.one_in(2) ? draw.below(8) : 0U));
      return true;
    }
    change_packet(octets, header, header, octets[9], 2, 0, draw);
    return true;
  }
  if (octets.size() < header6 || octets[0] >> 4 != 6)
    return false;
  if (draw.one_in(8)) {
    // One more extension header: hop by hop, routing, a fragment, destination options.
    static constexpr std::array<std::uint8_t, 4> types = {0, 43, 44, 60};
    const std::uint8_t type = types[draw.below(types.size())];
    const Octets more{
        octets[6], 0, 0, static_cast<std::uint8_t>(draw.one_in(2) ? draw.below(256) : 0),
        0,         0, 0, 1};
    octets[6] = type;
    octets.insert(octets.begin() + header6, more.begin(), more.end());
    put16(octets, 4, octets.size() - header6);
    return true;
  }
  std::size_t at = header6;
  std::uint8_t next = octets[6];
  while ((next == 0 || next == 43 || next == 44 || next == 60) && at + 8 <= octets.size()) {
    const std::size_t size = next == 44 ? 8 : (std::size_t{octets[at + 1]} + 1) * 8;
    next = octets[at];
    at = std::min(at + size, octets.size());
  }
  change_packet(octets, at, at, next, 4, header6, draw);
  return true;
}

bool change_frame(Octets& octets, Draw& draw) {
  // Where the IP packet begins: without a link header, and behind those that we know.
  for (const std::size_t at : {std::size_t{14}, std::size_t{18}, std::size_t{22}, std::size_t{16},
                               std::size_t{20}, std::size_t{0}}) {
    if (at >= octets.size())
      continue;
    Octets packet = part(octets, at, octets.size() - at);
    const bool is_ip = (packet[0] == 0x45 || packet[0] >> 4 == 6) && change_ip(packet, draw);
    if (!is_ip)
      continue;
    octets.resize(at);
    append(octets, packet);
    return true;
  }
  return false;
}

}  // namespace karpspec::fuzz
