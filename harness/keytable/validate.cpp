#include "keytable/validate.h"

#include <algorithm>

#include "keytable/address.h"
#include "keytable/key_name.h"
#include "keytable/socket_pattern.h"

namespace karpspec::keytable {
namespace {

template <class T>
bool has(const std::vector<T>& set, const T& member) {
  return std::find(set.begin(), set.end(), member) != set.end();
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::vector<std::string> names_of(const std::vector<PeerForm>& forms) {
  std::vector<std::string> names;
  for (const PeerForm form : forms)
    names.emplace_back(to_string(form));
  return names;
}

// What VALUE should be where INFO does not have it; empty where it has.
std::string expected_beside(const SpecificInfo& info, const std::string& value) {
  using Form = SpecificInfo::Form;
  if (info.form == Form::address)
    return AddressPattern::from_text(value) ? "" : "an address, a prefix or any";
  if (info.form == Form::port)
    return PortPattern::from_text(value) ? "" : "a port, a range or any";
  return info.words.empty() || has(info.words, value) ? "" : "one of: " + listed(info.words);
}

class Validator {
 public:
  Validator(const Row& row, FieldSet unread, const Rulebook& book, Findings& findings)
      : row_(row), unread_(unread), book_(book), findings_(findings) {}

  void run() {
    check_times();
    check_interfaces_alone();
    check_protocol();
  }

 private:
  struct Wrong {
    RuleId rule;
    Field field;
    std::string message;
    Clause clause;
  };
  using Wrongs = std::vector<Wrong>;

  [[nodiscard]] bool read(Field field) const {
    return !unread_.test(static_cast<std::size_t>(field));
  }
  // CLAUSE of the protocol's own document takes the place of the rule's.
  void report(RuleId rule, Field field, std::string message, const Clause& clause = {}) {
    findings_.push_back({rule, field, std::move(message),
                         clause.document.empty() ? book_.rule(rule).clause : clause});
  }

  void check_times() {
    const bool send = read(Field::SendLifetimeStart) && read(Field::SendLifetimeEnd);
    const bool accept = read(Field::AcceptLifetimeStart) && read(Field::AcceptLifetimeEnd);
    const bool send_ordered = row_.send_lifetime_start <= row_.send_lifetime_end;
    const bool accept_ordered = row_.accept_lifetime_start <= row_.accept_lifetime_end;
    if (send && !send_ordered)
      report(RuleId::lifetime_order, Field::SendLifetimeEnd,
             "SendLifetimeEnd " + to_text(row_.send_lifetime_end) +
                 " is before SendLifetimeStart " + to_text(row_.send_lifetime_start));
    if (accept && !accept_ordered)
      report(RuleId::lifetime_order, Field::AcceptLifetimeEnd,
             "AcceptLifetimeEnd " + to_text(row_.accept_lifetime_end) +
                 " is before AcceptLifetimeStart " + to_text(row_.accept_lifetime_start));
    if (!send || !accept || !send_ordered || !accept_ordered)
      return;
    const bool one_way = read(Field::Direction) &&
                         (row_.direction == Direction::in || row_.direction == Direction::out);
    if (one_way)
      return;
    if (row_.send_lifetime_start < row_.accept_lifetime_start ||
        row_.send_lifetime_end > row_.accept_lifetime_end) {
      const bool early = row_.send_lifetime_start < row_.accept_lifetime_start;
      report(RuleId::send_outside_accept,
             early ? Field::AcceptLifetimeStart : Field::AcceptLifetimeEnd,
             std::string("the key is sent with ") +
                 (early ? "before it is accepted" : "after it is accepted"));
    }
  }

  void check_interfaces_alone() {
    if (read(Field::Interfaces) && row_.interfaces.size() > 1 &&
        has(row_.interfaces, std::string("all")))
      report(RuleId::all_alone, Field::Interfaces, "'all' stands beside names of interfaces");
  }

  void check_protocol() {
    if (!read(Field::Protocol))
      return;
    const auto protocol = book_.protocols.find(row_.protocol);
    if (protocol == book_.protocols.end()) {
      std::vector<std::string> known;
      for (const auto& [name, rules] : book_.protocols)
        known.push_back(name);
      report(RuleId::protocol_known, Field::Protocol,
             "no protocol '" + shown(row_.protocol) + "', expected one of: " + listed(known));
      return;
    }
    std::vector<const Mechanism*> candidates;
    std::vector<std::string> algorithms;
    for (const Mechanism& mechanism : protocol->second.mechanisms) {
      if (read(Field::AlgID) && has(mechanism.algorithms, row_.alg_id))
        candidates.push_back(&mechanism);
      algorithms.insert(algorithms.end(), mechanism.algorithms.begin(), mechanism.algorithms.end());
    }
    if (candidates.empty()) {
      if (read(Field::AlgID))
        report(RuleId::algorithm, Field::AlgID,
               "'" + shown(row_.alg_id) + "' is no algorithm of " + row_.protocol +
                   ", expected one of: " + listed(algorithms),
               protocol->second.mechanisms.front().algorithms_clause);
      for (const Mechanism& mechanism : protocol->second.mechanisms)
        candidates.push_back(&mechanism);
    } else {
      check_algorithm();
    }
    // AlgID may name two mechanisms, or none: the one that has least against the row is meant.
    Wrongs least = against(*candidates.front());
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      Wrongs other = against(*candidates[i]);
      if (other.size() < least.size())
        least = std::move(other);
    }
    for (Wrong& wrong : least)
      report(wrong.rule, wrong.field, std::move(wrong.message), wrong.clause);
  }

  [[nodiscard]] Wrongs against(const Mechanism& mechanism) const {
    Wrongs wrongs;
    const std::string name = row_.protocol + " (" + mechanism.name + ")";
    if (read(Field::KDF) && !has(mechanism.kdfs, row_.kdf))
      wrongs.push_back({RuleId::kdf, Field::KDF,
                        "'" + shown(row_.kdf) + "' is no KDF of " + name +
                            ", expected one of: " + listed(mechanism.kdfs),
                        mechanism.kdfs_clause});
    if (read(Field::Direction) &&
        !has(mechanism.directions, std::string(to_string(row_.direction))))
      wrongs.push_back({RuleId::direction, Field::Direction,
                        std::string("'") + to_string(row_.direction) + "' is no direction of " +
                            name + ", expected one of: " + listed(mechanism.directions),
                        mechanism.directions_clause});
    check_peers(mechanism, name, wrongs);
    check_names(mechanism, name, wrongs);
    check_key(mechanism, name, wrongs);
    check_info(mechanism, name, wrongs);
    return wrongs;
  }

  void check_peers(const Mechanism& mechanism, const std::string& name, Wrongs& wrongs) const {
    if (!read(Field::Peers))
      return;
    std::optional<PeerForm> first;
    bool link_local = true;
    for (const std::string& peer : row_.peers) {
      const auto form = form_of(peer);
      if (!form) {
        wrongs.push_back(
            {RuleId::peers_form, Field::Peers,
             "'" + shown(peer) + "' is no address, nor link, area N, domain, group NAME or any",
             book_.rule(RuleId::peers_form).clause});
        return;
      }
      if (first && *first != *form) {
        wrongs.push_back(
            {RuleId::peers_mixed, Field::Peers,
             std::string("a ") + to_string(*first) + " stands beside a " + to_string(*form),
             book_.rule(RuleId::peers_mixed).clause});
        return;
      }
      first = form;
      link_local = link_local && is_link_local(peer);
    }
    if (!has(mechanism.forms, *first)) {
      wrongs.push_back({RuleId::scope, Field::Peers,
                        "'" + shown(row_.peers.front()) + "' is a scope (" + to_string(*first) +
                            ") that keys of " + name +
                            " do not have, expected one of: " + listed(names_of(mechanism.forms)),
                        mechanism.forms_clause});
      return;
    }
    // The same link-local address may be on several links, so there an interface says which.
    const bool named =
        read(Field::Interfaces) && row_.interfaces != std::vector<std::string>{"all"};
    const bool wide = *first == PeerForm::area || *first == PeerForm::domain;
    if (named && !has(row_.interfaces, std::string("all")) &&
        (wide || (!mechanism.interfaces && !link_local)))
      wrongs.push_back(
          {RuleId::interface_scope, Field::Interfaces,
           "keys of " + name +
               (wide ? std::string(" for an ") + to_string(*first) : std::string()) +
               " are not kept by interface: only 'all' is right",
           wide ? book_.rule(RuleId::interface_scope).clause : mechanism.interfaces_clause});
  }

  void check_names(const Mechanism& mechanism, const std::string& name, Wrongs& wrongs) const {
    bool good = check_name(mechanism, name, Field::LocalKeyName, row_.local_key_name, wrongs);
    if (!read(Field::PeerKeyName) || !good)
      return;
    if (mechanism.peer_name != Mechanism::PeerName::same) {
      if (row_.peer_key_name.empty() && mechanism.peer_name == Mechanism::PeerName::any)
        return;
      if (row_.peer_key_name.empty())
        wrongs.push_back({RuleId::peer_key_name, Field::PeerKeyName,
                          "PeerKeyName is missing: " + name + " has a key name of either side",
                          mechanism.names_clause});
      else
        (void)check_name(mechanism, name, Field::PeerKeyName, row_.peer_key_name, wrongs);
    } else if (!row_.peer_key_name.empty() && row_.peer_key_name != row_.local_key_name) {
      wrongs.push_back({RuleId::peer_key_name, Field::PeerKeyName,
                        "PeerKeyName '" + shown(row_.peer_key_name) +
                            "' is not LocalKeyName, but keys of " + name + " have one name for all",
                        mechanism.names_clause});
    }
  }

  bool check_name(const Mechanism& mechanism, const std::string& name, Field field,
                  const std::string& value, Wrongs& wrongs) const {
    if (!read(field))
      return false;
    const std::string label = std::string(to_string(field)) + " '" + shown(value) + "'";
    if (mechanism.name_bits == 0) {
      if (value.empty())
        return true;
      wrongs.push_back({RuleId::key_name_form, field,
                        label + ", but keys of " + name + " have no names",
                        mechanism.names_clause});
      return false;
    }
    const auto number = key_number(value);
    if (!number) {
      wrongs.push_back({RuleId::key_name_form, field,
                        label + " is no number, and keys of " + name + " are numbered",
                        mechanism.names_clause});
      return false;
    }
    const std::uint64_t most = mechanism.name_bits >= 64
                                   ? ~std::uint64_t{0}
                                   : (std::uint64_t{1} << mechanism.name_bits) - 1;
    if (*number > most || *number < mechanism.least_name) {
      wrongs.push_back({RuleId::key_name_size, field,
                        label + " is not from " + std::to_string(mechanism.least_name) + " to " +
                            std::to_string(most) + ", the numbers of keys of " + name,
                        mechanism.names_clause});
      return false;
    }
    return true;
  }

  void check_key(const Mechanism& mechanism, const std::string& name, Wrongs& wrongs) const {
    if (!read(Field::Key))
      return;
    const std::size_t size = row_.key.size();
    const auto octets = [](std::size_t count) { return std::to_string(count) + " octets"; };
    if (size < mechanism.least_key || size > mechanism.most_key) {
      wrongs.push_back({RuleId::key_size, Field::Key,
                        "Key has " + octets(size) + ", keys of " + name + " have " +
                            std::to_string(mechanism.least_key) + " to " +
                            octets(mechanism.most_key),
                        mechanism.key_clause});
      return;
    }
    const auto algorithm = book_.algorithms.find(row_.alg_id);
    if (algorithm != book_.algorithms.end() && has(mechanism.algorithms, row_.alg_id) &&
        read(Field::KDF) && row_.kdf == "none" && algorithm->second.exact &&
        size != *algorithm->second.exact)
      wrongs.push_back({RuleId::key_size, Field::Key,
                        "Key has " + octets(size) + ", " + row_.alg_id + " takes " +
                            octets(*algorithm->second.exact),
                        book_.rule(RuleId::key_size).clause});
  }

  void check_info(const Mechanism& mechanism, const std::string& name, Wrongs& wrongs) const {
    if (!read(Field::ProtocolSpecificInfo))
      return;
    for (const auto& [key, value] : row_.protocol_specific_info) {
      const auto known = mechanism.specific.find(key);
      std::string message;
      if (known == mechanism.specific.end())
        message = "'" + shown(key) + "' is nothing that " + name + " has";
      else if (const std::string expected = expected_beside(known->second, value);
               !expected.empty())
        message = shown(key) + " is '" + shown(value) + "', expected " + expected;
      if (message.empty())
        continue;
      wrongs.push_back({RuleId::specific_info, Field::ProtocolSpecificInfo, message,
                        book_.rule(RuleId::specific_info).clause});
      return;
    }
  }

  // Of an algorithm that the protocol permits.
  void check_algorithm() {
    const auto found = book_.algorithms.find(row_.alg_id);
    if (found == book_.algorithms.end())
      return;
    const Algorithm& algorithm = found->second;
    if (!algorithm.weak.empty())
      report(RuleId::algorithm_weak, Field::AlgID, row_.alg_id + ": " + algorithm.weak,
             algorithm.weak_clause);
    const bool sized = algorithm.exact && read(Field::KDF) && row_.kdf == "none";
    if (read(Field::Key) && !sized && row_.key.size() < algorithm.digest)
      report(RuleId::key_short, Field::Key,
             "Key has " + std::to_string(row_.key.size()) + " octets, fewer than the " +
                 std::to_string(algorithm.digest) + " that " + row_.alg_id + " makes");
  }

  const Row& row_;
  FieldSet unread_;
  const Rulebook& book_;
  Findings& findings_;
};

}  // namespace

void validate(const Row& row, FieldSet unread, const Rulebook& book, Findings& findings) {
  Validator(row, unread, book, findings).run();
}

std::string origin_of(const Row& row) {
  const auto origin = row.protocol_specific_info.find("origin");
  if (origin != row.protocol_specific_info.end())
    return origin->second;
  return row.protocol_specific_info.contains("announcing-peer") ? "rkmp" : "manual";
}

}  // namespace karpspec::keytable
