#include <algorithm>

#include "crypto/certificate.h"
#include "script/plan/words.h"

namespace karpspec::script {
namespace {

constexpr std::string_view pem_mark = "-----BEGIN ";

// What is in a PEM text, without its contents: keys are nobody's business, whoever reads a plan.
std::string pem_in_words(const std::string& text, const PlanContext& context) {
  std::string out;
  if (const auto file = context.credentials.find(text); file != context.credentials.end())
    out = "file:" + file->second;
  const std::size_t from = text.find(pem_mark) + pem_mark.size();
  const std::string kind = text.substr(from, text.find("-----", from) - from);
  std::string words = kind;
  std::transform(words.begin(), words.end(), words.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (kind == "CERTIFICATE") {
    if (const auto certificate = crypto::Certificate::from_pem(text))
      words += " of " + certificate->subject_text();
  }
  return out.empty() ? words : out + " (" + words + ")";
}

std::string plain(const Json& value, const PlanContext& context) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.find(pem_mark) != std::string::npos ? pem_in_words(text, context) : text;
  }
  if (value.is_boolean())
    return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

bool is_identity(const Json& value) {
  return value.is_object() && value.size() == 2 && value.contains("type") &&
         value.contains("value") && value["value"].is_string();
}

bool is_plain_list(const Json& value) {
  return value.is_array() && std::none_of(value.begin(), value.end(),
                                          [](const Json& item) { return item.is_structured(); });
}

// Pairs such as [[1, 1], [2, 2]].
bool is_list_of_pairs(const Json& value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(),
                     [](const Json& item) { return item.is_array() && item.size() == 2; });
}

std::string transforms_in_words(const Json& pairs) {
  std::string out;
  for (const Json& pair : pairs)
    out += (out.empty() ? "" : ", ") + std::string("Auth Alg ") + pair[0].dump() + " with KDF " +
           pair[1].dump();
  return out;
}

void flatten(const std::string& name, const Json& value, const PlanContext& context,
             std::vector<Setting>& out) {
  const auto below = [&](const std::string& key) { return name.empty() ? key : name + ", " + key; };
  if (is_identity(value)) {
    out.push_back({name, value["type"].dump().substr(1, value["type"].dump().size() - 2) + " " +
                             value["value"].get<std::string>()});
  } else if (value.is_object()) {
    for (const auto& [key, item] : value.items())
      if (key != "name")
        flatten(below(key), item, context, out);
  } else if (is_list_of_pairs(value)) {
    out.push_back({name, transforms_in_words(value)});
  } else if (is_plain_list(value)) {
    std::string text;
    for (const Json& item : value)
      text += (text.empty() ? "" : ", ") + plain(item, context);
    out.push_back({name, text.empty() ? "none" : text});
  } else if (value.is_array()) {
    // Peers and credentials are called by their name, policies by their protocol.
    std::size_t number = 0;
    for (const Json& item : value) {
      ++number;
      const bool named = item.is_object() && item.contains("name");
      const bool policy = item.is_object() && item.contains("protocol");
      std::string key = name + " " + std::to_string(number);
      if (named)
        key = (name == "peers"         ? "peer"
               : name == "credentials" ? "credential"
                                       : name) +
              " " + plain(item["name"], context);
      else if (policy)
        key = name.substr(0, name.rfind(", ")) + ", " + plain(item["protocol"], context);
      Json rest = item;
      if (policy)
        rest.erase("protocol");
      flatten(key, rest, context, out);
    }
  } else if (!value.is_null()) {
    out.push_back({name, plain(value, context)});
  }
}

// Whether PEER and the device both sign, so that there is no shared secret between them.
bool both_sign(const Json& peer) {
  return peer.is_object() && peer.value("auth", "") == "signature" &&
         peer.value("own_auth", "signature") == "signature";
}

// Takes shared secrets that are not used out of the configuration of the device; gives whether the
// tester's is one of them.
bool drop_unused_secrets(Json& device) {
  bool of_tester = false;
  if (device.contains("peers") && device["peers"].is_array()) {
    for (Json& peer : device["peers"]) {
      if (!both_sign(peer))
        continue;
      peer.erase("psk");
      of_tester = of_tester || peer.value("name", "") == "tester";
    }
  }
  return of_tester;
}

std::vector<Setting> settings(const Json& defaults, const Json& merged,
                              const PlanContext& context) {
  std::vector<Setting> usual;
  std::vector<Setting> all;
  flatten("", defaults, context, usual);
  flatten("", merged, context, all);
  const auto find = [](const std::vector<Setting>& in, const std::string& name) {
    return std::find_if(in.begin(), in.end(),
                        [&name](const Setting& setting) { return setting.name == name; });
  };
  for (Setting& setting : all) {
    const auto same = find(usual, setting.name);
    setting.own = same == usual.end() || same->value != setting.value;
  }
  for (const Setting& setting : usual)
    if (setting.name != "psk" && !setting.name.ends_with(", psk") &&
        find(all, setting.name) == all.end())
      all.push_back({setting.name, "left out", true});
  return all;
}

std::string identity(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings)
    if (setting.name == "identity")
      return setting.value;
  return "no identity";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() > width)
    text = text.substr(0, width - 3) + "...";
  return text + std::string(width - text.size(), ' ');
}

// Whether a step sends from the tester's second address.
bool uses_second_address(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
    const Node* from = step.written.find("from");
    return from != nullptr && from->is_map() && from->find("address") != nullptr;
  });
}

}  // namespace

void add_topology(const Scenario& scenario, const PlanContext& context, TestPlan& plan) {
  Json device = scenario.device;
  Json tester = scenario.tester;
  merge(device, scenario.device_patch);
  merge(tester, scenario.tester_patch);
  if (drop_unused_secrets(device))
    tester.erase("psk");
  plan.device = settings(scenario.device, device, context);
  plan.tester = settings(scenario.tester, tester, context);
  constexpr std::size_t width = 27;
  const std::string edge = "+" + std::string(width + 2, '-') + "+";
  const auto line = [&](const std::string& left, const std::string& middle,
                        const std::string& right) {
    plan.figure.push_back("| " + padded(left, width) + " |" + middle + "| " + padded(right, width) +
                          " |");
  };
  const std::string gap(12, ' ');
  plan.figure.push_back(edge + gap + edge);
  line("tester", gap, "device under test");
  if (scenario.has_groups()) {
    line("router 'tester'", "--UDP 1021--", "router");
    line(identity(plan.tester), "  one link  ", identity(plan.device));
    for (const Json& router : tester.value("routers", Json::array()))
      line("router '" + router.value("name", "") + "'", gap, "");
    line("administrator", "---control--", "");
  } else if (scenario.role == "router") {
    line("administrator", "---control--", "router");
  } else if (scenario.role == "tcp") {
    line("application", "---control--", "TCP with TCP-AO");
    line("TCP, segment by segment", "-----TCP----", "");
  } else {
    line(scenario.role == "responder" ? "initiator" : "responder", "---UDP 500--", scenario.role);
    line(identity(plan.tester), gap, identity(plan.device));
  }
  if (uses_second_address(scenario))
    line("with a second address", gap, "");
  plan.figure.push_back(edge + gap + edge);
}

}  // namespace karpspec::script
