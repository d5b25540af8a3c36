#include "dut/adapters/tcp_control.h"

#include <algorithm>
#include <array>

#include "dut/adapters/credentials_config.h"
#include "dut/adapters/members.h"
#include "wire/icmp_error.h"
#include "wire/ip_packet.h"

namespace karpspec::dut {
namespace {

using oracle::tcpao::AddressPattern;
using oracle::tcpao::Mkt;
using oracle::tcpao::PortPattern;
using oracle::tcpao::TcpConnection;
using oracle::tcpao::TcpConnectionInfo;
using oracle::tcpao::TcpHost;

Result<std::uint16_t> number_in(const Json& object, const char* member, std::uint16_t least,
                                std::uint16_t most) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number_unsigned() || *found < least || *found > most) {
    return wrong(member,
                 "expected a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return found->get<std::uint16_t>();
}

Result<Octets> octets_in(const Json& object, const char* member) {
  KARPSPEC_TRY(text, text_member(object, member));
  auto octets = from_hex(text);
  if (!octets)
    return wrong(member, "expected octets in hexadecimal");
  return *std::move(octets);
}

template <std::size_t N>
Result<void> check_members(const Json& params, const std::array<std::string_view, N>& known) {
  for (const auto& [name, value] : params.items())
    if (std::ranges::find(known, name) == known.end())
      return wrong(name, "unknown member");
  return {};
}

Result<void> read_tcp_end(const Json& params, const char* member, AddressPattern& address,
                          PortPattern& port) {
  const Json end = params.value(member, Json::object());
  if (!end.is_object())
    return wrong(member, "expected address and port");
  KARPSPEC_CHECK(check_members(end, std::array<std::string_view, 2>{"address", "port"}));
  if (end.contains("address")) {
    KARPSPEC_TRY(text, text_member(end, "address", std::string(member) + "."));
    auto read = AddressPattern::from_text(text);
    if (!read)
      return wrong(std::string(member) + ".address", read.error().message);
    address = *std::move(read);
  }
  if (end.contains("port")) {
    KARPSPEC_TRY(number, number_in(end, "port", 0, 65535));
    if (number != 0)
      port = {number, number};
  }
  return {};
}

struct Peer {
  wire::IpAddress address;
  std::uint16_t port = 0;
};

Result<Peer> peer_in(const Json& params) {
  const Json end = params.value("remote", Json());
  if (!end.is_object())
    return wrong("remote", "expected address and port");
  KARPSPEC_TRY(text, text_member(end, "address", "remote."));
  auto address = wire::IpAddress::from_text(text);
  if (!address)
    return wrong("remote.address", address.error().message);
  KARPSPEC_TRY(port, number_in(end, "port", 1, 65535));
  return Peer{*address, port};
}

Json tcp_end_json(const AddressPattern& address, const PortPattern& port) {
  return {{"address", address.to_text()}, {"port", port.any() ? 0 : port.low}};
}

Json mkt_json(const Mkt& mkt) {
  const oracle::tcpao::SocketPattern& sockets = mkt.connection.sockets;
  return {{"name", mkt.name},
          {"local", tcp_end_json(sockets.local, sockets.local_port)},
          {"remote", tcp_end_json(sockets.remote, sockets.remote_port)},
          {"send_id", mkt.send_id},
          {"recv_id", mkt.recv_id},
          {"mac", mkt.row.alg_id},
          {"kdf", mkt.row.kdf},
          {"options", mkt.covers_options ? "include" : "exclude"}};
}

const char* name_of(TcpConnection::State state) {
  switch (state) {
    case TcpConnection::State::closed:
      return "closed";
    case TcpConnection::State::syn_sent:
      return "syn-sent";
    case TcpConnection::State::syn_received:
      return "syn-received";
    case TcpConnection::State::established:
      return "established";
  }
  return "";
}

std::vector<Octets> packets_of(const TcpHost::Out& segments) {
  std::vector<Octets> out;
  for (const wire::TcpPacket& segment : segments)
    if (auto packet = wire::encode_ip(segment))
      out.push_back(*std::move(packet));
  return out;
}

constexpr std::array<std::string_view, 10> tcp_methods = {
    "tcp-md5",     "mkt-add",  "mkt-remove", "mkt-list", "tcp-listen",
    "tcp-connect", "tcp-send", "tcp-close",  "tcp-keys", "tcp-connections"};

}  // namespace

bool is_tcp_method(std::string_view method) {
  return std::ranges::find(tcp_methods, method) != tcp_methods.end();
}

Result<Mkt> mkt_from_json(const Json& params) {
  KARPSPEC_CHECK(check_members(
      params, std::array<std::string_view, 9>{"name", "local", "remote", "send_id", "recv_id",
                                              "mac", "kdf", "options", "key"}));
  keytable::Row row;
  KARPSPEC_TRY(name, filled_member(params, "name"));
  KARPSPEC_TRY(mac, text_member(params, "mac"));
  KARPSPEC_TRY(kdf, text_member(params, "kdf"));
  KARPSPEC_TRY(key, octets_in(params, "key"));
  KARPSPEC_TRY(send_id, number_in(params, "send_id", 0, 255));
  KARPSPEC_TRY(recv_id, number_in(params, "recv_id", 0, 255));
  row.admin_key_name = std::move(name);
  row.alg_id = std::move(mac);
  row.kdf = std::move(kdf);
  row.key = Secret(std::move(key));
  row.peer_key_name = std::to_string(send_id);
  row.local_key_name = std::to_string(recv_id);
  if (params.contains("options")) {
    KARPSPEC_TRY(options, text_member(params, "options"));
    row.protocol_specific_info["options"] = std::move(options);
  }
  KARPSPEC_TRY(mkt, oracle::tcpao::mkt_from_row(row));
  oracle::tcpao::SocketPattern& sockets = mkt.connection.sockets;
  KARPSPEC_CHECK(read_tcp_end(params, "local", sockets.local, sockets.local_port));
  KARPSPEC_CHECK(read_tcp_end(params, "remote", sockets.remote, sockets.remote_port));
  return mkt;
}

TcpControl::TcpControl(std::vector<wire::IpAddress> addresses, std::uint64_t seed,
                       oracle::tcpao::Habit habit)
    : addresses_(std::move(addresses)),
      random_(seed, "reference TCP"),
      habit_(habit),
      host_(addresses_, random_, habit) {}

void TcpControl::queue(const TcpHost::Out& segments) {
  std::vector<Octets> packets = packets_of(segments);
  queued_.insert(queued_.end(), std::make_move_iterator(packets.begin()),
                 std::make_move_iterator(packets.end()));
}

void TcpControl::reset() {
  queued_.clear();
  host_ = TcpHost(addresses_, random_, habit_);
}

Result<Json> TcpControl::call(std::string_view method, const Json& params, Time now,
                              std::vector<Octets>& sent) {
  if (method == "mkt-list") {
    Json list = Json::array();
    for (const Mkt* mkt : host_.mkts())
      list.push_back(mkt_json(*mkt));
    return Json{{"mkts", std::move(list)}};
  }
  if (method == "tcp-connections")
    return connections_json();
  if (method == "mkt-add") {
    KARPSPEC_TRY(mkt, mkt_from_json(params));
    KARPSPEC_CHECK(host_.add(std::move(mkt)));
    return Json::object();
  }
  if (method == "tcp-md5") {
    KARPSPEC_CHECK(check_members(params, std::array<std::string_view, 2>{"remote", "key"}));
    KARPSPEC_TRY(text, text_member(params.value("remote", Json::object()), "address", "remote."));
    auto remote = wire::IpAddress::from_text(text);
    if (!remote)
      return wrong("remote.address", remote.error().message);
    Octets key;
    if (params.contains("key")) {
      KARPSPEC_TRY(octets, octets_in(params, "key"));
      key = std::move(octets);
    }
    host_.set_md5(*remote, Secret(std::move(key)));
    return Json::object();
  }
  if (method == "mkt-remove") {
    KARPSPEC_TRY(name, text_member(params, "name"));
    KARPSPEC_CHECK(host_.remove(name));
    return Json::object();
  }
  if (method == "tcp-listen" || (method == "tcp-close" && params.contains("port"))) {
    KARPSPEC_TRY(port, number_in(params, "port", 1, 65535));
    KARPSPEC_CHECK(method == "tcp-listen" ? host_.listen(port) : host_.close_port(port));
    return Json::object();
  }
  return connection_command(method, params, now, sent);
}

Result<Json> TcpControl::connection_command(std::string_view method, const Json& params, Time now,
                                            std::vector<Octets>& sent) {
  KARPSPEC_TRY(peer, peer_in(params));
  Result<TcpHost::Out> out = TcpHost::Out();
  if (method == "tcp-connect") {
    std::uint16_t local_port = 0;
    if (params.contains("local_port")) {
      KARPSPEC_TRY(port, number_in(params, "local_port", 1, 65535));
      local_port = port;
    }
    out = host_.connect(peer.address, peer.port, local_port, now);
  } else if (method == "tcp-send") {
    KARPSPEC_TRY(data, octets_in(params, "data"));
    out = host_.send(peer.address, peer.port, data, now);
  } else if (method == "tcp-close") {
    out = host_.close(peer.address, peer.port, now);
  } else {
    std::optional<std::uint8_t> ids[2];
    for (const auto& [member, id] : {std::pair("current", &ids[0]), {"rnext", &ids[1]}})
      if (params.contains(member)) {
        KARPSPEC_TRY(number, number_in(params, member, 0, 255));
        *id = static_cast<std::uint8_t>(number);
      }
    KARPSPEC_CHECK(host_.choose_keys(peer.address, peer.port, ids[0], ids[1], now));
  }
  if (!out)
    return tl::unexpected(out.error());
  std::vector<Octets> packets = packets_of(*out);
  sent.insert(sent.end(), std::make_move_iterator(packets.begin()),
              std::make_move_iterator(packets.end()));
  return Json::object();
}

Json TcpControl::connections_json() const {
  Json list = Json::array();
  for (const std::uint16_t port : host_.ports())
    list.push_back({{"local", {{"address", "any"}, {"port", port}}}, {"state", "listen"}});
  for (const TcpConnectionInfo& info : host_.connections()) {
    Json item = {
        {"local", {{"address", info.pair.local.to_text()}, {"port", info.pair.local_port}}},
        {"remote", {{"address", info.pair.remote.to_text()}, {"port", info.pair.remote_port}}},
        {"state", name_of(info.state)}};
    if (info.current != nullptr)
      item["current"] = info.current->send_id;
    if (info.rnext != nullptr)
      item["rnext"] = info.rnext->recv_id;
    item["received"] = to_hex(info.received);
    item["good"] = info.good;
    item["bad"] = info.bad;
    list.push_back(std::move(item));
  }
  return {{"connections", std::move(list)}};
}

std::vector<Octets> TcpControl::receive(OctetView packet, Time now) {
  if (const auto about = wire::read_icmp_error(packet))
    host_.receive_error(*about);
  const auto segment = wire::read_ip(packet);
  return segment && *segment ? packets_of(host_.receive(**segment, now)) : std::vector<Octets>();
}

std::vector<Octets> TcpControl::tick(Time now) {
  std::vector<Octets> out = std::exchange(queued_, {});
  std::vector<Octets> more = packets_of(host_.tick(now));
  out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return out;
}

std::optional<Time> TcpControl::deadline() const {
  return queued_.empty() ? host_.deadline() : std::optional(Time{});
}

}  // namespace karpspec::dut
