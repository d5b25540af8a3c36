#include "script/tester/tcp_end.h"

#include <algorithm>

#include "wire/ip_packet.h"

// What the tester's TCP makes of what comes, and its account of connections.
namespace karpspec::script {

using transcript::Difference;
using wire::TcpFlag;
using wire::TcpOptionKind;

namespace {

constexpr std::uint64_t circle = std::uint64_t{1} << 32;

// SEQUENCE with the extension with which it is nearest to REFERENCE.
std::uint64_t nearest(std::uint32_t sequence, std::uint64_t reference) {
  const std::uint64_t here = (reference & ~(circle - 1)) | sequence;
  if (here > reference && here - reference > circle / 2 && here >= circle)
    return here - circle;
  if (here < reference && reference - here > circle / 2)
    return here + circle;
  return here;
}

std::size_t room_of(const ArrivedSegment& segment) {
  return segment.data().size() + (segment.header.has(TcpFlag::SYN) ? 1 : 0) +
         (segment.header.has(TcpFlag::FIN) ? 1 : 0);
}

std::string flags_text(std::uint8_t flags) {
  constexpr std::pair<TcpFlag, const char*> names[] = {
      {TcpFlag::SYN, "SYN"}, {TcpFlag::FIN, "FIN"}, {TcpFlag::RST, "RST"},
      {TcpFlag::PSH, "PSH"}, {TcpFlag::ACK, "ACK"}, {TcpFlag::URG, "URG"}};
  std::string out;
  for (const auto& [flag, name] : names)
    if ((flags & static_cast<std::uint8_t>(flag)) != 0)
      out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

Difference differs(std::string field, std::optional<std::size_t> octet, std::string expected,
                   std::string got) {
  return {std::move(field), octet, std::move(expected), std::move(got)};
}

std::string id_text(std::uint8_t id) {
  return std::to_string(unsigned{id});
}

}  // namespace

const TesterMkt* TcpEnd::find(const std::string& name) const {
  const auto found = mkts_.find(name);
  return found == mkts_.end() ? nullptr : &found->second;
}

const TesterMkt* TcpEnd::by_key_id(std::uint8_t recv_id) const {
  for (const auto& [name, mkt] : mkts_)
    if (mkt.recv_id == recv_id)
      return &mkt;
  return nullptr;
}

std::string TcpEnd::usual(const TesterConnection* connection) const {
  if (connection != nullptr && !connection->mkt.empty())
    return connection->mkt;
  if (order_.empty())
    return "none";
  return order_.front();
}

bool TcpEnd::goes_with_mkts(const std::string& connection) const {
  const auto found = connections_.find(connection);
  return found != connections_.end() && usual(&found->second) != "none";
}

void TcpEnd::note(const std::string& method, const Json& params) {
  if (method == "tcp-listen" && params.contains("port") && params["port"].is_number_unsigned())
    device_port_ = params["port"].get<std::uint16_t>();
  if (method != "mkt-add")
    return;
  // The device has taken it, so its members are there and fit.
  TesterMkt mkt;
  mkt.name = params.value("name", "");
  mkt.send_id = params.value("recv_id", std::uint8_t{});
  mkt.recv_id = params.value("send_id", std::uint8_t{});
  mkt.mac = params.value("mac", "") == "AES-128-CMAC-96" ? wire::TcpAoAuthAlg::AES_128_CMAC_96
                                                         : wire::TcpAoAuthAlg::HMAC_SHA_1_96;
  mkt.kdf = params.value("kdf", "") == "AES-128-CMAC" ? wire::TcpAoKdf::KDF_AES_128_CMAC
                                                      : wire::TcpAoKdf::KDF_HMAC_SHA1;
  mkt.covers_options = params.value("options", "include") == "include";
  mkt.key = from_hex(params.value("key", "")).value_or(Octets());
  know(std::move(mkt));
}

void TcpEnd::know(TesterMkt mkt) {
  if (std::ranges::find(order_, mkt.name) == order_.end())
    order_.push_back(mkt.name);
  const std::string name = mkt.name;
  mkts_.insert_or_assign(name, std::move(mkt));
}

TesterConnection TcpEnd::known_or_new(const ArrivedSegment& segment) const {
  if (const auto found = connections_.find(segment.connection);
      found != connections_.end() && found->second.remote_port == segment.header.source_port &&
      found->second.local_port == segment.header.destination_port) {
    return found->second;
  }
  TesterConnection out;
  out.local = segment.packet.destination;
  out.remote = segment.packet.source;
  out.local_port = segment.header.destination_port;
  out.remote_port = segment.header.source_port;
  return out;
}

Result<std::optional<ArrivedSegment>> TcpEnd::open(OctetView octets,
                                                   const std::string& awaited) const {
  KARPSPEC_TRY(packet, wire::read_ip(octets));
  if (!packet ||
      (packet->destination != addresses_.tester && packet->destination != addresses_.tester6))
    return std::optional<ArrivedSegment>();
  ArrivedSegment out;
  out.packet = *std::move(packet);
  KARPSPEC_TRY(header, wire::read_tcp_header(out.packet.segment));
  out.header = std::move(header);
  for (const auto& [name, known] : connections_)
    if (known.local == out.packet.destination && known.remote == out.packet.source &&
        known.local_port == out.header.destination_port &&
        known.remote_port == out.header.source_port) {
      out.connection = name;
    }
  if (out.connection.empty() && out.header.has(TcpFlag::SYN) && !out.header.has(TcpFlag::ACK) &&
      !knows(awaited))
    out.connection = awaited;
  return std::optional(std::move(out));
}

bool TcpEnd::repeats(const ArrivedSegment& segment) const {
  const auto found = connections_.find(segment.connection);
  const std::size_t room = room_of(segment);
  if (found == connections_.end() || !found->second.remote_isn || room == 0)
    return false;
  const std::uint64_t begin = nearest(segment.header.sequence, found->second.expected);
  return begin + room <= found->second.expected;
}

bool TcpEnd::acknowledges_all(const ArrivedSegment& segment) const {
  const auto found = connections_.find(segment.connection);
  return found == connections_.end() ||
         segment.header.acknowledgment == static_cast<std::uint32_t>(found->second.next);
}

std::optional<Difference> TcpEnd::judge(const ArrivedSegment& segment, const std::string& wanted,
                                        bool any_key_id) const {
  const wire::TcpOption* option = segment.header.find(TcpOptionKind::AO);
  const TesterConnection connection = known_or_new(segment);
  if (!wire::tcp_checksum_holds(segment.packet))
    return differs("TCP.checksum", wire::tcp_checksum_offset, "that of the segment", "another one");
  std::string name = wanted.empty() ? usual(&connection) : wanted;
  if (name == "none") {
    if (option == nullptr)
      return std::nullopt;
    return differs("AO", option->offset, "no TCP-AO option", "a TCP-AO option");
  }
  if (option == nullptr)
    return differs("AO", std::nullopt, "a TCP-AO option", "none");
  if (segment.header.count(TcpOptionKind::AO) > 1)
    return differs("AO", option->offset, "one TCP-AO option", "several");
  if (const wire::TcpOption* md5 = segment.header.find(TcpOptionKind::MD5))
    return differs("MD5", md5->offset, "no TCP MD5 option beside TCP-AO", "one");
  const auto ao = wire::read_tcp_ao(segment.packet.segment, *option);
  if (!ao)
    return differs("AO.length", option->offset + 1, "at least 4", std::to_string(option->size));
  const TesterMkt* mkt = name == "any" ? by_key_id(ao->key_id) : find(name);
  if (mkt == nullptr) {
    return differs("AO.key_id", option->offset + 2,
                   name == "any" ? "the SendID of an MKT" : "an MKT '" + name + "' to judge it by",
                   name == "any" ? id_text(ao->key_id) : "none of that name");
  }
  if (!any_key_id && ao->key_id != mkt->recv_id) {
    return differs("AO.key_id", option->offset + 2,
                   id_text(mkt->recv_id) + ", the device's SendID of MKT '" + mkt->name + "'",
                   id_text(ao->key_id));
  }
  const std::size_t size = oracle::tcpao::mac_size(mkt->mac);
  if (ao->mac_size != size)
    return differs("AO.mac", ao->mac_offset, std::to_string(size) + " octets",
                   std::to_string(ao->mac_size));
  const bool syn = segment.header.has(TcpFlag::SYN);
  const bool first = syn && !segment.header.has(TcpFlag::ACK);
  const std::uint32_t source_isn =
      syn ? segment.header.sequence : connection.remote_isn.value_or(segment.header.sequence);
  const auto key = oracle::tcpao::traffic_key(
      mkt->kdf, mkt->mac, mkt->key,
      {segment.packet.source, segment.packet.destination, segment.header.source_port,
       segment.header.destination_port, source_isn, first ? 0 : connection.isn});
  const std::uint32_t sne =
      syn ? 0
          : static_cast<std::uint32_t>(nearest(segment.header.sequence, connection.expected) >> 32);
  const auto mac = [&](bool options, std::uint32_t extension) {
    auto made = key ? oracle::tcpao::segment_mac(mkt->mac, key->view(), options, extension,
                                                 segment.packet, segment.header, *ao)
                    : Result<Secret>(tl::unexpected(key.error()));
    return made ? to_hex(made->view()) : to_string(made.error());
  };
  const std::string got =
      to_hex(OctetView(segment.packet.segment).subspan(ao->mac_offset, ao->mac_size));
  const std::string right = mac(mkt->covers_options, sne);
  if (got == right)
    return std::nullopt;
  std::string said = got;
  if (got == mac(!mkt->covers_options, sne))
    said += std::string(", the MAC with options ") + (mkt->covers_options ? "left out" : "covered");
  return differs("AO.mac", ao->mac_offset,
                 right + ", that of MKT '" + mkt->name + "' with options " +
                     (mkt->covers_options ? "covered" : "left out") + " and SNE " +
                     std::to_string(sne),
                 said);
}

std::optional<Difference> TcpEnd::judge_sequence(const ArrivedSegment& segment) const {
  const TesterConnection connection = known_or_new(segment);
  const bool syn = segment.header.has(TcpFlag::SYN);
  if (segment.header.has(TcpFlag::RST))
    return std::nullopt;
  if (!syn && connection.remote_isn &&
      nearest(segment.header.sequence, connection.expected) != connection.expected) {
    return differs("TCP.sequence", 4,
                   std::to_string(static_cast<std::uint32_t>(connection.expected)),
                   std::to_string(segment.header.sequence));
  }
  if (syn && segment.header.has(TcpFlag::ACK) &&
      segment.header.acknowledgment != static_cast<std::uint32_t>(connection.next)) {
    return differs("TCP.acknowledgment", 8,
                   std::to_string(static_cast<std::uint32_t>(connection.next)),
                   std::to_string(segment.header.acknowledgment));
  }
  return std::nullopt;
}

void TcpEnd::absorb(const ArrivedSegment& segment) {
  TesterConnection connection = known_or_new(segment);
  if (segment.header.has(TcpFlag::SYN)) {
    connection.remote_isn = segment.header.sequence;
    connection.expected = segment.header.sequence;
    if (!segment.header.has(TcpFlag::ACK)) {
      // Far from where it would wrap, unless a step wants otherwise.
      connection.isn = random_.u64() & 0x3fffffff;
      connection.next = connection.isn;
    }
  }
  connection.expected += room_of(segment);
  const wire::TcpOption* option = segment.header.find(TcpOptionKind::AO);
  const auto ao = option == nullptr ? fail(ErrorCode::not_found, "")
                                    : wire::read_tcp_ao(segment.packet.segment, *option);
  if (connection.mkt.empty()) {
    const TesterMkt* mkt = ao ? by_key_id(ao->key_id) : nullptr;
    connection.mkt = mkt == nullptr ? "none" : mkt->name;
  }
  connections_.insert_or_assign(segment.connection, std::move(connection));
}

std::string TcpEnd::line(const wire::TcpPacket& packet) {
  const auto header = wire::read_tcp_header(packet.segment);
  if (!header)
    return "TCP, " + std::to_string(packet.segment.size()) + " octets (" + header.error().message +
           ")";
  std::string out =
      "TCP {" + flags_text(header->flags) + "} " + std::to_string(header->source_port) + " -> " +
      std::to_string(header->destination_port) + " seq " + std::to_string(header->sequence);
  if (header->has(TcpFlag::ACK))
    out += " ack " + std::to_string(header->acknowledgment);
  if (const std::size_t size = packet.segment.size() - header->size; size != 0)
    out += ", " + std::to_string(size) + " octets of data";
  for (const wire::TcpOption& option : header->options) {
    const auto ao = wire::read_tcp_ao(packet.segment, option);
    if (option.is(TcpOptionKind::MD5))
      out += ", TCP MD5";
    else if (option.is(TcpOptionKind::AO) && ao)
      out += ", TCP-AO KeyID " + id_text(ao->key_id) + " RNextKeyID " + id_text(ao->r_next_key_id);
  }
  return out;
}

std::optional<std::string> TcpEnd::field(const ArrivedSegment& segment, const std::string& name) {
  const wire::TcpHeader& header = segment.header;
  const OctetView octets = segment.packet.segment;
  if (name == "TCP.sequence")
    return std::to_string(header.sequence);
  if (name == "TCP.acknowledgment")
    return std::to_string(header.acknowledgment);
  if (name == "TCP.window")
    return std::to_string(header.window);
  if (name == "TCP.source_port")
    return std::to_string(header.source_port);
  if (name == "options")
    return to_hex(octets.subspan(wire::tcp_header_size, header.size - wire::tcp_header_size));
  if (name == "options.count")
    return std::to_string(header.options.size());
  const wire::TcpOption* option =
      header.find(name == "MD5" ? TcpOptionKind::MD5 : TcpOptionKind::AO);
  if (option == nullptr)
    return std::nullopt;
  if (name == "MD5" || name == "AO")
    return to_hex(octets.subspan(option->offset, option->size));
  if (name == "AO.length")
    return std::to_string(option->size);
  const auto ao = wire::read_tcp_ao(octets, *option);
  if (!ao)
    return std::nullopt;
  if (name == "AO.key_id")
    return id_text(ao->key_id);
  if (name == "AO.r_next_key_id")
    return id_text(ao->r_next_key_id);
  return to_hex(octets.subspan(ao->mac_offset, ao->mac_size));
}

std::string TcpEnd::key_table() const {
  std::string out;
  std::vector<const TesterMkt*> written;
  for (const std::string& name : order_) {
    const TesterMkt& mkt = mkts_.at(name);
    // A key table has no two keys that could not be told apart.
    if (std::ranges::any_of(written, [&](const TesterMkt* other) {
          return other->send_id == mkt.send_id || other->recv_id == mkt.recv_id;
        }))
      continue;
    written.push_back(&mkt);
    const bool sha1 = mkt.mac == wire::TcpAoAuthAlg::HMAC_SHA_1_96;
    out += out.empty() ? "rows:\n" : "";
    out +=
        "  - AdminKeyName: \"" + mkt.name + "\"\n    LocalKeyName: \"" + id_text(mkt.send_id) +
        "\"\n    PeerKeyName: \"" + id_text(mkt.recv_id) + "\"\n    Peers: [" +
        addresses_.tester.to_text() +
        (addresses_.tester6.octets().empty() ? "" : ", \"" + addresses_.tester6.to_text() + "\"") +
        "]\n    Interfaces: all\n    Protocol: bgp\n    ProtocolSpecificInfo: {options: " +
        (mkt.covers_options ? "include" : "exclude") + "}\n    KDF: " +
        (mkt.kdf == wire::TcpAoKdf::KDF_HMAC_SHA1 ? "HMAC-SHA-1" : "AES-128-CMAC") +
        "\n    AlgID: " + (sha1 ? "HMAC-SHA-1-96" : "AES-128-CMAC-96") + "\n    Key: \"" +
        to_hex(mkt.key) + "\"\n    Direction: both\n    SendLifetimeStart: 19700101000000Z\n" +
        "    SendLifetimeEnd: 99991231235959Z\n    AcceptLifetimeStart: 19700101000000Z\n" +
        "    AcceptLifetimeEnd: 99991231235959Z\n";
  }
  return out;
}

}  // namespace karpspec::script
