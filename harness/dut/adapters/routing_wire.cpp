#include "dut/adapters/routing_wire.h"

#include <algorithm>

#include "base/writer.h"
#include "capture/ip_payload.h"
#include "capture/pcapng_writer.h"
#include "keytable/key_name.h"
#include "oracle/rpauth/checker.h"
#include "oracle/tcpao/segment_mac.h"

namespace karpspec::dut {
namespace {

using namespace std::chrono_literals;
namespace rpauth = oracle::rpauth;

constexpr std::uint8_t protocol_tcp = 6, protocol_udp = 17;
constexpr std::size_t udp_header = 8;
constexpr std::uint16_t bgp_port = 179;
// A packet is lost on no veth; a daemon that is busy may be late. OSPF's interval is one second.
constexpr Duration answer_time = 3s;
constexpr int segment_tries = 2;

wire::IpAddress address_of(std::uint32_t number) {
  return *wire::IpAddress::from_octets(big_endian(number));
}

std::uint32_t number_of(const wire::IpAddress& address) {
  return static_cast<std::uint32_t>(unsigned_from(address.octets()));
}

// The row of a TCP MD5 digest, which names none.
KeySeen key_of(const wire::TcpPacket& packet, const wire::TcpHeader& header,
               const std::vector<const keytable::Row*>& rows) {
  KeySeen seen{true, "", "", ""};
  const wire::TcpOption* option = header.find(wire::TcpOptionKind::MD5);
  if (option == nullptr || option->size != wire::tcp_md5_option_size) {
    seen.trouble = "the segment has no digest of TCP MD5";
    return seen;
  }
  const OctetView there = OctetView(packet.segment).subspan(option->offset + 2, 16);
  for (const keytable::Row* row : rows)
    if (equal_in_constant_time(oracle::tcpao::md5_signature(row->key.view(), packet, header),
                               there)) {
      seen.row = row->admin_key_name;
      return seen;
    }
  seen.trouble = "the digest of TCP MD5 is no row's";
  return seen;
}

// The row of an OSPF or RIP packet, whatever its lifetimes say: whether it may be used is what the
// test asks.
KeySeen key_of(const SeenPacket& packet, const std::vector<const keytable::Row*>& rows) {
  std::vector<keytable::Row> always;
  for (const keytable::Row* row : rows) {
    always.push_back(row->clone());
    always.back().accept_lifetime_start = keytable::always_start;
    always.back().accept_lifetime_end = keytable::always_end;
    always.back().direction = keytable::Direction::both;
  }
  rpauth::Checker checker(std::move(always));
  const rpauth::Judgement judgement = packet.ospf ? checker.check(*packet.ospf, packet.time)
                                                  : checker.check(*packet.rip, packet.time);
  KeySeen seen{true, judgement.row, "", judgement.detail};
  if (judgement.accepted())
    for (const keytable::Row* row : rows)
      if (row->admin_key_name == judgement.row)
        seen.name = row->local_key_name;
  if (judgement.reason == rpauth::Reason::unprotected)
    seen.trouble = "there is no row";
  return seen;
}

void alter(Octets& packet) {
  packet.back() = static_cast<std::uint8_t>(packet.back() ^ 1U);
}

}  // namespace

std::optional<Guarded> guarded_by(std::string_view protocol) {
  if (protocol == "ospfv2")
    return Guarded::ospf;
  if (protocol == "rip")
    return Guarded::rip;
  if (protocol == "bgp")
    return Guarded::bgp;
  return std::nullopt;
}

Result<std::unique_ptr<RoutingWire>> RoutingWire::open(std::shared_ptr<DaemonPlace> place,
                                                       const std::string& tester) {
  KARPSPEC_TRY(theirs, wire::IpAddress::from_text(place->device().address));
  KARPSPEC_TRY(ours, wire::IpAddress::from_text(tester));
  if (!theirs.is_v4() || !ours.is_v4())
    return fail(ErrorCode::unsupported, "routers are spoken to over IPv4 alone");
  KARPSPEC_TRY(link, lab::RawLink::open(place->tester_side().name(),
                                        DeviceNetwork::tester_interface, wire::rip_port));
  return std::unique_ptr<RoutingWire>(
      new RoutingWire(std::move(place), std::move(link), theirs, ours));
}

Result<std::optional<SeenPacket>> RoutingWire::next(Time deadline) {
  for (;;) {
    KARPSPEC_TRY(frame, link_.receive(deadline));
    if (!frame)
      return std::optional<SeenPacket>();
    SeenPacket seen;
    seen.time = link_.now();
    for (const std::uint8_t protocol : {wire::protocol_ospf, protocol_udp, protocol_tcp}) {
      auto found = capture::ip_payload(static_cast<int>(capture::LinkType::ethernet), *frame,
                                       protocol, fragments_);
      if (!found || !*found || (*found)->source != device_)
        continue;
      capture::IpPayload& ip = **found;
      if (protocol == wire::protocol_ospf) {
        seen.ospf = {ip.source, ip.destination, std::move(ip.octets)};
      } else if (protocol == protocol_tcp) {
        seen.tcp = {ip.source, ip.destination, std::move(ip.octets)};
      } else if (ip.octets.size() >= udp_header &&
                 (ip.octets[0] << 8 | ip.octets[1]) == wire::rip_port) {
        ip.octets.erase(ip.octets.begin(), ip.octets.begin() + udp_header);
        seen.rip = {ip.source, ip.destination, std::move(ip.octets)};
      } else {
        continue;
      }
      return std::optional(std::move(seen));
    }
  }
}

Result<void> RoutingWire::forget() {
  for (;;) {
    KARPSPEC_TRY(frame, link_.receive(link_.now()));
    if (!frame)
      return {};
  }
}

Result<KeySeen> RoutingWire::key_sent(Guarded protocol,
                                      const std::vector<const keytable::Row*>& rows,
                                      Duration within) {
  KARPSPEC_CHECK(forget());
  const Time deadline = link_.now() + within;
  for (;;) {
    KARPSPEC_TRY(seen, next(deadline));
    if (!seen)
      return KeySeen{};
    if (protocol == Guarded::bgp && seen->tcp) {
      // What answers the tester's own segments is not what the device sends of itself.
      const auto header = wire::read_tcp_header(seen->tcp->segment);
      if (header && header->destination_port == bgp_port && header->has(wire::TcpFlag::SYN) &&
          !header->has(wire::TcpFlag::ACK))
        return key_of(*seen->tcp, *header, rows);
    }
    // A router's first request is not what it goes on sending.
    const bool update =
        seen->rip && !seen->rip->octets.empty() &&
        seen->rip->octets[0] == static_cast<std::uint8_t>(wire::RipCommand::RESPONSE);
    if ((protocol == Guarded::ospf && seen->ospf) || (protocol == Guarded::rip && update))
      return key_of(*seen, rows);
  }
}

Result<bool> RoutingWire::takes(Guarded protocol, const keytable::Row& row,
                                const std::string& key_name, bool forged) {
  if (protocol == Guarded::bgp)
    return takes_syn(row, forged);
  const auto number = keytable::key_number(key_name);
  if (!number || *number > 255)
    return fail(ErrorCode::bad_value, "'" + key_name + "' is no Key ID");
  const auto key_id = static_cast<std::uint8_t>(*number);
  return protocol == Guarded::ospf ? takes_hello(row, key_id, forged)
                                   : takes_route(row, key_id, forged);
}

// An address on the cable that the device has not heard of: what it knows of one sender, such as
// its sequence number, must not decide about the next. Nothing is ever sent there.
wire::IpAddress RoutingWire::fresh_address() {
  constexpr std::uint32_t first = 100, count = 100;
  return address_of((number_of(device_) & 0xffffff00U) + first + probes_++ % count);
}

// RFC 791 section 3.1; the system fills in what it knows better.
Result<void> RoutingWire::send(std::uint8_t protocol, const wire::IpAddress& source,
                               const wire::IpAddress& destination, OctetView payload) {
  Writer out;
  out.u8(0x45, "version and header length");
  out.u8(0xc0, "type of service");  // internetwork control
  out.u16(0, "total length");
  out.u32(0, "identification and fragment offset");
  out.u8(protocol == protocol_tcp ? 64 : 1, "time to live");
  out.u8(protocol, "protocol");
  out.u16(0, "checksum");
  out.octets(source.octets(), "source");
  out.octets(destination.octets(), "destination");
  out.octets(payload, "payload");
  return link_.send(out.written());
}

// RFC 2328 section 9.5: a router lists those of whom it has taken a Hello.
Result<bool> RoutingWire::takes_hello(const keytable::Row& row, std::uint8_t key_id, bool forged) {
  const wire::IpAddress source = fresh_address();
  wire::OspfHeader header;
  header.router_id = number_of(source);
  header.au_type = static_cast<std::uint16_t>(wire::OspfAuType::CRYPTOGRAPHIC);
  header.key_id = key_id;
  header.sequence = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(link_.now().time_since_epoch()).count());
  wire::OspfHello hello;
  hello.mask = 0xffffff00;
  hello.interval = 1;
  hello.dead_interval = 4;
  hello.options = 2;  // E: the area takes external routes
  KARPSPEC_TRY(packet,
               rpauth::protect(*rpauth::algorithm_from(row.alg_id), row.key.view(), header, hello));
  if (forged)
    alter(packet);
  KARPSPEC_CHECK(forget());
  for (int i = 0; i < segment_tries; ++i) {
    KARPSPEC_CHECK(send(wire::protocol_ospf, source, address_of(wire::all_spf_routers), packet));
    for (const Time deadline = link_.now() + answer_time;;) {
      KARPSPEC_TRY(seen, next(deadline));
      if (!seen)
        break;
      if (!seen->ospf)
        continue;
      const auto theirs = wire::read_ospf_header(seen->ospf->octets);
      const auto body = theirs ? wire::read_ospf_hello(seen->ospf->octets, *theirs)
                               : Result<wire::OspfHello>(tl::unexpected(theirs.error()));
      if (body && std::ranges::find(body->neighbors, header.router_id) != body->neighbors.end())
        return true;
    }
  }
  return false;
}

// RFC 2453 section 3.4.3: with poisoned reverse a router sends a route back as one of infinite
// metric to where it has it from. (A request would be answered at once, but not by every router
// where it is authenticated.)
Result<bool> RoutingWire::takes_route(const keytable::Row& row, std::uint8_t key_id, bool forged) {
  constexpr Duration two_updates = 11s;
  const wire::IpAddress source = fresh_address();
  wire::RipEntry route;
  route.address = 0x0ac80000 + (probes_ << 8);  // 10.200.N.0
  route.mask = 0xffffff00;
  wire::RipMessage response;
  response.command = static_cast<std::uint8_t>(wire::RipCommand::RESPONSE);
  response.authentication.emplace();
  response.authentication->type = static_cast<std::uint16_t>(wire::RipAuthType::KEYED_DIGEST);
  response.authentication->key_id = key_id;
  response.authentication->sequence = 1;
  response.entries.push_back(route);
  KARPSPEC_TRY(message,
               rpauth::protect(*rpauth::algorithm_from(row.alg_id), row.key.view(), response));
  if (forged)
    alter(message);
  Writer udp;
  udp.u16(wire::rip_port, "source port");
  udp.u16(wire::rip_port, "destination port");
  udp.u16(static_cast<std::uint16_t>(udp_header + message.size()), "length");
  udp.u16(0, "checksum");  // none (RFC 768)
  udp.octets(message, "message");
  KARPSPEC_CHECK(forget());
  Time again = link_.now();
  for (const Time deadline = again + two_updates; link_.now() < deadline;) {
    // A router that has just been told of RIP does not listen yet.
    if (link_.now() >= again) {
      KARPSPEC_CHECK(send(protocol_udp, source, address_of(wire::rip_routers), udp.written()));
      again += answer_time;
    }
    KARPSPEC_TRY(seen, next(std::min(again, deadline)));
    if (!seen || !seen->rip)
      continue;
    const auto update = wire::read_rip(seen->rip->octets);
    if (update && std::ranges::any_of(update->entries, [&](const wire::RipEntry& entry) {
          return entry.address == route.address;
        }))
      return true;
  }
  return false;
}

// RFC 2385 section 2.0: a segment with a wrong digest is dropped without an answer.
Result<bool> RoutingWire::takes_syn(const keytable::Row& row, bool forged) {
  constexpr std::uint16_t first_port = 40000;
  wire::TcpFields fields;
  fields.source_port = static_cast<std::uint16_t>(first_port + probes_++);
  fields.destination_port = bgp_port;
  fields.sequence = 1000;
  fields.flags = static_cast<std::uint8_t>(wire::TcpFlag::SYN);
  fields.window = 8192;
  fields.options = {1, 1, static_cast<std::uint8_t>(wire::TcpOptionKind::MD5),
                    wire::tcp_md5_option_size};
  fields.options.resize(2 + wire::tcp_md5_option_size);
  KARPSPEC_TRY(segment, wire::encode_tcp(fields));
  wire::TcpPacket packet{tester_, device_, std::move(segment)};
  KARPSPEC_TRY(header, wire::read_tcp_header(packet.segment));
  Octets digest = oracle::tcpao::md5_signature(row.key.view(), packet, header);
  if (forged)
    alter(digest);
  std::ranges::copy(
      digest, packet.segment.begin() + static_cast<std::ptrdiff_t>(wire::tcp_header_size + 4));
  wire::set_tcp_checksum(packet);
  KARPSPEC_CHECK(forget());
  for (int i = 0; i < segment_tries; ++i) {
    KARPSPEC_CHECK(send(protocol_tcp, tester_, device_, packet.segment));
    for (const Time deadline = link_.now() + answer_time / 2;;) {
      KARPSPEC_TRY(seen, next(deadline));
      if (!seen)
        break;
      if (!seen->tcp)
        continue;
      const auto answer = wire::read_tcp_header(seen->tcp->segment);
      if (answer && answer->source_port == bgp_port &&
          answer->destination_port == fields.source_port && answer->has(wire::TcpFlag::SYN) &&
          answer->has(wire::TcpFlag::ACK))
        return true;
    }
  }
  return false;
}

}  // namespace karpspec::dut
