#include "observer/tcp_follower.h"

#include <algorithm>
#include <array>

#include "crypto/digest.h"

namespace karpspec::observer {
namespace {

using oracle::tcpao::Judgement;
using oracle::tcpao::Reason;
using transcript::FieldValue;
using transcript::Names;
using transcript::Observed;
using transcript::Value;
using wire::TcpFlag;
using wire::TcpOptionKind;

constexpr std::size_t most_connections = 4096;
constexpr std::size_t most_segment_copies = 256;

constexpr std::array<std::pair<TcpFlag, const char*>, 6> flag_names{{{TcpFlag::SYN, "SYN"},
                                                                     {TcpFlag::FIN, "FIN"},
                                                                     {TcpFlag::RST, "RST"},
                                                                     {TcpFlag::PSH, "PSH"},
                                                                     {TcpFlag::ACK, "ACK"},
                                                                     {TcpFlag::URG, "URG"}}};

bool is_routing_port(std::uint16_t port) {
  return std::ranges::any_of(
      std::array{"bgp", "ldp", "msdp", "pcep", "pim"},
      [&](const char* name) { return oracle::tcpao::service_port(name) == port; });
}

void put(Observed& out, const char* path, std::uint64_t number, unsigned bits) {
  out.segment_values.push_back({path, FieldValue{number, Names::none, bits}});
}
void put(Observed& out, const char* path, OctetView octets, Names names = Names::none) {
  out.segment_values.push_back({path, FieldValue{Octets(octets.begin(), octets.end()), names, 0}});
}

void put_options(Observed& out, const wire::TcpHeader& header, OctetView segment) {
  std::string kinds;
  // Of two options of a kind, which RFC 5925 section 2.2 forbids, the first one is shown.
  bool ao_seen = false, md5_seen = false;
  for (const wire::TcpOption& option : header.options) {
    kinds += (kinds.empty() ? "" : " ") + std::to_string(option.kind);
    if (const auto ao = wire::read_tcp_ao(segment, option);
        option.is(TcpOptionKind::AO) && ao && !ao_seen) {
      ao_seen = true;
      put(out, "AO.key_id", ao->key_id, 8);
      put(out, "AO.r_next_key_id", ao->r_next_key_id, 8);
      put(out, "AO.mac", segment.subspan(ao->mac_offset, ao->mac_size));
    } else if (option.is(TcpOptionKind::MD5) && option.size > 2 && !md5_seen) {
      md5_seen = true;
      put(out, "MD5.digest", segment.subspan(option.offset + 2, option.size - 2));
    }
  }
  if (!kinds.empty())
    put(out, "options", octets_of(kinds), Names::text);
}

}  // namespace

TcpFollower::TcpFollower(std::optional<oracle::tcpao::Checker> checker,
                         std::function<std::uint64_t()> next)
    : checker_(std::move(checker)), next_(std::move(next)) {}

TcpFollower::Connection& TcpFollower::connection_of(const Endpoint& a, const Endpoint& b) {
  const auto name = std::minmax(a, b);
  const std::pair<Endpoint, Endpoint> key(name.first, name.second);
  auto found = connections_.find(key);
  if (found != connections_.end()) {
    order_.splice(order_.begin(), order_, found->second.used);
    return found->second;
  }
  if (connections_.size() >= most_connections) {
    connections_.erase(order_.back());
    order_.pop_back();
  }
  order_.push_front(key);
  Connection connection;
  connection.conversation = next_();
  connection.used = order_.begin();
  return connections_.emplace(key, std::move(connection)).first->second;
}

std::optional<Observed> TcpFollower::open(const capture::Frame& frame) {
  const wire::TcpPacket& packet = *frame.segment;
  std::optional<Judgement> judgement;
  if (checker_)
    judgement = checker_->check(packet, frame.time);
  if (judgement && judgement->reason == Reason::unprotected)
    judgement.reset();
  const auto header = wire::read_tcp_header(packet.segment);
  // What does not parse is judged where there are keys for it, and is nothing to follow otherwise.
  if (!header && !judgement)
    return std::nullopt;
  Observed out;
  out.frame = frame.number;
  out.time = frame.time;
  out.kind = "TCP";
  out.source.address = packet.source.to_text();
  out.destination.address = packet.destination.to_text();
  if (!header) {
    out.conversation = connection_of(out.source, out.destination).conversation;
    out.body = Observed::Body::malformed;
    out.trouble = to_string(header.error());
    out.octet = header.error().offset;
    return out;
  }
  if (!judgement && header->find(TcpOptionKind::AO) == nullptr &&
      header->find(TcpOptionKind::MD5) == nullptr && !is_routing_port(header->source_port) &&
      !is_routing_port(header->destination_port))
    return std::nullopt;
  out.source.port = header->source_port;
  out.destination.port = header->destination_port;
  Connection& connection = connection_of(out.source, out.destination);
  if (header->has(TcpFlag::SYN)) {
    // A SYN from another ISN is a connection of its own.
    const auto known = connection.isn.find(out.source);
    if (!header->has(TcpFlag::ACK) && known != connection.isn.end() &&
        known->second != header->sequence) {
      connection.isn.clear();
      connection.seen.clear();
      connection.conversation = next_();
    }
    connection.isn[out.source] = header->sequence;
  }
  out.conversation = connection.conversation;
  for (const auto& [flag, name] : flag_names)
    if (header->has(flag))
      out.parts.emplace_back(name);
  const auto relative = [&](std::uint32_t number, const Endpoint& sender) {
    const auto isn = connection.isn.find(sender);
    return isn == connection.isn.end() ? number : number - isn->second;
  };
  const std::uint32_t sequence = relative(header->sequence, out.source);
  put(out, "TCP.sequence", sequence, 32);
  std::uint32_t acknowledgment = 0;
  if (header->has(TcpFlag::ACK)) {
    acknowledgment = relative(header->acknowledgment, out.destination);
    put(out, "TCP.acknowledgment", acknowledgment, 32);
  }
  out.place = transcript::place_of_segment(out.parts, sequence, acknowledgment);
  put(out, "TCP.window", header->window, 16);
  put_options(out, *header, packet.segment);
  const OctetView data = OctetView(packet.segment).subspan(header->size);
  if (!data.empty())
    put(out, "data", data);
  out.digest = crypto::half_digest(packet.segment);
  std::size_t& copies = connection.seen[out.digest];
  out.again = copies++ > 0;
  if (connection.seen.size() > most_segment_copies)
    connection.seen.clear();
  if (judgement) {
    put(out, "judged", octets_of(to_string(judgement->reason)), Names::text);
    if (judgement->refused()) {
      out.body = Observed::Body::broken;
      out.trouble = judgement->detail + " [" + to_string(judgement->reason) + ", " +
                    section_of(judgement->reason) + "]";
      out.octet = judgement->offset;
    } else if (judgement->accepted()) {
      out.body = Observed::Body::opened;
    }
  }
  return out;
}

}  // namespace karpspec::observer
