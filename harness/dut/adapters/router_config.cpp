#include "dut/adapters/router_config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "dut/adapters/credentials_config.h"
#include "dut/adapters/members.h"
#include "oracle/ike/negotiation.h"

namespace karpspec::dut {
namespace {

template <class T>
struct Named {
  const char* name;
  T value;
};

constexpr Named<wire::IdType> id_types[] = {{"ID_IPV4_ADDR", wire::IdType::ID_IPV4_ADDR},
                                            {"ID_FQDN", wire::IdType::ID_FQDN},
                                            {"ID_RFC822_ADDR", wire::IdType::ID_RFC822_ADDR},
                                            {"ID_IPV6_ADDR", wire::IdType::ID_IPV6_ADDR},
                                            {"ID_DER_ASN1_DN", wire::IdType::ID_DER_ASN1_DN},
                                            {"ID_DER_ASN1_GN", wire::IdType::ID_DER_ASN1_GN},
                                            {"ID_KEY_ID", wire::IdType::ID_KEY_ID}};
constexpr Named<std::uint8_t> protocols[] = {
    {"BGP", 1}, {"LDP", 2}, {"MSDP", 3}, {"PIM_PORT", 4}, {"PCEP", 5}};

template <class Table>
auto look_up(const Table& table, std::string_view name) -> decltype(std::begin(table)) {
  for (auto it = std::begin(table); it != std::end(table); ++it) {
    if (name == it->name)
      return it;
  }
  return std::end(table);
}

// Text, or octets when it starts with 0x.
Result<Octets> octets_from(const std::string& text) {
  if (text.rfind("0x", 0) == 0)
    return from_hex(text);
  return octets_of(text);
}

Result<oracle::Identity> read_identity(const Json& object, const std::string& where) {
  if (!object.is_object())
    return wrong(where, "expected type and value");
  KARPSPEC_CHECK(check_members(object, {"type", "value"}, where));
  KARPSPEC_TRY(type, text_member(object, "type", where + "."));
  KARPSPEC_TRY(value, text_member(object, "value", where + "."));
  const auto known = look_up(id_types, type);
  if (known == std::end(id_types))
    return wrong(where + ".type", "unknown identity type '" + type + "'");
  oracle::Identity identity;
  identity.type = static_cast<std::uint8_t>(known->value);
  const bool v4 = known->value == wire::IdType::ID_IPV4_ADDR;
  if (v4 || known->value == wire::IdType::ID_IPV6_ADDR) {
    identity.value.resize(v4 ? 4 : 16);
    if (inet_pton(v4 ? AF_INET : AF_INET6, value.c_str(), identity.value.data()) != 1) {
      return wrong(where + ".value", "'" + value + "' is no such address");
    }
  } else {
    KARPSPEC_TRY(octets, octets_from(value));
    identity.value = std::move(octets);
  }
  return identity;
}

Result<oracle::ProtocolPolicy> read_policy(const Json& object, const std::string& where) {
  oracle::ProtocolPolicy policy;
  if (!object.is_object() || !object.contains("protocol"))
    return wrong(where, "expected a protocol");
  KARPSPEC_CHECK(check_members(object, {"protocol", "transforms", "options"}, where));
  auto protocol = routing_protocol_from(object["protocol"]);
  if (!protocol)
    return wrong(where + ".protocol", protocol.error().message);
  policy.protocol = *protocol;
  if (const auto found = object.find("transforms"); found != object.end()) {
    auto pairs = pairs_from(*found);
    if (!pairs)
      return wrong(where + ".transforms", pairs.error().message);
    policy.pairs = *std::move(pairs);
  }
  const std::string options = object.value("options", "any");
  if (options != "any" && options != "include" && options != "exclude") {
    return wrong(where + ".options", "expected any, include or exclude");
  }
  policy.any_options = options == "any";
  policy.exclude_options = options == "exclude";
  return policy;
}

Result<std::vector<std::string>> read_addresses(const Json& list, const std::string& where) {
  std::vector<std::string> addresses;
  // Nobody could be at none of them.
  constexpr std::size_t most = 64;
  if (!list.is_array() || list.empty() || list.size() > most)
    return wrong(where, "expected a list of 1 to " + std::to_string(most) + " addresses");
  for (const Json& item : list) {
    std::array<std::uint8_t, 16> octets{};
    const std::string text = item.is_string() ? item.get<std::string>() : item.dump();
    if (inet_pton(AF_INET, text.c_str(), octets.data()) != 1 &&
        inet_pton(AF_INET6, text.c_str(), octets.data()) != 1)
      return wrong(where + "[" + std::to_string(addresses.size() + 1) + "]",
                   "'" + text + "' is no address");
    addresses.push_back(text);
  }
  return addresses;
}

// SECRET_OF_GROUP: the peer needs no preshared key of its own (profile P-236).
Result<oracle::PeerConfig> read_peer(const Json& object, const std::string& where,
                                     bool secret_of_group) {
  oracle::PeerConfig peer;
  if (!object.is_object())
    return wrong(where, "expected a peer");
  KARPSPEC_CHECK(
      check_members(object,
                    {"name", "address", "port", "addresses", "identity", "auth", "own_auth", "psk",
                     "credential", "auth_methods", "trust", "child", "protocols", "esp_proposals"},
                    where));
  KARPSPEC_TRY(name, text_member(object, "name", where + "."));
  KARPSPEC_TRY(address, text_member(object, "address", where + "."));
  peer.name = std::move(name);
  peer.endpoint.address = std::move(address);
  const Json port = object.value("port", Json(500U));
  if (!port.is_number_unsigned() || port > 65535)
    return wrong(where + ".port", "expected a port");
  peer.endpoint.port = port.get<std::uint16_t>();
  KARPSPEC_CHECK(read_authentication(object, where, secret_of_group, peer));
  if (const auto found = object.find("addresses"); found != object.end()) {
    KARPSPEC_TRY(addresses, read_addresses(*found, where + ".addresses"));
    peer.addresses = std::move(addresses);
  }
  if (object.contains("identity")) {
    KARPSPEC_TRY(identity, read_identity(object["identity"], where + ".identity"));
    peer.identity = std::move(identity);
  } else {
    // Known by its key or its group: a preshared key of anybody names nobody.
    if (peer.authentication != oracle::Authentication::signature)
      return wrong(where + ".identity", "missing; only auth: signature does without");
    // An authority alone would admit everybody whom it knows.
    if (!peer.trust.anchors.empty() && peer.trust.key_purpose.empty())
      return wrong(where + ".trust.key_purpose",
                   "missing; a peer without an identity and with anchors needs one");
    peer.any_identity = true;
  }
  const std::string child = object.value("child", "rkmp");
  if (child != "rkmp" && child != "esp")
    return wrong(where + ".child", "expected rkmp or esp");
  peer.child = child == "esp" ? oracle::ChildKind::esp : oracle::ChildKind::tcp_ao;
  const Json list = object.value("protocols", Json::array());
  for (std::size_t i = 0; i < list.size(); ++i) {
    KARPSPEC_TRY(policy, read_policy(list[i], where + ".protocols[" + std::to_string(i + 1) + "]"));
    peer.protocols.push_back(std::move(policy));
  }
  return peer;
}

Result<void> read_cookies(const Json& value, oracle::CookiePolicy& cookies) {
  using When = oracle::CookiePolicy::When;
  if (value == "never") {
    cookies.when = When::never;
  } else if (value == "always") {
    cookies.when = When::always;
  } else if (value.is_number_unsigned()) {
    cookies.when = When::above;
    cookies.half_open = value.get<std::size_t>();
  } else {
    return wrong("cookies", "expected never, always or a number of half-open SAs");
  }
  return {};
}

Result<void> read_fragmentation(const Json& value, std::optional<std::size_t>& size) {
  // Less would not hold one octet of payloads whatever the cipher.
  constexpr std::size_t smallest = 128, largest = 65507;
  size.reset();
  if (value == "never")
    return {};
  const auto found = value.is_object() ? value.find("size") : value.end();
  if (!value.is_object() || found == value.end() || !found->is_number_unsigned() ||
      *found < smallest || *found > largest)
    return wrong("fragmentation", "expected never, or a size of " + std::to_string(smallest) +
                                      " to " + std::to_string(largest) + " octets");
  size = found->get<std::size_t>();
  return {};
}

}  // namespace

Result<std::uint8_t> routing_protocol_from(const Json& value) {
  if (value.is_number_unsigned() && value <= 255)
    return value.get<std::uint8_t>();
  if (value.is_string()) {
    const auto known = look_up(protocols, value.get_ref<const std::string&>());
    if (known != std::end(protocols))
      return known->value;
  }
  return fail(ErrorCode::bad_value, "unknown routing protocol " + value.dump());
}

Result<oracle::Identity> identity_from(const Json& value) {
  return read_identity(value, "identity");
}

Result<std::vector<oracle::TcpAoPair>> pairs_from(const Json& list) {
  std::vector<oracle::TcpAoPair> pairs;
  for (const Json& pair : list) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
        !pair[1].is_number_unsigned() || pair[0] > 255 || pair[1] > 255)
      return fail(ErrorCode::bad_value, "expected pairs of Auth Alg and KDF, 0 to 255");
    pairs.push_back({pair[0].get<std::uint8_t>(), pair[1].get<std::uint8_t>()});
  }
  return pairs;
}

std::string routing_protocol_name(std::uint8_t protocol) {
  for (const auto& known : protocols) {
    if (known.value == protocol)
      return known.name;
  }
  return std::to_string(protocol);
}

Result<void> read_router_config(const Json& parameters, oracle::RouterConfig& config) {
  if (!parameters.is_object())
    return fail(ErrorCode::bad_value, "expected an object");
  KARPSPEC_CHECK(check_members(
      parameters,
      {"identity", "credentials", "ike_proposals", "cookies", "fragmentation", "peers", "timers",
       "vendor_id", "profile", "gatekeeper", "groups", "keyserver"},
      ""));
  KARPSPEC_TRY(identity, read_identity(parameters.value("identity", Json()), "identity"));
  config.identity = std::move(identity);
  if (const auto found = parameters.find("credentials"); found != parameters.end()) {
    KARPSPEC_TRY(credentials, read_credentials(*found));
    config.credentials = std::move(credentials);
  }
  if (const auto found = parameters.find("ike_proposals"); found != parameters.end()) {
    config.ike_proposals.clear();
    for (const Json& item : *found) {
      if (!item.is_string())
        return wrong("ike_proposals", "expected texts");
      KARPSPEC_TRY(suite, oracle::ike::suite_from_text(item.get_ref<const std::string&>()));
      config.ike_proposals.push_back(suite);
    }
    if (config.ike_proposals.empty())
      return wrong("ike_proposals", "expected at least one");
  }
  KARPSPEC_CHECK(read_cookies(parameters.value("cookies", Json("never")), config.cookies));
  KARPSPEC_CHECK(
      read_fragmentation(parameters.value("fragmentation", Json("never")), config.fragment_size));
  const Json peers = parameters.value("peers", Json::array());
  config.peers.clear();
  const Json groups = parameters.value("groups", Json::array());
  const bool secret_of_group = std::any_of(groups.begin(), groups.end(), [](const Json& group) {
    return group.is_object() && group.contains("psk");
  });
  for (std::size_t i = 0; i < peers.size(); ++i) {
    KARPSPEC_TRY(peer,
                 read_peer(peers[i], "peers[" + std::to_string(i + 1) + "]", secret_of_group));
    config.peers.push_back(std::move(peer));
  }
  const Json timers = parameters.value("timers", Json::object());
  for (const auto& [name, value] : timers.items()) {
    // The profile's names of timers are the oracle's own; a number is seconds.
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (auto set = oracle::set_tunable(config.tunables, name, text); !set) {
      return wrong("timers." + name, set.error().message);
    }
  }
  return {};
}

}  // namespace karpspec::dut
