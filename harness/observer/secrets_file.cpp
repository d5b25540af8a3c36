#include "observer/secrets_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

#include "oracle/ike/negotiation.h"
#include "transcript/field.h"
#include "transcript/node.h"
#include "wire/spi_text.h"

namespace karpspec::observer {
namespace {

using transcript::Names;
using transcript::Node;

Result<Octets> octets_or_text(const Node& node, bool text_allowed) {
  KARPSPEC_TRY(text, node.scalar("octets"));
  if (!node.quoted() && text.starts_with("0x")) {
    auto octets = from_hex(text);
    if (!octets)
      return node.error(octets.error().message);
    return *std::move(octets);
  }
  if (!text_allowed)
    return node.error("expected octets such as 0x0a0b");
  return octets_of(text);
}

struct KeyName {
  const char* name;
  Secret crypto::IkeKeys::*member;
  bool always;  // also with an AEAD
};
constexpr std::array<KeyName, 7> key_names = {{{"SK_d", &crypto::IkeKeys::SK_d, true},
                                               {"SK_ai", &crypto::IkeKeys::SK_ai, false},
                                               {"SK_ar", &crypto::IkeKeys::SK_ar, false},
                                               {"SK_ei", &crypto::IkeKeys::SK_ei, true},
                                               {"SK_er", &crypto::IkeKeys::SK_er, true},
                                               {"SK_pi", &crypto::IkeKeys::SK_pi, true},
                                               {"SK_pr", &crypto::IkeKeys::SK_pr, true}}};

Result<std::uint64_t> read_spi(const Node& item, const char* name) {
  const Node* value = item.find(name);
  if (value == nullptr)
    return item.error(std::string("an IKE SA needs '") + name + "'");
  KARPSPEC_TRY(octets, octets_or_text(*value, false));
  if (octets.size() != sizeof(std::uint64_t))
    return value->error("an SPI of an IKE SA has 8 octets");
  return unsigned_from(octets);
}

Result<Secrets::IkeSa> read_ike_sa(const Node& item) {
  KARPSPEC_CHECK(item.check_keys(
      {"spi_i", "spi_r", "suite", "SK_d", "SK_ai", "SK_ar", "SK_ei", "SK_er", "SK_pi", "SK_pr"},
      "an IKE SA"));
  Secrets::IkeSa sa;
  KARPSPEC_TRY(spi_i, read_spi(item, "spi_i"));
  KARPSPEC_TRY(spi_r, read_spi(item, "spi_r"));
  sa.spi_i = spi_i;
  sa.spi_r = spi_r;
  const Node* suite = item.find("suite");
  if (suite == nullptr)
    return item.error("an IKE SA needs 'suite'");
  KARPSPEC_TRY(text, suite->scalar("a cipher suite"));
  auto known = oracle::ike::suite_from_text(text);
  if (!known)
    return suite->error(known.error().message);
  sa.suite = *known;
  for (const KeyName& key : key_names) {
    const Node* value = item.find(key.name);
    if (value == nullptr) {
      if (key.always || !crypto::is_aead(sa.suite.encr))
        return item.error(std::string("an IKE SA needs '") + key.name + "'");
      continue;
    }
    KARPSPEC_TRY(octets, octets_or_text(*value, false));
    if (octets.empty())
      return value->error(std::string(key.name) + " has no octets");
    sa.keys.*key.member = Secret(std::move(octets));
  }
  // A key of another size would be taken for one that does not fit the capture.
  const auto wrong = [&](const char* name, std::size_t has, std::size_t wanted) {
    return item.find(name)->error(std::string(name) + " has " + std::to_string(has) +
                                  " octets, the suite wants " + std::to_string(wanted));
  };
  const std::size_t encr = crypto::encr_key_size(sa.suite.encr, sa.suite.key_bits);
  const std::size_t integ =
      crypto::is_aead(sa.suite.encr) ? 0 : crypto::integ_key_size(sa.suite.integ);
  for (const auto& [name, key, size] : {std::tuple("SK_ei", &sa.keys.SK_ei, encr),
                                        {"SK_er", &sa.keys.SK_er, encr},
                                        {"SK_ai", &sa.keys.SK_ai, integ},
                                        {"SK_ar", &sa.keys.SK_ar, integ}}) {
    if (key->view().size() != size)
      return wrong(name, key->view().size(), size);
  }
  return sa;
}

}  // namespace

const Secrets::IkeSa* Secrets::ike_sa(std::uint64_t spi_i, std::uint64_t spi_r) const {
  for (const IkeSa& sa : ike_sas)
    if (sa.spi_i == spi_i && sa.spi_r == spi_r)
      return &sa;
  return nullptr;
}

const crypto::DhKeyPair* Secrets::pair_of(DhGroup group, OctetView ke_data) const {
  for (const crypto::DhKeyPair& pair : private_values)
    if (pair.group() == group && std::ranges::equal(pair.ke_data(), ke_data))
      return &pair;
  return nullptr;
}

bool is_secrets_file(const std::string& path) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#' || line == "---")
      continue;
    return line.starts_with("preshared-keys:") || line.starts_with("private-values:") ||
           line.starts_with("ike-sas:");
  }
  return false;
}

Result<Secrets> read_secrets(const std::string& path) {
  KARPSPEC_TRY(root, transcript::read_yaml(path));
  KARPSPEC_CHECK(
      root.check_keys({"preshared-keys", "private-values", "ike-sas"}, "a file of secrets"));
  Secrets out;
  if (const Node* list = root.find("preshared-keys")) {
    if (!list->is_list())
      return list->error("expected a list of keys");
    for (const Node& item : list->items()) {
      KARPSPEC_CHECK(item.check_keys({"identity", "key"}, "a preshared key"));
      const Node* key = item.find("key");
      if (key == nullptr)
        return item.error("a preshared key needs 'key'");
      Secrets::PresharedKey one;
      KARPSPEC_TRY(octets, octets_or_text(*key, true));
      one.key = Secret(std::move(octets));
      if (const Node* identity = item.find("identity")) {
        KARPSPEC_TRY(text, identity->scalar("an identity"));
        one.identity = text;
      }
      out.preshared_keys.push_back(std::move(one));
    }
  }
  if (const Node* list = root.find("private-values")) {
    if (!list->is_list())
      return list->error("expected a list of private values");
    for (const Node& item : list->items()) {
      KARPSPEC_CHECK(item.check_keys({"group", "value"}, "a private value"));
      const Node* group = item.find("group");
      const Node* value = item.find("value");
      if (group == nullptr || value == nullptr)
        return item.error("a private value needs 'group' and 'value'");
      KARPSPEC_TRY(name, group->scalar("a Diffie-Hellman group"));
      const auto number = transcript::number_from_name(Names::dh, name);
      if (!number || *number > 65535 || crypto::ke_size(static_cast<DhGroup>(*number)) == 0)
        return group->error("'" + name + "' is no group that is known here" +
                            transcript::suggestion(name, transcript::names_of(Names::dh)));
      KARPSPEC_TRY(octets, octets_or_text(*value, false));
      const Secret secret(std::move(octets));
      auto pair = crypto::DhKeyPair::from_private(static_cast<DhGroup>(*number), secret.view());
      if (!pair)
        return value->error(pair.error().message);
      out.private_values.push_back(*std::move(pair));
    }
  }
  if (const Node* list = root.find("ike-sas")) {
    if (!list->is_list())
      return list->error("expected a list of IKE SAs");
    for (const Node& item : list->items()) {
      KARPSPEC_TRY(sa, read_ike_sa(item));
      out.ike_sas.push_back(std::move(sa));
    }
  }
  return out;
}

std::string secrets_text(const std::vector<Secret>& preshared_keys,
                         const std::vector<PrivateValue>& private_values,
                         const std::vector<Secrets::IkeSa>& ike_sas) {
  std::set<std::string> seen;
  std::string keys, values, sas;
  for (const Secrets::IkeSa& sa : ike_sas) {
    sas += "  - spi_i: 0x" + wire::spi_text(sa.spi_i) + "\n    spi_r: 0x" +
           wire::spi_text(sa.spi_r) + "\n    suite: " + oracle::ike::to_text(sa.suite) + "\n";
    for (const KeyName& key : key_names)
      if (const Secret& value = sa.keys.*key.member; !value.empty())
        sas += std::string("    ") + key.name + ": 0x" + to_hex(value.view()) + "\n";
  }
  for (const Secret& key : preshared_keys) {
    std::string line = "  - {key: 0x" + to_hex(key.view()) + "}\n";
    if (!key.empty() && seen.insert(line).second)
      keys += line;
  }
  for (const PrivateValue& one : private_values) {
    const auto number = std::uint64_t{static_cast<std::uint16_t>(one.group)};
    std::string line = "  - {group: " + transcript::written_value({number, Names::dh, 16}) +
                       ", value: 0x" + to_hex(one.value.view()) + "}\n";
    if (!one.value.empty() && seen.insert(line).second)
      values += line;
  }
  return (keys.empty() ? "" : "preshared-keys:\n" + keys) +
         (values.empty() ? "" : "private-values:\n" + values) +
         (sas.empty() ? "" : "ike-sas:\n" + sas);
}

}  // namespace karpspec::observer
