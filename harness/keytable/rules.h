#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keytable/fields.h"

namespace karpspec::keytable {

// Where a rule stands.
struct Clause {
  std::string document;  // "RFC 7210"
  std::string section;   // "2"
};

// What can be wrong with a table. Names, clauses and words are in suites/protocols/table.yaml.
enum class RuleId : std::uint8_t {
  // Violations.
  admin_key_name,
  admin_key_name_unique,
  field_missing,
  field_unknown,
  field_form,
  time_form,
  direction_form,
  key_form,
  lifetime_order,
  all_alone,
  protocol_known,
  algorithm,
  kdf,
  direction,
  peers_form,
  peers_mixed,
  scope,
  interface_scope,
  key_name_form,
  key_name_size,
  peer_key_name,
  key_size,
  specific_info,
  key_name_clash,
  send_id_clash,
  chain_form,
  // Advice.
  algorithm_weak,
  key_short,
  key_repeated,
  key_shared_protocols,
  key_shared_zones,
  lifetime_gap,
  lifetime_overlap,
  lead_short,
  send_outside_accept,
};
inline constexpr std::size_t rule_count = static_cast<std::size_t>(RuleId::send_outside_accept) + 1;
// As in the YAML and the reports: "key-name-clash".
[[nodiscard]] const char* to_string(RuleId rule);
[[nodiscard]] std::optional<RuleId> rule_from(std::string_view name);

struct Rule {
  bool advice = false;  // legal but unwise; otherwise a row that breaks it must be refused
  Clause clause;        // a protocol's own document, where that says it, takes its place
  std::string statement;
};

// What one scope of a key looks like in Peers. The words are profile P-91's.
enum class PeerForm : std::uint8_t { peer, link, area, domain, group, any };
[[nodiscard]] const char* to_string(PeerForm form);
[[nodiscard]] std::optional<PeerForm> peer_form_from(std::string_view name);
// The form of one member of Peers: an IPv4 or IPv6 address, "link", "area 0.0.0.1" or "area 1",
// "domain", "group NAME", "any". Nothing where it is none of them.
[[nodiscard]] std::optional<PeerForm> form_of(std::string_view peer);

struct Algorithm {
  std::size_t digest = 0;            // octets of the whole MAC; 0: none
  std::optional<std::size_t> exact;  // octets of a key where KDF is none
  std::string weak;                  // why it is unwise; empty: it is not
  Clause weak_clause;                //
  std::string identity;              // RFC 8177's, without prefix; empty: it has none
};

// The values that something in ProtocolSpecificInfo may have.
struct SpecificInfo {
  // port: one, a range or any; address: one, a prefix or any (profile P-106).
  enum class Form : std::uint8_t { word, address, port };
  Form form = Form::word;
  std::vector<std::string> words;  // word: those; none: any
};

// One way in which a protocol protects its messages: TCP-AO and TCP MD5 of BGP are two. AlgID says
// which one a row is for.
struct Mechanism {
  std::string name;
  Clause clause;  // of everything that has no other
  std::vector<std::string> algorithms;
  Clause algorithms_clause;
  std::vector<std::string> kdfs;
  Clause kdfs_clause;
  std::vector<std::string> directions;
  Clause directions_clause;
  unsigned name_bits = 0;  // 0: keys have no names
  std::uint64_t least_name = 0;
  // PeerKeyName: the key's one name for all, or none; one of its own (TCP-AO: the SendID); either.
  enum class PeerName : std::uint8_t { same, own, any };
  PeerName peer_name = PeerName::same;
  // Mechanisms of a protocol with one space share the names: no message says which of them it is
  // under. Usually the mechanism's own name.
  std::string name_space;
  Clause names_clause;
  std::vector<PeerForm> forms;
  Clause forms_clause;
  bool interfaces = false;  // whether a row may be for some interfaces only
  Clause interfaces_clause;
  std::size_t least_key = 1, most_key = 255;  // octets
  Clause key_clause;
  std::map<std::string, SpecificInfo> specific;  // by its name in ProtocolSpecificInfo
};

struct ProtocolRules {
  std::string title;
  // Routes can be filtered between neighbours, so that these may be trusted in different ways
  // (operations model section 4.1.1).
  bool boundary = false;
  std::vector<Mechanism> mechanisms;
};

// suites/protocols/ as values.
struct Rulebook {
  std::array<Rule, rule_count> rules;
  std::map<std::string, Algorithm, std::less<>> algorithms;
  std::map<std::string, ProtocolRules, std::less<>> protocols;
  [[nodiscard]] const Rule& rule(RuleId id) const { return rules[static_cast<std::size_t>(id)]; }
  // The first mechanism of PROTOCOL that has ALGORITHM; nullptr where there is none.
  [[nodiscard]] const Mechanism* mechanism(std::string_view protocol,
                                           std::string_view algorithm) const;
};

}  // namespace karpspec::keytable
