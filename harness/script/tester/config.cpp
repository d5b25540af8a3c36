#include "script/tester/config.h"

#include <algorithm>

#include "oracle/ike/negotiation.h"
#include "oracle/mrkmp/group_config.h"
#include "transcript/expression.h"

namespace karpspec::script {
namespace {

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Result<Octets> octets_from(const Json& value) {
  const std::string text = text_of(value);
  if (text.starts_with("0x"))
    return from_hex(text);
  return octets_of(text);
}

Result<oracle::Identity> identity_from(const Json& value, const std::string& whose) {
  if (!value.is_object() || !value.contains("type") || !value.contains("value"))
    return fail(ErrorCode::bad_value, whose + ": expected type and value");
  const auto type =
      transcript::number_from_name(transcript::Names::id_type, text_of(value["type"]));
  if (!type || *type > 255)
    return fail(ErrorCode::bad_value, whose + ": unknown type '" + text_of(value["type"]) + "'");
  oracle::Identity out;
  out.type = static_cast<std::uint8_t>(*type);
  transcript::Expression expression;
  expression.text = text_of(value["value"]);
  const bool address = *type == 1 || *type == 5;
  const transcript::FieldValue kind{
      Octets{}, address ? transcript::Names::address : transcript::Names::text, 0};
  KARPSPEC_TRY(octets, transcript::literal_value(expression, kind));
  out.value = std::get<Octets>(octets);
  return out;
}

const Json* peer_called(const std::string& name, const Json& device) {
  if (!device.contains("peers"))
    return nullptr;
  for (const Json& peer : device["peers"])
    if (peer.value("name", "") == name)
      return &peer;
  return nullptr;
}

const Json* own_peer(const Json& device) {
  return peer_called("tester", device);
}

Result<std::uint64_t> number_from(const Json& tester, const char* key, std::uint64_t most) {
  const Json& value = tester[key];
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
    return fail(ErrorCode::bad_value,
                std::string("tester.") + key + ": expected a number up to " + std::to_string(most));
  return value.get<std::uint64_t>();
}

// One of `routers`, whose psk is the tester's unless it has one of its own.
Result<TesterRouter> read_router(const Json& given, const Json& device,
                                 const TesterConfig& tester) {
  TesterRouter out;
  out.name = given.is_object() ? given.value("name", "") : "";
  if (out.name.empty() || out.name == "tester" || out.name == "device")
    return fail(ErrorCode::bad_value, "tester.routers: expected a name of its own for each");
  const std::string whose = "tester.routers." + out.name;
  KARPSPEC_TRY(identity, identity_from(given.value("identity", Json()), whose));
  out.identity = std::move(identity);
  out.psk = tester.psk;
  if (given.contains("psk")) {
    KARPSPEC_TRY(psk, octets_from(given["psk"]));
    out.psk = std::move(psk);
  }
  out.device_psk = out.psk;
  if (const Json* peer = peer_called(out.name, device); peer != nullptr && peer->contains("psk")) {
    KARPSPEC_TRY(psk, octets_from((*peer)["psk"]));
    out.device_psk = std::move(psk);
  }
  return out;
}

Result<void> read_routers(const Json& tester, const Json& device, TesterConfig& out) {
  for (const Json& each : tester.value("routers", Json::array())) {
    KARPSPEC_TRY(router, read_router(each, device, out));
    out.routers.push_back(std::move(router));
  }
  return {};
}

// The device's first group, and who is in it beside the device.
Result<void> read_groups(const Json& tester, const Json& device, TesterConfig& out) {
  const Json& group = device["groups"].is_array() && !device["groups"].empty()
                          ? device["groups"].front()
                          : device["groups"];
  const std::string protocol = group.is_object() ? group.value("protocol", "") : "";
  const auto& known = oracle::mrkmp::group_protocols;
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const auto& each) { return each.first == protocol; });
  if (found == known.end())
    return fail(ErrorCode::bad_value, "device.groups: expected a group with its protocol first");
  out.group = wire::GroupPayload{found->second, group.value("instance", std::uint8_t{0}), 0,
                                 group.value("area", std::uint32_t{0})};
  return read_routers(tester, device, out);
}

Result<void> read_policy(const Json& tester, TesterConfig& out) {
  using transcript::Names;
  if (tester.contains("protocol")) {
    const auto number =
        transcript::number_from_name(Names::routing_protocol, text_of(tester["protocol"]));
    if (!number || *number > 255)
      return fail(ErrorCode::bad_value, "tester.protocol: unknown routing protocol");
    out.policy.protocol = static_cast<std::uint8_t>(*number);
  }
  if (tester.contains("transforms")) {
    out.policy.pairs.clear();
    for (const Json& pair : tester["transforms"]) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
          !pair[1].is_number_unsigned())
        return fail(ErrorCode::bad_value, "tester.transforms: expected pairs of Auth Alg and KDF");
      out.policy.pairs.push_back({pair[0].get<std::uint8_t>(), pair[1].get<std::uint8_t>()});
    }
  }
  const std::string options = tester.value("options", "include");
  if (options != "include" && options != "exclude")
    return fail(ErrorCode::bad_value, "tester.options: expected include or exclude");
  out.policy.exclude_options = options == "exclude";
  out.policy.any_options = true;
  return {};
}

}  // namespace

const TesterRouter* TesterConfig::router(const std::string& name) const {
  const auto found = std::find_if(routers.begin(), routers.end(),
                                  [&](const TesterRouter& each) { return each.name == name; });
  return found == routers.end() ? nullptr : &*found;
}

Result<TesterConfig> read_tester_config(const Json& tester, const Json& device) {
  TesterConfig out;
  KARPSPEC_TRY(identity, identity_from(tester.value("identity", Json()), "tester.identity"));
  out.identity = std::move(identity);
  KARPSPEC_TRY(other, identity_from(device.value("identity", Json()), "device.identity"));
  out.device_identity = std::move(other);
  if (!tester.contains("psk"))
    return fail(ErrorCode::bad_value, "tester.psk: missing");
  KARPSPEC_TRY(psk, octets_from(tester["psk"]));
  out.psk = out.device_psk = std::move(psk);
  if (const Json* peer = own_peer(device); peer != nullptr && peer->contains("psk")) {
    KARPSPEC_TRY(device_psk, octets_from((*peer)["psk"]));
    out.device_psk = std::move(device_psk);
  }
  KARPSPEC_TRY(proof, read_tester_proof(tester, device, own_peer(device)));
  out.proof = std::move(proof);
  for (const Json& text : tester.value("ike_proposals", Json::array())) {
    KARPSPEC_TRY(suite, oracle::ike::suite_from_text(text_of(text)));
    out.ike_proposals.push_back(suite);
  }
  if (out.ike_proposals.empty())
    return fail(ErrorCode::bad_value, "tester.ike_proposals: missing or empty");
  out.ke_group = out.ike_proposals[0].dh;
  if (tester.contains("ke_group")) {
    const auto group =
        transcript::number_from_name(transcript::Names::dh, text_of(tester["ke_group"]));
    if (!group)
      return fail(ErrorCode::bad_value, "tester.ke_group: unknown group");
    out.ke_group = static_cast<DhGroup>(*group);
  }
  if (tester.contains("esp_integrity")) {
    const auto integrity =
        transcript::number_from_name(transcript::Names::integ, text_of(tester["esp_integrity"]));
    if (!integrity)
      return fail(ErrorCode::bad_value, "tester.esp_integrity: unknown algorithm");
    out.esp_integrity = static_cast<Integ>(*integrity);
  }
  KARPSPEC_CHECK(read_policy(tester, out));
  if (device.contains("groups"))
    KARPSPEC_CHECK(read_groups(tester, device, out));
  if (device.contains("keyserver")) {
    KARPSPEC_TRY(keyserver, KeyserverEnd::read(tester, device,
                                               oracle::keyserver::name_of(out.device_identity)));
    out.keyserver = std::move(keyserver);
    KARPSPEC_CHECK(read_routers(tester, device, out));
  }
  out.routers.insert(out.routers.begin(),
                     TesterRouter{"tester", out.identity, out.psk, out.device_psk, {}});
  if (tester.contains("send_id")) {
    KARPSPEC_TRY(number, number_from(tester, "send_id", 255));
    out.send_id = static_cast<std::uint8_t>(number);
  }
  if (tester.contains("leading_zero")) {
    if (!tester["leading_zero"].is_boolean())
      return fail(ErrorCode::bad_value, "leading_zero: expected true or false");
    out.leading_zero = tester["leading_zero"].get<bool>();
  }
  if (tester.contains("nonce_size")) {
    KARPSPEC_TRY(number, number_from(tester, "nonce_size", 1024));
    out.nonce_size = number;
  }
  return out;
}

}  // namespace karpspec::script
