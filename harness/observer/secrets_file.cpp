#include "observer/secrets_file.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "transcript/field.h"
#include "transcript/node.h"

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

}  // namespace

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
    return line.starts_with("preshared-keys:") || line.starts_with("private-values:");
  }
  return false;
}

Result<Secrets> read_secrets(const std::string& path) {
  KARPSPEC_TRY(root, transcript::read_yaml(path));
  KARPSPEC_CHECK(root.check_keys({"preshared-keys", "private-values"}, "a file of secrets"));
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
  return out;
}

std::string secrets_text(const std::vector<Secret>& preshared_keys,
                         const std::vector<PrivateValue>& private_values) {
  std::set<std::string> seen;
  std::string keys, values;
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
         (values.empty() ? "" : "private-values:\n" + values);
}

}  // namespace karpspec::observer
