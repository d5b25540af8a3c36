#include "dut/adapters/group_control.h"

#include <algorithm>
#include <array>
#include <limits>

#include "dut/adapters/credentials_config.h"
#include "dut/adapters/key_control.h"
#include "dut/adapters/members.h"
#include "keytable/row.h"

namespace karpspec::dut {
namespace {

using oracle::mrkmp::Election;
using oracle::mrkmp::Group;
using oracle::mrkmp::GroupKey;
using oracle::mrkmp::Node;

constexpr std::array<std::string_view, 6> group_methods = {
    "group-join", "group-leave", "group-priority", "group-newkey", "group-remove", "groups"};

template <class Number>
Result<Number> number_in(const Json& object, const char* member, Number otherwise,
                         const std::string& where) {
  const auto found = object.find(member);
  if (found == object.end())
    return otherwise;
  if (!found->is_number_unsigned() || *found > std::numeric_limits<Number>::max())
    return fail(ErrorCode::bad_value, where + member + ": expected a number up to " +
                                          std::to_string(std::numeric_limits<Number>::max()));
  return found->get<Number>();
}

// Keys by hand, {id, algorithm, key}, whose octets are hexadecimal.
Result<std::vector<GroupKey>> read_manual_keys(const Json& list, const std::string& where) {
  if (!list.is_array())
    return fail(ErrorCode::bad_value, where + ": expected a list");
  std::vector<GroupKey> out;
  for (const Json& object : list) {
    if (!object.is_object())
      return fail(ErrorCode::bad_value, where + ": expected objects");
    KARPSPEC_CHECK(check_members(object, {"id", "algorithm", "key"}, where));
    GroupKey key;
    KARPSPEC_TRY(id, number_in<std::uint32_t>(object, "id", 0, where + "."));
    KARPSPEC_TRY(algorithm, number_in<std::uint16_t>(object, "algorithm", 2, where + "."));
    KARPSPEC_TRY(text, filled_member(object, "key", where + "."));
    KARPSPEC_TRY(octets, from_hex(text));
    key.id = id;
    key.algorithm = algorithm;
    key.key = Secret(std::move(octets));
    if (oracle::mrkmp::master_key_octets(algorithm) != key.key.size())
      return fail(ErrorCode::bad_value,
                  where + ".key: it has not the size of its algorithm (P-235)");
    out.push_back(std::move(key));
  }
  return out;
}

Result<oracle::mrkmp::GroupSetup> read_group(const Json& object, const std::string& where) {
  oracle::mrkmp::GroupSetup out;
  if (!object.is_object())
    return fail(ErrorCode::bad_value, where + "expected an object");
  KARPSPEC_CHECK(check_members(object,
                               {"group", "protocol", "instance", "area", "interface", "algorithm",
                                "priority", "psk", "manual_keys"},
                               where.substr(0, where.size() - 1)));
  KARPSPEC_TRY(name, filled_member(object, "group", where));
  KARPSPEC_TRY(protocol, filled_member(object, "protocol", where));
  const auto& protocols = oracle::mrkmp::group_protocols;
  const auto known = std::find_if(protocols.begin(), protocols.end(),
                                  [&](const auto& each) { return each.first == protocol; });
  if (known == protocols.end())
    return fail(ErrorCode::bad_value, where + "protocol: '" + protocol +
                                          "' has no groups, expected ospfv2, ospfv3, isis, "
                                          "rip or pim");
  KARPSPEC_TRY(instance, number_in<std::uint8_t>(object, "instance", 0, where));
  KARPSPEC_TRY(area, number_in<std::uint32_t>(object, "area", 0, where));
  KARPSPEC_TRY(algorithm, number_in<std::uint16_t>(object, "algorithm", 2, where));
  KARPSPEC_TRY(priority, number_in<std::uint16_t>(object, "priority", 32768, where));
  if (!oracle::mrkmp::master_key_octets(algorithm))
    return fail(ErrorCode::bad_value, where + "algorithm: expected one of P-235");
  KARPSPEC_TRY(interface, text_member_or(object, "interface", "eth0", where));
  out.group.name = std::move(name);
  out.group.id = {known->second, instance, 0, area};
  out.group.interface = std::move(interface);
  out.group.algorithm = algorithm;
  out.priority = priority;
  if (const auto keys = object.find("manual_keys"); keys != object.end()) {
    KARPSPEC_TRY(manual, read_manual_keys(*keys, where + "manual_keys"));
    out.group.manual = std::make_shared<const std::vector<GroupKey>>(std::move(manual));
  }
  return out;
}

// Routers of one link have one association, whatever group it is for, so that all groups have the
// same preshared key.
Result<void> read_secret(const Json& object, const std::string& where, Secret& out) {
  KARPSPEC_TRY(text, filled_member(object, "psk", where));
  KARPSPEC_TRY(octets, text.starts_with("0x") ? from_hex(text) : Result<Octets>(octets_of(text)));
  Secret secret(std::move(octets));
  if (!out.empty() && !equal_in_constant_time(out.view(), secret.view()))
    return fail(ErrorCode::bad_value, where + "psk: another group of the link has another one");
  out = std::move(secret);
  return {};
}

const char* to_string(Election::State state) {
  switch (state) {
    case Election::State::off:
      return "off";
    case Election::State::initial:
      return "initial";
    case Election::State::gcks:
      return "gcks";
    case Election::State::member:
      return "member";
  }
  return "off";
}

Json key_json(const GroupKey& key) {
  return {{"id", key.id},
          {"algorithm", key.algorithm},
          {"receive_start", keytable::to_text(key.times.receive_start)},
          {"send_start", keytable::to_text(key.times.send_start)},
          {"send_end", keytable::to_text(key.times.send_end)},
          {"receive_end", keytable::to_text(key.times.receive_end)}};
}

Json group_json(const Group& group, Time now) {
  Json keys = Json::array(), keks = Json::array();
  for (const GroupKey& key : group.keys().masters())
    keys.push_back(key_json(key));
  for (const oracle::mrkmp::Kek& kek : group.keys().keks())
    keks.push_back(key_json(kek.key));
  Json out = {{"group", group.config().name},
              {"state", to_string(group.election().state())},
              {"priority", group.election().standing().priority},
              {"keys", std::move(keys)},
              {"keks", std::move(keks)}};
  if (const auto gcks = group.election().gcks())
    out["gcks"] = gcks->to_text();
  if (const GroupKey* key = group.sends_with(now))
    out["sends_with"] = key->id;
  return out;
}

}  // namespace

bool is_group_method(std::string_view method) {
  return std::find(group_methods.begin(), group_methods.end(), method) != group_methods.end();
}

bool configures_groups(const Json& params) {
  return params.is_object() && params.contains("groups");
}

Result<oracle::mrkmp::NodeConfig> read_node_config(const Json& params,
                                                   oracle::RouterConfig router) {
  oracle::mrkmp::NodeConfig out;
  out.router = std::move(router);
  const oracle::Tunables& set = out.router.tunables;
  out.timers.update = set.group_update;
  out.timers.kek_life = set.group_kek_life;
  out.timers.kek_renewal = set.group_kek_renewal;
  out.election_timers.heartbeat = set.group_heartbeat;
  const Json& groups = params.at("groups");
  if (!groups.is_array())
    return fail(ErrorCode::bad_value, "groups: expected a list");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string where = "groups[" + std::to_string(i + 1) + "].";
    KARPSPEC_TRY(group, read_group(groups[i], where));
    if (groups[i].contains("psk"))
      KARPSPEC_CHECK(read_secret(groups[i], where, out.group_secret));
    const bool twice = std::any_of(out.groups.begin(), out.groups.end(), [&](const auto& other) {
      return other.group.name == group.group.name || other.group.id == group.group.id;
    });
    if (twice)
      return fail(ErrorCode::bad_value, "groups[" + std::to_string(i + 1) + "]: is there twice");
    out.groups.push_back(std::move(group));
  }
  return out;
}

Result<Json> group_command(Node& node, std::string_view method, const Json& params, Time now,
                           std::vector<Datagram>& sent) {
  if (method == "key-table") {
    Json rows = Json::array();
    for (const keytable::Row& row : node.rows())
      rows.push_back(shown_row(row));
    return Json{{"rows", std::move(rows)}};
  }
  if (method == "groups") {
    Json list = Json::array();
    for (const std::string& name : node.group_names())
      list.push_back(group_json(*node.group(name), now));
    return Json{{"groups", std::move(list)}};
  }
  KARPSPEC_TRY(name, filled_member(params, "group"));
  Node::Sent done = std::vector<Datagram>();
  if (method == "group-join" || method == "group-priority") {
    const Group* group = node.group(name);
    const std::uint16_t standing =
        group == nullptr ? std::uint16_t{0} : group->election().standing().priority;
    KARPSPEC_TRY(priority, number_in<std::uint16_t>(params, "priority", standing, ""));
    done = method == "group-join" ? node.join(name, priority, now)
                                  : node.set_priority(name, priority, now);
  } else if (method == "group-leave") {
    done = node.leave(name, now);
  } else if (method == "group-newkey") {
    const Json what = params.value("what", Json("key"));
    if (what != "key" && what != "kek")
      return fail(ErrorCode::bad_value, "what: expected key or kek");
    done = what == "kek" ? node.renew_kek(name, now) : node.change_key(name, now);
  } else {
    KARPSPEC_TRY(peer, filled_member(params, "peer"));
    const Json forward = params.value("forward_security", Json(true));
    if (!forward.is_boolean())
      return fail(ErrorCode::bad_value, "forward_security: expected true or false");
    done = node.remove(name, peer, forward.get<bool>(), now);
  }
  if (!done)
    return fail(ErrorCode::bad_value, done.error().message);
  sent.insert(sent.end(), done->begin(), done->end());
  return Json::object();
}

}  // namespace karpspec::dut
