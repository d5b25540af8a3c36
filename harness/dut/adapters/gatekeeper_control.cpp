#include "dut/adapters/gatekeeper_control.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dut/adapters/credentials_config.h"
#include "dut/adapters/members.h"
#include "dut/adapters/router_config.h"
#include "keytable/row.h"
#include "oracle/rkmp/master_key.h"

namespace karpspec::dut {
namespace {

using oracle::gatekeeper::MktInfo;
using oracle::gatekeeper::Record;
using oracle::gatekeeper::RecordInfo;
using oracle::tcpao::AddressPattern;
using oracle::tcpao::ConnectionEnds;
using oracle::tcpao::PortPattern;

// The name in the key table of a routing protocol. BFD has no number in RKMP.
Result<std::string> protocol_from(const Json& params) {
  const Json value = params.value("protocol", Json());
  if (value == "BFD")
    return std::string("bfd");
  auto number = routing_protocol_from(value);
  if (!number)
    return wrong("protocol", number.error().message);
  return oracle::rkmp::protocol_name(*number);
}

std::string protocol_json(const std::string& name) {
  if (name == "bfd")
    return "BFD";
  const auto number = oracle::gatekeeper::protocol_id(name);
  return number ? routing_protocol_name(*number) : name;
}

Result<PortPattern> port_from(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned() && !value.is_string())
    return wrong(where, "expected a port, a range such as 40000-40999, or any");
  auto pattern =
      PortPattern::from_text(value.is_string() ? value.get<std::string>() : value.dump());
  return pattern ? pattern : wrong(where, pattern.error().message);
}

Result<void> read_end(const Json& object, const char* member, AddressPattern& address,
                      PortPattern& port) {
  const Json end = object.value(member, Json::object());
  if (!end.is_object())
    return wrong(member, "expected address and port");
  for (const auto& [name, value] : end.items())
    if (name != "address" && name != "port")
      return wrong(std::string(member) + "." + name, "unknown member");
  KARPSPEC_TRY(text, text_member_or(end, "address", "any", std::string(member) + "."));
  auto read = AddressPattern::from_text(text);
  if (!read)
    return wrong(std::string(member) + ".address", read.error().message);
  address = *std::move(read);
  KARPSPEC_TRY(ports, port_from(end.value("port", Json("any")), std::string(member) + ".port"));
  port = ports;
  return {};
}

Result<Record> record_from(const Json& object) {
  if (!object.is_object())
    return fail(ErrorCode::bad_value, "expected a record");
  constexpr std::array known = {
      "name",           "protocol", "peer",    "local",          "remote",        "macs", "kdfs",
      "rekey_lifetime", "key",      "options", "local_key_name", "peer_key_name", "mode"};
  for (const auto& [name, value] : object.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return wrong(name, "unknown member");
  Record record;
  KARPSPEC_TRY(name, text_member(object, "name"));
  KARPSPEC_TRY(protocol, protocol_from(object));
  KARPSPEC_TRY(peer, text_member_or(object, "peer", ""));
  KARPSPEC_TRY(macs, text_list_member(object, "macs"));
  KARPSPEC_TRY(kdfs, text_list_member(object, "kdfs"));
  KARPSPEC_TRY(options, text_member_or(object, "options", "include"));
  KARPSPEC_TRY(local_key_name, text_member_or(object, "local_key_name", ""));
  KARPSPEC_TRY(peer_key_name, text_member_or(object, "peer_key_name", ""));
  record.name = std::move(name);
  record.protocol = std::move(protocol);
  record.peer = std::move(peer);
  record.macs = std::move(macs);
  record.kdfs = std::move(kdfs);
  record.local_key_name = std::move(local_key_name);
  record.peer_key_name = std::move(peer_key_name);
  KARPSPEC_CHECK(read_end(object, "local", record.sockets.local, record.sockets.local_port));
  KARPSPEC_CHECK(read_end(object, "remote", record.sockets.remote, record.sockets.remote_port));
  if (options != "include" && options != "exclude")
    return wrong("options", "expected include or exclude");
  record.exclude_options = options == "exclude";
  if (const auto found = object.find("rekey_lifetime"); found != object.end()) {
    if (!found->is_number() || *found < 0 || *found > 1e9)
      return wrong("rekey_lifetime", "expected seconds");
    record.rekey_lifetime = Duration{std::llround(found->get<double>() * 1e6)};
  }
  if (object.contains("mode")) {
    KARPSPEC_TRY(mode, text_member(object, "mode"));
    if (mode != "kmp" && mode != "manual")
      return wrong("mode", "expected kmp or manual");
    record.mode = mode == "kmp" ? oracle::gatekeeper::Mode::kmp : oracle::gatekeeper::Mode::manual;
  }
  if (object.contains("key")) {
    KARPSPEC_TRY(text, text_member(object, "key"));
    auto octets = from_hex(text);
    if (!octets)
      return wrong("key", "expected octets in hexadecimal");
    record.key = Secret(*std::move(octets));
  }
  return record;
}

Json end_json(const AddressPattern& address, const PortPattern& port) {
  Json out = {{"address", address.to_text()}, {"port", port.to_text()}};
  if (port.exact())
    out["port"] = port.low;
  return out;
}

Json record_json(const RecordInfo& info) {
  const Record& record = *info.record;
  Json out = {{"name", record.name},
              {"protocol", protocol_json(record.protocol)},
              {"local", end_json(record.sockets.local, record.sockets.local_port)},
              {"remote", end_json(record.sockets.remote, record.sockets.remote_port)},
              {"macs", record.macs},
              {"kdfs", record.kdfs},
              {"rekey_lifetime", std::chrono::duration<double>(record.rekey_lifetime).count()},
              {"options", record.exclude_options ? "exclude" : "include"},
              {"mode", to_string(record.mode.value_or(oracle::gatekeeper::Mode::kmp))},
              {"state", to_string(info.state)},
              {"connection", to_string(info.connection)},
              {"rows", info.rows}};
  if (!record.peer.empty() && info.names_peer)
    out["peer"] = record.peer;
  if (!record.key.empty()) {
    out["key"] = to_hex(record.key.view());
    out["local_key_name"] = record.local_key_name;
    out["peer_key_name"] = record.peer_key_name;
  }
  if (!info.session.empty())
    out["session"] = info.session;
  return out;
}

Json mkt_json(const MktInfo& info) {
  const oracle::tcpao::SocketPattern& sockets = info.mkt.connection.sockets;
  return {{"row", info.mkt.name},
          {"record", info.record},
          {"protocol", protocol_json(info.mkt.row.protocol)},
          {"local", end_json(sockets.local, sockets.local_port)},
          {"remote", end_json(sockets.remote, sockets.remote_port)},
          {"send_id", info.mkt.send_id},
          {"recv_id", info.mkt.recv_id},
          {"mac", info.mkt.row.alg_id},
          {"kdf", info.mkt.row.kdf},
          {"options", info.mkt.covers_options ? "include" : "exclude"},
          {"key", to_hex(info.mkt.row.key.view())}};
}

Result<void> read_connection_end(const Json& params, const char* member, wire::IpAddress& address,
                                 std::optional<std::uint16_t>& port) {
  const Json end = params.value(member, Json::object());
  if (!end.is_object())
    return wrong(member, "expected address and port");
  if (end.contains("address")) {
    KARPSPEC_TRY(text, text_member(end, "address", std::string(member) + "."));
    auto read = wire::IpAddress::from_text(text);
    if (!read)
      return wrong(std::string(member) + ".address", read.error().message);
    address = *read;
  }
  if (const auto found = end.find("port"); found != end.end()) {
    if (!found->is_number_unsigned() || *found > 65535)
      return wrong(std::string(member) + ".port", "expected a port");
    port = found->get<std::uint16_t>();
  }
  return {};
}

// The PAD entry that `pad-set` names, with its new authentication data.
Result<oracle::PeerConfig> changed_peer(const oracle::Router& router, const Json& params) {
  KARPSPEC_TRY(name, text_member(params, "peer"));
  const oracle::PeerConfig* known = router.pad_entry(name);
  if (known == nullptr)
    return wrong("peer", "the PAD has no entry '" + name + "'");
  oracle::PeerConfig changed = known->clone();
  changed.psk = {};
  changed.credential.clear();
  changed.trust = {};
  KARPSPEC_CHECK(read_authentication(params, "pad-set", false, changed));
  if (const auto found = params.find("identity"); found != params.end()) {
    KARPSPEC_TRY(identity, identity_from(*found));
    changed.identity = std::move(identity);
    changed.any_identity = false;
  }
  return changed;
}

}  // namespace

bool is_gatekeeper_method(std::string_view method) {
  return method == "pad-set" || method == "gatekeeper-set" || method == "gatekeeper-remove" ||
         method == "gatekeeper-open" || method == "gatekeeper-close" ||
         method == "gatekeeper-records" || method == "gatekeeper-mkts";
}

Result<ConnectionEnds> connection_ends(const Json& params, const oracle::Router& router) {
  ConnectionEnds ends;
  if (const auto own = wire::IpAddress::from_text(router.config().local.address))
    ends.local = *own;
  KARPSPEC_CHECK(read_connection_end(params, "local", ends.local, ends.local_port));
  KARPSPEC_CHECK(read_connection_end(params, "remote", ends.remote, ends.remote_port));
  if (ends.remote.octets().empty())
    return wrong("remote.address", "missing");
  return ends;
}

Result<void> configure_gatekeeper(oracle::Router& router, const Json& records) {
  if (!records.is_array())
    return wrong("gatekeeper", "expected a list of records");
  router.use_gatekeeper();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string where = "gatekeeper[" + std::to_string(i + 1) + "]";
    auto record = record_from(records[i]);
    if (!record)
      return wrong(where, record.error().message);
    // Nothing stands yet, so there is nothing to send.
    if (auto set = router.set_record(*std::move(record), Time{}); !set)
      return wrong(where, set.error().message);
  }
  return {};
}

Result<Json> gatekeeper_command(oracle::Router& router, std::string_view method, const Json& params,
                                Time now, std::vector<Datagram>& sent) {
  if (method == "gatekeeper-records") {
    Json list = Json::array();
    for (const RecordInfo& info : router.records())
      list.push_back(record_json(info));
    return Json{{"records", std::move(list)}};
  }
  if (method == "gatekeeper-mkts") {
    Json list = Json::array();
    for (const MktInfo& info : router.mkts())
      list.push_back(mkt_json(info));
    return Json{{"mkts", std::move(list)}};
  }
  oracle::Router::Sent done = std::vector<Datagram>();
  Json result = Json::object();
  if (method == "gatekeeper-set") {
    KARPSPEC_TRY(record, record_from(params.value("record", Json())));
    done = router.set_record(std::move(record), now);
  } else if (method == "gatekeeper-remove") {
    KARPSPEC_TRY(record, text_member(params, "record"));
    done = router.remove_record(record, now);
  } else if (method == "pad-set") {
    KARPSPEC_TRY(peer, changed_peer(router, params));
    done = router.change_peer(std::move(peer), now);
  } else {
    KARPSPEC_TRY(protocol, protocol_from(params));
    KARPSPEC_TRY(ends, connection_ends(params, router));
    if (method == "gatekeeper-open") {
      oracle::gatekeeper::Opened opened;
      done = router.open_connection(protocol, ends, opened, now);
      result = {{"record", opened.record}, {"connection", to_string(opened.connection)}};
    } else {
      done = router.close_connection(protocol, ends, now);
    }
  }
  if (!done)
    return fail(ErrorCode::bad_value, done.error().message);
  sent.insert(sent.end(), done->begin(), done->end());
  return result;
}

}  // namespace karpspec::dut
