#include "script/tester/keyserver_end.h"

#include <algorithm>

#include "oracle/mrkmp/group_key.h"
#include "script/keyserver_policy.h"

namespace karpspec::script {

using oracle::keyserver::DataKey;
using oracle::keyserver::DomainPolicy;
using oracle::keyserver::GroupId;
using oracle::keyserver::GroupKeys;
using wire::PayloadType;

namespace {

constexpr std::uint16_t data_key_algorithm = 2;  // HMAC-SHA-256 (P-235)
constexpr std::uint32_t least_spi = 256;         // P-254
constexpr std::chrono::hours key_life{1};        // P-247
constexpr std::chrono::seconds data_key_overlap{30};

}  // namespace

Result<KeyserverEnd::Setup> KeyserverEnd::read(const Json& tester, const Json& device,
                                               const std::string& device_name) {
  Setup out;
  out.device = device_name;
  const Json& keyserver = device["keyserver"];
  if (!keyserver.is_object())
    return fail(ErrorCode::bad_value, "device.keyserver: expected an object");
  out.device_is_dks = keyserver.contains("domain");
  if (tester.contains("policy")) {
    KARPSPEC_TRY(policy, read_domain_policy(tester["policy"], "tester.policy"));
    out.policies[""] = std::move(policy);
  }
  const Json others = tester.value("policies", Json::object());
  for (const auto& [name, value] : others.items()) {
    KARPSPEC_TRY(policy, read_domain_policy(value, "tester.policies." + name));
    out.policies[name] = std::move(policy);
  }
  // Groups are by default on the link that a policy names first, else on the device's first.
  out.usual = {"", "", "lan", "pim"};
  const Json interfaces = keyserver.value("interfaces", Json::array());
  if (interfaces.is_array() && !interfaces.empty() && interfaces[0].is_object()) {
    out.usual.interface = interfaces[0].value("link", "lan");
    out.usual.vrf = interfaces[0].value("vrf", "");
  }
  std::vector<const Json*> places;
  for (const char* member : {"domain", "bootstrap"})
    if (keyserver.contains(member))
      places.push_back(&keyserver[member]);
  if (tester.contains("policy"))
    places.push_back(&tester["policy"]);
  for (const Json* place : places) {
    KARPSPEC_TRY(policy, read_domain_policy(*place, "policy"));
    if (!policy.permissions.empty())
      out.usual = policy.permissions.front().group;
  }
  return out;
}

GroupId KeyserverEnd::group_of(const std::string& speaker) const {
  GroupId out = setup_.usual;
  out.speaker = speaker;
  return out;
}

void KeyserverEnd::make_key(GroupKeys& keys) {
  DataKey key;
  while (key.key.id < least_spi)
    key.key.id = static_cast<std::uint32_t>(random_.u64());
  key.key.algorithm = data_key_algorithm;
  key.key.key = Secret(random_.octets(*oracle::mrkmp::master_key_octets(data_key_algorithm)));
  key.key.times = {now_, now_, now_ + key_life, now_ + key_life + data_key_overlap};
  key.order = keys.highest.value_or(oracle::keyserver::Order{1, 0});
  ++key.order.sequence;
  keys.highest = key.order;
  for (DataKey& old : keys.keys)
    old.key.times.end(now_, data_key_overlap);
  keys.keys.push_back(std::move(key));
}

GroupKeys& KeyserverEnd::keys_of(const GroupId& group) {
  GroupKeys& out = keys_[group];
  out.group = group;
  return out;
}

Result<wire::PolicyPayload> KeyserverEnd::policy(const std::string& router,
                                                 const std::string& which, bool response) {
  wire::PolicyPayload out;
  const auto version = versions_.find(router);
  const std::uint64_t device_version = version == versions_.end() ? 0 : version->second;
  if (setup_.device_is_dks) {
    // A pull says what is held, an answer to a push what has come with it.
    out.version = device_version;
    return out;
  }
  const auto found = setup_.policies.find(which.empty() ? counts_ : which);
  if (found == setup_.policies.end())
    return fail(ErrorCode::not_found, "the tester has no policy '" + which + "'");
  out.version = found->second.version;
  if (response && which.empty() && device_version == out.version)
    return out;
  return oracle::keyserver::to_payload(found->second.of(setup_.device));
}

wire::KeyDownloadPayload KeyserverEnd::download(const Speaker& speaker, const std::string& which,
                                                bool response) {
  wire::KeyDownloadPayload out = oracle::keyserver::empty_download(now_);
  const auto own = [&](const GroupId& group) -> GroupKeys& {
    GroupKeys& keys = keys_of(group);
    if (keys.keys.empty())
      make_key(keys);
    if (group.speaker == speaker.name)
      keys.source = speaker.address;
    return keys;
  };
  if (!response || which == "push" || which == "new") {
    if (which.empty()) {
      GroupKeys question;
      question.group = group_of(setup_.device);
      add(out, question, now_);
      return out;
    }
    GroupKeys& keys = own(group_of(speaker.name));
    if (which == "new")
      make_key(keys);
    add(out, keys, now_);
    return out;
  }
  const bool pushed = pushed_[speaker.router];
  for (const GroupKeys& asked : asked_[speaker.router]) {
    if (!pushed) {
      add(out, own(asked.group), now_);
      continue;
    }
    GroupKeys order;
    order.group = asked.group;
    order.highest = asked.highest;
    add(out, order, now_);
  }
  return out;
}

const GroupKeys* KeyserverEnd::keys(const GroupId& group) const {
  const auto found = keys_.find(group);
  return found == keys_.end() ? nullptr : &found->second;
}

Octets KeyserverEnd::denied_group(const std::string& router) {
  const auto& asked = asked_[router];
  return asked.empty() ? Octets() : oracle::keyserver::octets_of(asked.front().group);
}

void KeyserverEnd::sent(const wire::Message& message, const std::string& which) {
  if (!which.empty() && setup_.policies.contains(which))
    counts_ = which;
  const auto* download = body_of<wire::KeyDownloadPayload>(message, PayloadType::KD);
  if (download == nullptr)
    return;
  for (GroupKeys& group : oracle::keyserver::groups_in(*download, now_)) {
    GroupKeys& held = keys_of(group.group);
    for (DataKey& key : group.keys) {
      const auto known = std::find_if(held.keys.begin(), held.keys.end(), [&](const DataKey& each) {
        return each.key.same_key(key.key);
      });
      // What a scenario calls a key of the tester's is its SPI and order from now on.
      if (known != held.keys.end())
        *known = std::move(key);
      else
        held.keys.push_back(std::move(key));
    }
    if (!group.keys.empty())
      held.highest = std::max(held.highest.value_or(*group.highest), *group.highest);
  }
}

void KeyserverEnd::received(const std::string& router, const wire::Message& message) {
  if (const auto* policy = body_of<wire::PolicyPayload>(message, PayloadType::POLICY))
    versions_[router] = policy->version;
  const auto* download = body_of<wire::KeyDownloadPayload>(message, PayloadType::KD);
  if (download == nullptr)
    return;
  last_received_ = *download;
  auto groups = oracle::keyserver::groups_in(*download, now_);
  // Keys that the device has told of are what a DKS of the tester's hands on.
  for (const GroupKeys& group : groups)
    if (!group.keys.empty())
      keys_of(group.group) = group.clone();
  if (message.header.is_response())
    return;
  pushed_[router] = std::any_of(download->items.begin(), download->items.end(),
                                [](const wire::KeyItem& item) { return item.is_key(); });
  asked_[router] = std::move(groups);
}

std::vector<std::map<std::string, std::string>> entry_rows(const wire::PolicyPayload& policy) {
  using Kind = wire::PolicyEntry::Kind;
  const auto text_of = [](const Octets& octets) {
    return std::string(octets.begin(), octets.end());
  };
  std::vector<std::map<std::string, std::string>> out;
  for (const wire::PolicyEntry& entry : policy.entries) {
    auto& row = out.emplace_back();
    const GroupId group = oracle::keyserver::from_wire(entry.group);
    row["kind"] = entry.is(Kind::permission)  ? "PERMIT"
                  : entry.is(Kind::interface) ? "INTERFACE"
                  : entry.is(Kind::reconnect) ? "RECONNECT"
                                              : std::to_string(entry.kind);
    if (entry.is(Kind::permission) || entry.is(Kind::interface)) {
      row["vrf"] = group.vrf;
      row["interface"] = group.interface;
    }
    if (entry.is(Kind::permission)) {
      row["speaker"] = group.speaker;
      row["receiver"] = text_of(entry.receiver);
      row["protocol"] = group.protocol;
      row["direction"] = std::to_string(entry.direction);
    } else if (entry.is(Kind::interface)) {
      row["router"] = text_of(entry.router);
      row["mode"] =
          entry.mode > 2
              ? std::to_string(entry.mode)
              : oracle::keyserver::mode_name(static_cast<oracle::keyserver::Mode>(entry.mode));
      row["central"] = (entry.flags & wire::PolicyEntry::flag_central) != 0 ? "true" : "false";
      row["permit_for"] = std::to_string(entry.permit_seconds);
    } else if (entry.is(Kind::reconnect)) {
      row["first"] = std::to_string(entry.first);
      row["longest"] = std::to_string(entry.longest);
      row["spread"] = std::to_string(entry.spread);
      row["jitter"] = std::to_string(entry.jitter_percent);
    }
    if (entry.is(Kind::permission) || entry.is(Kind::reconnect))
      row["materials"] = std::to_string(entry.materials.size());
    for (std::size_t i = 0; i < entry.materials.size(); ++i)
      row["material"] += (i == 0 ? "" : " ") + std::to_string(entry.materials[i].kind) + ":" +
                         to_hex(entry.materials[i].value);
  }
  return out;
}

}  // namespace karpspec::script
