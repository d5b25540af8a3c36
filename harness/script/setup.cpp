#include "script/setup.h"

#include <filesystem>
#include <fstream>

#include "oracle/ike/negotiation.h"
#include "oracle/tunables.h"

namespace karpspec::script {
namespace {

Result<void> check_suites(const Node& node) {
  KARPSPEC_TRY(texts, node.texts("a cipher suite"));
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (const auto suite = oracle::ike::suite_from_text(texts[i]); !suite)
      return (node.is_list() ? node.items()[i] : node)
          .error("'" + texts[i] +
                 "' is no cipher suite, expected one such as "
                 "AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048");
  return {};
}

// Puts the contents of suites/credentials/NAME where a text of VALUE is "file:NAME".
// Errors: not_found and bad_value; NODE is where VALUE stands.
Result<void> put_in_files(Json& value, const Node& node, const LoadContext& context) {
  if (value.is_structured()) {
    for (Json& item : value)
      KARPSPEC_CHECK(put_in_files(item, node, context));
    return {};
  }
  constexpr std::string_view mark = "file:";
  if (!value.is_string() || !value.get_ref<const std::string&>().starts_with(mark))
    return {};
  const std::string name = value.get<std::string>().substr(mark.size());
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
    return node.error("'" + name + "' is no name of a file in suites/credentials/");
  const auto path = std::filesystem::path(context.suites) / "credentials" / name;
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return node.error("there is no suites/credentials/" + name);
  constexpr std::size_t largest = 65536;
  std::string text(largest + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > largest)
    return node.error("suites/credentials/" + name + " is larger than 64 KiB");
  value = text;
  return {};
}

// An identity that is not taken away.
Result<void> check_identity(const Node& owner) {
  const Node* identity = owner.find("identity");
  if (identity == nullptr || !identity->is_map())
    return {};
  return identity->check_keys({"type", "value"}, "an identity");
}

Result<void> check_timers(const Node& timers) {
  oracle::Tunables known;
  for (const auto& [key, value] : timers.entries()) {
    if (auto set = oracle::set_tunable(known, key.text(), value.text()); !set)
      return key.error("timers: " + set.error().message);
  }
  return {};
}

Result<void> check_peer(const Node& peer) {
  KARPSPEC_CHECK(peer.check_keys(
      {"name", "address", "port", "addresses", "identity", "auth", "own_auth", "psk", "credential",
       "auth_methods", "trust", "protocols", "child", "esp_proposals", "options"},
      "a peer"));
  const Node* trust = peer.find("trust");
  if (trust != nullptr && trust->is_map()) {
    KARPSPEC_CHECK(trust->check_keys({"anchors", "fingerprints", "key_fingerprints", "keys",
                                      "key_purpose", "max_intermediates", "revocations"},
                                     "what is trusted"));
  }
  return check_identity(peer);
}

Result<SetupLayer> read_layer(const Node& node, const LoadContext& context) {
  KARPSPEC_CHECK(check_setup(node));
  SetupLayer layer;
  for (const auto& [key, patch] :
       {std::pair<const char*, Json*>{"device", &layer.device}, {"tester", &layer.tester}}) {
    const Node* given = node.find(key);
    if (given == nullptr)
      continue;
    *patch = to_json(*given);
    KARPSPEC_CHECK(put_in_files(*patch, *given, context));
  }
  return layer;
}

// Of suites/setups/NAME.yaml; USE is where it is asked for.
Result<SetupLayer> read_named_layer(const std::string& name, const Node& use,
                                    const LoadContext& context) {
  const std::string shown = "setups/" + name + ".yaml";
  const auto path = std::filesystem::path(context.suites) / shown;
  // What is too long for a name, say, is an error of the system, and no file either.
  std::error_code code;
  if (name.find('/') != std::string::npos || !std::filesystem::is_regular_file(path, code))
    return use.error("there is no suites/" + shown);
  KARPSPEC_TRY(layer, transcript::read_yaml(path, "suites/" + shown));
  KARPSPEC_CHECK(layer.check_keys({"title", "device", "tester"}, "a setup"));
  return read_layer(layer, context);
}

// Over the layers that are there already.
void put_over(const SetupLayer& layer, Scenario& out) {
  merge(out.device_patch, layer.device, Nulls::kept);
  merge(out.tester_patch, layer.tester, Nulls::kept);
}

}  // namespace

Result<void> check_setup(const Node& setup) {
  if (const Node* device = setup.find("device")) {
    KARPSPEC_CHECK(device->check_keys(
        {"identity", "credentials", "ike_proposals", "cookies", "fragmentation", "peers", "timers",
         "vendor_id", "profile", "gatekeeper", "groups", "keyserver"},
        "the device's setup"));
    if (const Node* suites = device->find("ike_proposals"))
      KARPSPEC_CHECK(check_suites(*suites));
    if (const Node* peers = device->find("peers")) {
      if (!peers->is_list())
        return peers->error("expected a list of peers");
      for (const Node& peer : peers->items())
        KARPSPEC_CHECK(check_peer(peer));
    }
    if (const Node* timers = device->find("timers"); timers != nullptr && timers->is_map())
      KARPSPEC_CHECK(check_timers(*timers));
    KARPSPEC_CHECK(check_identity(*device));
  }
  if (const Node* tester = setup.find("tester")) {
    KARPSPEC_CHECK(tester->check_keys(
        {"identity",     "auth",        "psk",           "private_key",  "certificates",
         "anchors",      "auth_method", "auth_hash",     "auth_padding", "ike_proposals",
         "protocol",     "transforms",  "options",       "send_id",      "nonce_size",
         "leading_zero", "ke_group",    "esp_integrity", "routers",      "family",
         "policy",       "policies"},
        "the tester's setup"));
    if (const Node* suites = tester->find("ike_proposals"))
      KARPSPEC_CHECK(check_suites(*suites));
    KARPSPEC_CHECK(check_identity(*tester));
  }
  return {};
}

Result<void> read_setup(const Node& setup, const LoadContext& context, Scenario& out) {
  KARPSPEC_CHECK(setup.check_keys({"use", "device", "tester"}, "'setup'"));
  if (const Node* use = setup.find("use")) {
    KARPSPEC_TRY(names, use->texts("a setup"));
    const std::vector<Node> alone = {*use};
    const std::vector<Node>& nodes = use->is_list() ? use->items() : alone;
    for (std::size_t i = 0; i < names.size(); ++i) {
      KARPSPEC_TRY(layer, context.parts->setups.get(names[i], [&] {
        return read_named_layer(names[i], nodes[i], context);
      }));
      put_over(*layer, out);
    }
  }
  KARPSPEC_TRY(layer, read_layer(setup, context));
  put_over(layer, out);
  return {};
}

}  // namespace karpspec::script
