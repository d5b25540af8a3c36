#include <algorithm>
#include <filesystem>
#include <map>

#include "base/for_each_index.h"
#include "fault/fault.h"

namespace karpspec::fault {
namespace {

using transcript::Node;

std::vector<std::string> check_names() {
  std::vector<std::string> names;
  for (const oracle::CheckInfo& info : oracle::all_checks())
    names.emplace_back(info.name);
  return names;
}

std::vector<std::string> tunable_names() {
  std::vector<std::string> names;
  for (const oracle::TunableInfo& info : oracle::all_tunables())
    names.emplace_back(info.name);
  return names;
}

// "IKE_AUTH response containing N(COOKIE)": the message notation without its braces.
Result<MessageSelector> read_selector(const Node& node) {
  KARPSPEC_TRY(text, node.scalar("EXCHANGE [request|response] [containing PAYLOAD]"));
  MessageSelector selector;
  constexpr std::string_view word = " containing ";
  const std::size_t at = text.find(word);
  auto head = transcript::parse_message_notation(text.substr(0, at) + " {}");
  if (!head)
    return node.error(head.error().message, head.error().offset.value_or(0));
  selector.exchange = head->exchange;
  selector.response = head->response;
  if (at != std::string::npos) {
    auto payload = transcript::parse_payload_name(text.substr(at + word.size()));
    if (!payload) {
      return node.error(payload.error().message,
                        at + word.size() + payload.error().offset.value_or(0));
    }
    selector.containing = *std::move(payload);
  }
  return selector;
}

Result<void> read_operation(const Node& node, Alteration& alteration) {
  if (const Node* drop = node.find("drop")) {
    KARPSPEC_CHECK(node.check_keys({"drop"}, "operation"));
    KARPSPEC_TRY(yes, drop->boolean());
    if (yes)
      alteration.delivery.copies = 0;
    return {};
  }
  if (const Node* twice = node.find("twice")) {
    KARPSPEC_CHECK(node.check_keys({"twice"}, "operation"));
    KARPSPEC_TRY(yes, twice->boolean());
    if (yes)
      alteration.delivery.copies = 2;
    return {};
  }
  if (const Node* delay = node.find("delay")) {
    KARPSPEC_CHECK(node.check_keys({"delay"}, "operation"));
    KARPSPEC_TRY(text, delay->scalar("a time such as 2s"));
    constexpr std::size_t most_digits = 5;
    if (text.size() < 2 || text.size() > most_digits + 1 || text.back() != 's' ||
        text.find_first_not_of("0123456789") != text.size() - 1) {
      return delay->error("'" + text + "' is no time, expected whole seconds such as 2s");
    }
    alteration.delivery.delay += std::chrono::seconds{std::stoi(text)};
    return {};
  }
  KARPSPEC_TRY(parsed, transcript::parse_mutation(node));
  for (const transcript::Mutation& mutation : parsed) {
    const auto* patch = std::get_if<transcript::PatchField>(&mutation.operation);
    if (patch != nullptr && patch->path.root == transcript::Path::Root::sealed)
      return mutation.source.error("a device's SK payload cannot be altered, only what is in it");
  }
  alteration.mutations.insert(alteration.mutations.end(), parsed.begin(), parsed.end());
  return {};
}

Result<Alteration> read_alteration(const Node& node) {
  KARPSPEC_CHECK(node.check_keys({"message", "mutate"}, "alteration"));
  Alteration alteration;
  const Node* message = node.find("message");
  const Node* mutate = node.find("mutate");
  if (message == nullptr || mutate == nullptr || !mutate->is_list()) {
    return node.error("an alteration has a message and a list mutate");
  }
  KARPSPEC_TRY(selector, read_selector(*message));
  alteration.selector = std::move(selector);
  for (const Node& item : mutate->items())
    KARPSPEC_CHECK(read_operation(item, alteration));
  return alteration;
}

Result<void> read_behaviour(const Node& node, Fault& fault) {
  if (const Node* skip = node.find("skip")) {
    KARPSPEC_TRY(names, skip->texts("names of checks"));
    for (const std::string& name : names) {
      const auto check = oracle::check_from_name(name);
      if (!check) {
        return skip->error("unknown check '" + name + "'" +
                           transcript::suggestion(name, check_names()));
      }
      fault.skip.push_back(*check);
    }
  }
  if (const Node* alter = node.find("alter")) {
    if (!alter->is_list())
      return alter->error("expected a list of alterations");
    for (const Node& item : alter->items()) {
      KARPSPEC_TRY(alteration, read_alteration(item));
      fault.alter.push_back(std::move(alteration));
    }
  }
  if (const Node* tune = node.find("tune")) {
    if (!tune->is_map())
      return tune->error("expected a map of tunables");
    for (const auto& [key, value] : tune->entries()) {
      KARPSPEC_TRY(text, value.scalar("a value"));
      oracle::Tunables trial;
      if (auto set = oracle::set_tunable(trial, key.text(), text); !set) {
        if (set.error().code == ErrorCode::not_found) {
          return key.error("unknown tunable '" + key.text() + "'" +
                           transcript::suggestion(key.text(), tunable_names()));
        }
        return value.error(set.error().message);
      }
      fault.tune.emplace_back(key.text(), text);
    }
  }
  if (fault.skip.empty() && fault.alter.empty() && fault.tune.empty()) {
    return node.error("a fault skips, alters or tunes something");
  }
  return {};
}

Result<std::string> required(const Node& node, const char* key) {
  const Node* found = node.find(key);
  if (found == nullptr)
    return node.error(std::string("a fault has a ") + key);
  return found->scalar(key);
}

Result<Fault> read_fault(const Node& node) {
  KARPSPEC_CHECK(
      node.check_keys({"name", "does", "violates", "role", "skip", "alter", "tune"}, "fault"));
  Fault fault;
  fault.where = node.where();
  KARPSPEC_TRY(name, required(node, "name"));
  KARPSPEC_TRY(does, required(node, "does"));
  fault.name = std::move(name);
  fault.does = std::move(does);
  const Node* violates = node.find("violates");
  if (violates == nullptr)
    return node.error("a fault violates requirements");
  KARPSPEC_TRY(ids, violates->texts("requirement ids"));
  fault.violates = std::move(ids);
  if (const Node* role = node.find("role")) {
    KARPSPEC_TRY(text, role->scalar("initiator or responder"));
    if (text != "initiator" && text != "responder" && text != "both") {
      return role->error("'" + text + "' is no role, expected initiator or responder");
    }
    if (text != "both")
      fault.role = std::move(text);
  }
  KARPSPEC_CHECK(read_behaviour(node, fault));
  return fault;
}

}  // namespace

Result<std::vector<Fault>> read_faults(const std::string& path, const std::string& name) {
  KARPSPEC_TRY(root, transcript::read_yaml(path, name));
  KARPSPEC_CHECK(root.check_keys({"faults"}, "fault file"));
  const Node* list = root.find("faults");
  if (list == nullptr || !list->is_list())
    return root.error("expected a list 'faults'");
  std::vector<Fault> faults;
  for (const Node& item : list->items()) {
    KARPSPEC_TRY(fault, read_fault(item));
    faults.push_back(std::move(fault));
  }
  return faults;
}

Result<std::vector<Fault>> read_fault_directory(const std::string& directory, unsigned jobs) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".yaml")
      files.push_back(it->path());
  }
  if (error)
    return fail(ErrorCode::not_found, directory + ": " + error.message());
  std::sort(files.begin(), files.end());
  std::vector<Result<std::vector<Fault>>> read(files.size());
  for_each_index(files.size(), jobs, [&](std::size_t i) {
    read[i] = read_faults(files[i].string(), "suites/faults/" + files[i].filename().string());
  });
  std::vector<Fault> all;
  std::map<std::string, std::string> seen;
  for (auto& of_file : read) {
    KARPSPEC_TRY(faults, std::move(of_file));
    for (Fault& fault : faults) {
      const auto [it, fresh] = seen.emplace(fault.name, fault.where);
      if (!fresh) {
        return fail(ErrorCode::bad_value,
                    fault.where + ": fault '" + fault.name + "' stands at " + it->second + " too");
      }
      all.push_back(std::move(fault));
    }
  }
  return all;
}

}  // namespace karpspec::fault
