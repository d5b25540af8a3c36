#include "keyfile/rulebook.h"

#include <algorithm>
#include <filesystem>

#include "transcript/node.h"

namespace karpspec::keyfile {
namespace {

namespace fs = std::filesystem;
using keytable::Clause;
using keytable::Mechanism;
using keytable::Rulebook;
using transcript::Node;

Result<const Node*> required(const Node& map, const char* key) {
  const Node* found = map.find(key);
  if (found == nullptr)
    return map.error(std::string("key '") + key + "' is missing");
  return found;
}

Result<std::string> text_in(const Node& map, const char* key) {
  KARPSPEC_TRY(node, required(map, key));
  return node->scalar("a text");
}

Result<std::string> text_or(const Node& map, const char* key, std::string otherwise) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return otherwise;
  return node->scalar("a text");
}

// What MAP says, else OTHERWISE's part.
Result<Clause> clause_in(const Node& map, const Clause& otherwise = {}) {
  KARPSPEC_TRY(document, text_or(map, "document", otherwise.document));
  KARPSPEC_TRY(section, text_or(map, "section", otherwise.section));
  if (document.empty() || section.empty())
    return map.error("'document' and 'section' are missing");
  return Clause{std::move(document), std::move(section)};
}

Result<std::uint64_t> number_in(const Node& map, const char* key, std::uint64_t otherwise) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return otherwise;
  KARPSPEC_TRY(value, node->integer());
  if (value < 0)
    return node->error("expected no negative number");
  return static_cast<std::uint64_t>(value);
}

Result<bool> flag_in(const Node& map, const char* key) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return false;
  return node->boolean();
}

Result<const Node*> list_in(const Node& map, const char* key) {
  KARPSPEC_TRY(node, required(map, key));
  if (!node->is_list())
    return node->error(std::string("expected a list, '") + key + "' is " + node->kind_name());
  return node;
}

Result<void> read_rules(const Node& root, Rulebook& book) {
  KARPSPEC_TRY(list, list_in(root, "rules"));
  std::array<bool, keytable::rule_count> there{};
  for (const Node& item : list->items()) {
    KARPSPEC_CHECK(
        item.check_keys({"name", "advice", "document", "section", "statement"}, "a rule"));
    KARPSPEC_TRY(name, text_in(item, "name"));
    const auto id = keytable::rule_from(name);
    if (!id)
      return item.error("nothing checks a rule '" + name + "'");
    const auto index = static_cast<std::size_t>(*id);
    if (there[index])
      return item.error("rule '" + name + "' is there twice");
    there[index] = true;
    KARPSPEC_TRY(advice, flag_in(item, "advice"));
    KARPSPEC_TRY(clause, clause_in(item));
    KARPSPEC_TRY(statement, text_in(item, "statement"));
    book.rules[index] = {advice, std::move(clause), std::move(statement)};
  }
  for (std::size_t i = 0; i < there.size(); ++i)
    if (!there[i])
      return list->error(std::string("rule '") + to_string(static_cast<keytable::RuleId>(i)) +
                         "' is missing");
  return {};
}

Result<void> read_algorithms(const Node& root, Rulebook& book) {
  KARPSPEC_TRY(list, list_in(root, "algorithms"));
  for (const Node& item : list->items()) {
    KARPSPEC_CHECK(item.check_keys(
        {"name", "octets", "key", "identity", "weak", "document", "section"}, "an algorithm"));
    KARPSPEC_TRY(name, text_in(item, "name"));
    keytable::Algorithm algorithm;
    KARPSPEC_TRY(digest, number_in(item, "octets", 0));
    algorithm.digest = static_cast<std::size_t>(digest);
    if (item.find("key") != nullptr) {
      KARPSPEC_TRY(exact, number_in(item, "key", 0));
      algorithm.exact = static_cast<std::size_t>(exact);
    }
    KARPSPEC_TRY(identity, text_or(item, "identity", ""));
    KARPSPEC_TRY(weak, text_or(item, "weak", ""));
    algorithm.identity = std::move(identity);
    if (!weak.empty()) {
      KARPSPEC_TRY(clause, clause_in(item));
      algorithm.weak_clause = std::move(clause);
      algorithm.weak = std::move(weak);
    }
    if (!book.algorithms.emplace(name, std::move(algorithm)).second)
      return item.error("algorithm '" + name + "' is there twice");
  }
  return {};
}

// A part of a mechanism: `{values: [...], document: D, section: S}`.
Result<std::vector<std::string>> values_in(const Node& mechanism, const char* key, Clause& clause,
                                           const Clause& otherwise) {
  KARPSPEC_TRY(part, required(mechanism, key));
  KARPSPEC_CHECK(part->check_keys({"values", "document", "section"}, key));
  KARPSPEC_TRY(list, list_in(*part, "values"));
  KARPSPEC_TRY(values, list->texts("names"));
  if (values.empty())
    return list->error("the list is empty");
  KARPSPEC_TRY(own, clause_in(*part, otherwise));
  clause = std::move(own);
  return values;
}

Result<void> read_names(const Node& item, Mechanism& mechanism) {
  KARPSPEC_TRY(names, required(item, "names"));
  KARPSPEC_CHECK(
      names->check_keys({"bits", "least", "peer", "space", "document", "section"}, "names"));
  KARPSPEC_TRY(clause, clause_in(*names, mechanism.clause));
  mechanism.names_clause = std::move(clause);
  KARPSPEC_TRY(bits, number_in(*names, "bits", 0));
  if (bits > 64)
    return names->find("bits")->error("expected 0 to 64 bits");
  mechanism.name_bits = static_cast<unsigned>(bits);
  KARPSPEC_TRY(least, number_in(*names, "least", 0));
  mechanism.least_name = least;
  KARPSPEC_TRY(space, text_or(*names, "space", mechanism.name));
  mechanism.name_space = std::move(space);
  KARPSPEC_TRY(peer, text_or(*names, "peer", "same"));
  if (peer == "own")
    mechanism.peer_name = Mechanism::PeerName::own;
  else if (peer == "any")
    mechanism.peer_name = Mechanism::PeerName::any;
  else if (peer != "same")
    return names->find("peer")->error("unknown 'peer'" +
                                      transcript::suggestion(peer, {"same", "own", "any"}));
  return {};
}

Result<void> read_peers(const Node& item, Mechanism& mechanism) {
  KARPSPEC_TRY(forms, values_in(item, "peers", mechanism.forms_clause, mechanism.clause));
  for (const std::string& name : forms) {
    const auto form = keytable::peer_form_from(name);
    if (!form)
      return item.find("peers")->error("'" + name + "' is no form of Peers");
    mechanism.forms.push_back(*form);
  }
  KARPSPEC_TRY(interfaces, required(item, "interfaces"));
  KARPSPEC_CHECK(interfaces->check_keys({"named", "document", "section"}, "interfaces"));
  KARPSPEC_TRY(named, flag_in(*interfaces, "named"));
  mechanism.interfaces = named;
  KARPSPEC_TRY(clause, clause_in(*interfaces, mechanism.clause));
  mechanism.interfaces_clause = std::move(clause);
  return {};
}

Result<void> read_key(const Node& item, Mechanism& mechanism) {
  KARPSPEC_TRY(key, required(item, "key"));
  KARPSPEC_CHECK(key->check_keys({"least", "most", "document", "section"}, "key"));
  KARPSPEC_TRY(clause, clause_in(*key, mechanism.clause));
  mechanism.key_clause = std::move(clause);
  KARPSPEC_TRY(least, number_in(*key, "least", 1));
  KARPSPEC_TRY(most, number_in(*key, "most", 255));
  mechanism.least_key = static_cast<std::size_t>(least);
  mechanism.most_key = static_cast<std::size_t>(most);
  return {};
}

// The values themselves, or the name of their form.
Result<keytable::SpecificInfo> read_specific(const Node& values) {
  using Form = keytable::SpecificInfo::Form;
  keytable::SpecificInfo info;
  if (values.is_list()) {
    KARPSPEC_TRY(words, values.texts("values"));
    info.words = std::move(words);
    return info;
  }
  KARPSPEC_TRY(form, values.scalar("values, or a form of them"));
  if (form != "address" && form != "port")
    return values.error("unknown form" + transcript::suggestion(form, {"address", "port"}));
  info.form = form == "address" ? Form::address : Form::port;
  return info;
}

Result<Mechanism> read_mechanism(const Node& item, const Rulebook& book) {
  KARPSPEC_CHECK(item.check_keys({"name", "document", "section", "algorithms", "kdfs", "directions",
                                  "names", "peers", "interfaces", "key", "specific"},
                                 "a mechanism"));
  Mechanism mechanism;
  KARPSPEC_TRY(name, text_in(item, "name"));
  mechanism.name = std::move(name);
  KARPSPEC_TRY(clause, clause_in(item));
  mechanism.clause = std::move(clause);
  KARPSPEC_TRY(algorithms,
               values_in(item, "algorithms", mechanism.algorithms_clause, mechanism.clause));
  for (const std::string& algorithm : algorithms)
    if (!book.algorithms.contains(algorithm))
      return item.find("algorithms")->error("table.yaml has no algorithm '" + algorithm + "'");
  mechanism.algorithms = std::move(algorithms);
  KARPSPEC_TRY(kdfs, values_in(item, "kdfs", mechanism.kdfs_clause, mechanism.clause));
  mechanism.kdfs = std::move(kdfs);
  KARPSPEC_TRY(directions,
               values_in(item, "directions", mechanism.directions_clause, mechanism.clause));
  mechanism.directions = std::move(directions);
  KARPSPEC_CHECK(read_names(item, mechanism));
  KARPSPEC_CHECK(read_peers(item, mechanism));
  KARPSPEC_CHECK(read_key(item, mechanism));
  if (const Node* specific = item.find("specific")) {
    if (!specific->is_map())
      return specific->error("expected a map of names and the values that each may have");
    for (const auto& [key, values] : specific->entries()) {
      KARPSPEC_TRY(info, read_specific(values));
      mechanism.specific[key.text()] = std::move(info);
    }
  }
  return mechanism;
}

Result<void> read_protocol(const Node& root, Rulebook& book) {
  KARPSPEC_CHECK(
      root.check_keys({"protocol", "title", "boundary", "mechanisms"}, "a protocol's file"));
  KARPSPEC_TRY(name, text_in(root, "protocol"));
  keytable::ProtocolRules rules;
  KARPSPEC_TRY(title, text_in(root, "title"));
  rules.title = std::move(title);
  KARPSPEC_TRY(boundary, flag_in(root, "boundary"));
  rules.boundary = boundary;
  KARPSPEC_TRY(list, list_in(root, "mechanisms"));
  for (const Node& item : list->items()) {
    KARPSPEC_TRY(mechanism, read_mechanism(item, book));
    rules.mechanisms.push_back(std::move(mechanism));
  }
  if (rules.mechanisms.empty())
    return list->error("a protocol has at least one mechanism");
  if (!book.protocols.emplace(name, std::move(rules)).second)
    return root.error("protocol '" + name + "' has two files");
  return {};
}

}  // namespace

Result<Rulebook> read_rulebook(const std::string& suites) {
  const fs::path folder = fs::path(suites) / "protocols";
  Rulebook book;
  KARPSPEC_TRY(table, transcript::read_yaml((folder / "table.yaml").string(),
                                            "suites/protocols/table.yaml"));
  KARPSPEC_CHECK(table.check_keys({"rules", "algorithms"}, "table.yaml"));
  KARPSPEC_CHECK(read_rules(table, book));
  KARPSPEC_CHECK(read_algorithms(table, book));
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code))
    if (entry.path().extension() == ".yaml" && entry.path().filename() != "table.yaml")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    KARPSPEC_TRY(
        root, transcript::read_yaml(file.string(), "suites/protocols/" + file.filename().string()));
    KARPSPEC_CHECK(read_protocol(root, book));
  }
  if (book.protocols.empty())
    return fail(ErrorCode::not_found, folder.string() + ": there are no protocols");
  return book;
}

}  // namespace karpspec::keyfile
