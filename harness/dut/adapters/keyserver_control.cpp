#include "dut/adapters/keyserver_control.h"

#include <algorithm>
#include <array>
#include <set>

#include "dut/adapters/credentials_config.h"
#include "dut/adapters/members.h"
#include "keytable/row.h"
#include "script/keyserver_policy.h"

namespace karpspec::dut {
namespace {

namespace keyserver = oracle::keyserver;
using keyserver::GroupId;

constexpr std::array<std::string_view, 6> keyserver_methods = {
    "ks-refresh", "ks-route", "ks-policy", "ks-newkey", "ks-packet", "ks-state"};

Result<GroupId> read_group_id(const Json& params, const std::string& speaker) {
  KARPSPEC_TRY(vrf, text_member_or(params, "vrf", ""));
  KARPSPEC_TRY(interface, filled_member(params, "interface"));
  KARPSPEC_TRY(protocol, filled_member(params, "protocol"));
  return GroupId{speaker, std::move(vrf), std::move(interface), std::move(protocol)};
}

// Without an address packets leave from OWN.
Result<keyserver::Interface> read_interface(const Json& object, const std::string& own,
                                            const std::string& where) {
  if (!object.is_object())
    return fail(ErrorCode::bad_value, where + ": expected an object");
  KARPSPEC_CHECK(check_members(object, {"link", "vrf", "address"}, where));
  KARPSPEC_TRY(link, filled_member(object, "link", where + "."));
  KARPSPEC_TRY(vrf, text_member_or(object, "vrf", "", where + "."));
  KARPSPEC_TRY(address, text_member_or(object, "address", "", where + "."));
  const auto read = wire::IpAddress::from_text(address.empty() ? own : address);
  if (!read)
    return fail(ErrorCode::bad_value, where + ".address: expected an address");
  return keyserver::Interface{std::move(link), std::move(vrf), *read};
}

const char* state_name(const keyserver::Node& node) {
  switch (node.dks_state()) {
    case keyserver::Reconnection::State::waiting:
      return "waiting";
    case keyserver::Reconnection::State::trying:
      return "trying";
    case keyserver::Reconnection::State::connected:
      return "connected";
  }
  return "waiting";
}

Json id_json(const GroupId& group) {
  return {{"speaker", group.speaker},
          {"vrf", group.vrf},
          {"interface", group.interface},
          {"protocol", group.protocol}};
}

void add_times(Json& out, const oracle::mrkmp::KeyTimes& times) {
  out["receive_start"] = keytable::to_text(times.receive_start);
  out["send_start"] = keytable::to_text(times.send_start);
  out["send_end"] = keytable::to_text(times.send_end);
  out["receive_end"] = keytable::to_text(times.receive_end);
}

Json group_json(const GroupId& group, const char* role,
                const std::vector<const keyserver::DataKey*>& keys) {
  Json out = id_json(group);
  out["role"] = role;
  out["keys"] = Json::array();
  for (const keyserver::DataKey* each : keys) {
    Json key = {{"spi", each->key.id},
                {"policy_version", each->order.policy_version},
                {"sequence", each->order.sequence}};
    add_times(key, each->key.times);
    out["keys"].push_back(std::move(key));
  }
  // The newest is the last of them.
  if (!keys.empty()) {
    out["spi"] = keys.back()->key.id;
    out["policy_version"] = keys.back()->order.policy_version;
    out["sequence"] = keys.back()->order.sequence;
  }
  return out;
}

Json groups_json(const keyserver::Node& node, Time now) {
  Json out = Json::array();
  for (const GroupId& group : node.own_groups())
    out.push_back(group_json(group, "speaks", node.own_keys(group)));
  for (const GroupId& group : node.heard_groups())
    out.push_back(group_json(group, "hears", node.heard_keys(group)));
  for (const keyserver::GroupKeys& reported : node.reported_keys(now)) {
    std::vector<const keyserver::DataKey*> keys;
    for (const keyserver::DataKey& each : reported.keys)
      keys.push_back(&each);
    out.push_back(group_json(reported.group, "serves", keys));
  }
  return out;
}

Json gspd_json(keyserver::Node& node, Time now) {
  Json out = Json::array();
  for (const keyserver::GspdRow& row : node.security().gspd(now))
    out.push_back({{"interface", row.interface},
                   {"vrf", row.vrf},
                   {"mode", keyserver::mode_name(row.mode)},
                   {"speaker", row.group.speaker},
                   {"protocol", row.group.protocol},
                   {"direction", row.inbound ? "in" : "out"},
                   {"action", row.action}});
  return out;
}

Json sad_json(keyserver::Node& node) {
  Json out = Json::array();
  for (const keyserver::SadRow& row : node.security().sad()) {
    Json each = id_json(row.group);
    each["direction"] = row.inbound ? "in" : "out";
    each["spi"] = row.spi;
    each["source"] = row.source;
    std::string destinations;
    for (const std::string& destination : row.destinations)
      destinations += (destinations.empty() ? "" : " ") + destination;
    each["destinations"] = destinations;
    each["algorithm"] = row.algorithm;
    each["fingerprint"] = row.fingerprint;
    each["origin"] = keyserver::origin_name(row.origin);
    add_times(each, row.times);
    out.push_back(std::move(each));
  }
  return out;
}

// Everybody whom the policy names as speaker or receiver beside the router itself.
Json neighbours_json(const keyserver::Node& node) {
  std::set<std::string> hears, heard;
  for (const GroupId& group : node.heard_groups())
    heard.insert(group.speaker);
  for (const GroupId& group : node.own_groups())
    for (const std::string& receiver : node.policy().receivers(group))
      hears.insert(receiver);
  std::set<std::string> all = hears;
  all.insert(heard.begin(), heard.end());
  Json out = Json::array();
  for (const std::string& name : all)
    out.push_back(
        {{"name", name}, {"hears", hears.contains(name)}, {"heard", heard.contains(name)}});
  return out;
}

Json state_json(keyserver::Node& node, Time now) {
  const keyserver::DomainPolicy* domain = node.domain_policy();
  return {{"policy_version", domain != nullptr ? domain->version : node.policy().version},
          {"dks", state_name(node)},
          {"groups", groups_json(node, now)},
          {"neighbours", neighbours_json(node)},
          {"gspd", gspd_json(node, now)},
          {"sad", sad_json(node)}};
}

// A packet of a routing protocol, as it leaves, or as it comes by an interface.
Result<Json> packet(keyserver::Node& node, const Json& params, Time now) {
  KARPSPEC_TRY(group, read_group_id(params, ""));
  KARPSPEC_TRY(payload_text, filled_member(params, "payload"));
  KARPSPEC_TRY(payload, from_hex(payload_text));
  KARPSPEC_TRY(direction, filled_member(params, "direction"));
  keyserver::SecurityState& security = node.security();
  const keyserver::Interface* interface = security.find(group.vrf, group.interface);
  if (interface == nullptr)
    return fail(ErrorCode::bad_value, "interface: there is none called " + group.interface);
  if (direction == "out") {
    const Json number = params.value("protocol_number", Json(103U));
    if (!number.is_number_unsigned() || number > 255)
      return fail(ErrorCode::bad_value, "protocol_number: expected a number up to 255");
    const auto out = security.send(*interface, group.protocol, number.get<std::uint8_t>(),
                                   std::move(payload), now);
    using Fate = keyserver::SecurityState::Fate;
    const char* fate = out.fate == Fate::clear     ? "clear"
                       : out.fate == Fate::protect ? "protect"
                                                   : "discard";
    return Json{{"fate", fate}, {"octets", to_hex(out.octets)}, {"spi", out.spi}};
  }
  if (direction != "in")
    return fail(ErrorCode::bad_value, "direction: expected in or out");
  KARPSPEC_TRY(source, text_member_or(params, "source", ""));
  keyserver::SecurityState::In in;
  if (source.empty()) {
    in = security.receive_clear(*interface, group.protocol, std::move(payload), now);
  } else {
    const auto address = wire::IpAddress::from_text(source);
    KARPSPEC_TRY(destination, filled_member(params, "destination"));
    if (!address)
      return fail(ErrorCode::bad_value, "source: expected an address");
    in = security.receive_esp(*interface, *address, destination, payload, now);
  }
  return Json{{"fate", in.taken ? "taken" : "discard"},
              {"why", in.why},
              {"speaker", in.speaker},
              {"octets", to_hex(in.payload)}};
}

}  // namespace

bool is_keyserver_method(std::string_view method) {
  return std::find(keyserver_methods.begin(), keyserver_methods.end(), method) !=
         keyserver_methods.end();
}

bool configures_keyserver(const Json& params) {
  return params.is_object() && params.contains("keyserver");
}

Result<keyserver::NodeConfig> read_keyserver_config(const Json& params,
                                                    oracle::RouterConfig router) {
  keyserver::NodeConfig out;
  out.router = std::move(router);
  const Json& given = params.at("keyserver");
  if (!given.is_object())
    return fail(ErrorCode::bad_value, "keyserver: expected an object");
  KARPSPEC_CHECK(check_members(given, {"interfaces", "dks", "bootstrap", "domain"}, "keyserver"));
  const Json interfaces = given.value("interfaces", Json::array());
  if (!interfaces.is_array())
    return fail(ErrorCode::bad_value, "keyserver.interfaces: expected a list");
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    KARPSPEC_TRY(interface, read_interface(interfaces[i], out.router.local.address,
                                           "keyserver.interfaces[" + std::to_string(i + 1) + "]"));
    out.interfaces.push_back(std::move(interface));
  }
  KARPSPEC_TRY(dks, text_member_or(given, "dks", "", "keyserver."));
  const auto& peers = out.router.peers;
  if (!dks.empty() &&
      std::none_of(peers.begin(), peers.end(), [&](const auto& peer) { return peer.name == dks; }))
    return fail(ErrorCode::bad_value, "keyserver.dks: no peer is called '" + dks + "'");
  out.dks = std::move(dks);
  if (given.contains("bootstrap")) {
    KARPSPEC_TRY(domain, script::read_domain_policy(given["bootstrap"], "keyserver.bootstrap"));
    out.bootstrap = domain.of(keyserver::name_of(out.router.identity));
  }
  if (given.contains("domain")) {
    KARPSPEC_TRY(domain, script::read_domain_policy(given["domain"], "keyserver.domain"));
    out.domain = std::move(domain);
  }
  return out;
}

Result<Json> keyserver_command(keyserver::Node& node, std::string_view method, const Json& params,
                               Time now, std::vector<Datagram>& sent) {
  if (method == "ks-state")
    return state_json(node, now);
  if (method == "ks-packet")
    return packet(node, params, now);
  keyserver::Node::Sent done = std::vector<Datagram>();
  if (method == "ks-refresh") {
    done = node.refresh(now);
  } else if (method == "ks-route") {
    KARPSPEC_TRY(address, filled_member(params, "address"));
    done = node.route_appeared(address, now);
  } else if (method == "ks-policy") {
    KARPSPEC_TRY(domain, script::read_domain_policy(params, "policy"));
    done = node.set_domain_policy(std::move(domain), now);
  } else {
    KARPSPEC_TRY(speaker, filled_member(params, "speaker"));
    KARPSPEC_TRY(group, read_group_id(params, speaker));
    done = node.change_key(group, now);
  }
  if (!done)
    return fail(ErrorCode::bad_value, done.error().message);
  sent.insert(sent.end(), done->begin(), done->end());
  return Json::object();
}

}  // namespace karpspec::dut
