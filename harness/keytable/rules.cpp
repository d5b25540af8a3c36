#include "keytable/rules.h"

#include <algorithm>

#include "keytable/address.h"
#include "keytable/key_name.h"

namespace karpspec::keytable {
namespace {

constexpr std::array<const char*, rule_count> rule_names = {"admin-key-name",
                                                            "admin-key-name-unique",
                                                            "field-missing",
                                                            "field-unknown",
                                                            "field-form",
                                                            "time-form",
                                                            "direction-form",
                                                            "key-form",
                                                            "lifetime-order",
                                                            "all-alone",
                                                            "protocol-known",
                                                            "algorithm",
                                                            "kdf",
                                                            "direction",
                                                            "peers-form",
                                                            "peers-mixed",
                                                            "scope",
                                                            "interface-scope",
                                                            "key-name-form",
                                                            "key-name-size",
                                                            "peer-key-name",
                                                            "key-size",
                                                            "specific-info",
                                                            "key-name-clash",
                                                            "send-id-clash",
                                                            "chain-form",
                                                            "algorithm-weak",
                                                            "key-short",
                                                            "key-repeated",
                                                            "key-shared-protocols",
                                                            "key-shared-zones",
                                                            "lifetime-gap",
                                                            "lifetime-overlap",
                                                            "lead-short",
                                                            "send-outside-accept"};

constexpr std::array<const char*, 6> form_names = {"peer",   "link",  "area",
                                                   "domain", "group", "any"};

template <class T, std::size_t N>
std::optional<T> from_name(const std::array<const char*, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (name == names[i])
      return static_cast<T>(i);
  return std::nullopt;
}

bool is_group_name(std::string_view name) {
  return !name.empty() && name.front() != ' ' && name.back() != ' ';
}

bool is_area(std::string_view name) {
  if (name.find('.') != std::string_view::npos)
    return is_ipv4(name);
  const auto number = key_number(name);
  return number && *number <= 0xffffffff && !name.starts_with("0x");
}

}  // namespace

const char* to_string(RuleId rule) {
  return rule_names[static_cast<std::size_t>(rule)];
}

std::optional<RuleId> rule_from(std::string_view name) {
  return from_name<RuleId>(rule_names, name);
}

const char* to_string(PeerForm form) {
  return form_names[static_cast<std::size_t>(form)];
}

std::optional<PeerForm> peer_form_from(std::string_view name) {
  return from_name<PeerForm>(form_names, name);
}

const Mechanism* Rulebook::mechanism(std::string_view protocol, std::string_view algorithm) const {
  const auto found = protocols.find(protocol);
  if (found == protocols.end())
    return nullptr;
  for (const Mechanism& mechanism : found->second.mechanisms)
    if (std::find(mechanism.algorithms.begin(), mechanism.algorithms.end(), algorithm) !=
        mechanism.algorithms.end())
      return &mechanism;
  return nullptr;
}

std::optional<PeerForm> form_of(std::string_view peer) {
  if (peer == "link")
    return PeerForm::link;
  if (peer == "domain")
    return PeerForm::domain;
  if (peer == "any")
    return PeerForm::any;
  if (peer.starts_with("area ") && is_area(peer.substr(5)))
    return PeerForm::area;
  if (peer.starts_with("group ") && is_group_name(peer.substr(6)))
    return PeerForm::group;
  if (is_address(peer))
    return PeerForm::peer;
  return std::nullopt;
}

}  // namespace karpspec::keytable
