#include <algorithm>
#include <filesystem>

#include "base/for_each_index.h"
#include "script/suite.h"

namespace karpspec::script {
namespace {

Result<std::string> text_in(const Node& map, std::string_view key, bool needed) {
  const Node* node = map.find(key);
  if (node == nullptr) {
    if (needed)
      return map.error("key '" + std::string(key) + "' is missing");
    return std::string();
  }
  return node->scalar("a text");
}

Result<std::string> one_of(const Node& map, std::string_view key,
                           const std::vector<std::string>& allowed) {
  KARPSPEC_TRY(text, text_in(map, key, true));
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end())
    return map.find(key)->error("'" + text + "' is no " + std::string(key) +
                                transcript::suggestion(text, allowed));
  return text;
}

Result<verdict::Level> level_of(const Node& map) {
  KARPSPEC_TRY(text, one_of(map, "level", {"MUST", "SHOULD", "MAY", "implied"}));
  if (text == "MUST")
    return verdict::Level::must;
  if (text == "SHOULD")
    return verdict::Level::should;
  if (text == "MAY")
    return verdict::Level::may;
  return verdict::Level::implied;
}

Result<verdict::Requirement> read_row(const Node& map, const std::string& document) {
  KARPSPEC_CHECK(map.check_keys(
      {"id", "section", "level", "role", "statement", "tested", "why", "profile", "claim"},
      "a requirement"));
  verdict::Requirement row;
  row.document = document;
  KARPSPEC_TRY(id, text_in(map, "id", true));
  KARPSPEC_TRY(section, text_in(map, "section", true));
  KARPSPEC_TRY(level, level_of(map));
  KARPSPEC_TRY(role, one_of(map, "role", {"initiator", "responder", "both"}));
  KARPSPEC_TRY(statement, text_in(map, "statement", true));
  KARPSPEC_TRY(tested, one_of(map, "tested", {"wire", "control", "not-observable"}));
  KARPSPEC_TRY(why, text_in(map, "why", tested == "not-observable"));
  KARPSPEC_TRY(profile, text_in(map, "profile", false));
  KARPSPEC_TRY(claim, text_in(map, "claim", false));
  if (!claim.empty() && (level == verdict::Level::must || level == verdict::Level::implied))
    return map.find("claim")->error("what is not only advised needs no claim");
  // PREFIX-SECTION-NN: the section is the address.
  const auto first = id.find('-'), last = id.rfind('-');
  if (first == std::string::npos || first == last ||
      id.substr(first + 1, last - first - 1) != section)
    return map.find("id")->error("id '" + id + "' is not PREFIX-SECTION-NN of section " + section);
  row.id = std::move(id);
  row.section = std::move(section);
  row.level = level;
  row.role = std::move(role);
  row.statement = std::move(statement);
  row.tested = std::move(tested);
  row.why = std::move(why);
  row.profile = std::move(profile);
  row.claim = std::move(claim);
  return row;
}

}  // namespace

Result<std::map<std::string, verdict::Requirement>> load_requirements(const std::string& suites,
                                                                      unsigned jobs) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(suites) / "requirements";
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code))
    if (entry.path().extension() == ".yaml")
      files.push_back(entry.path());
  if (files.empty())
    return fail(ErrorCode::not_found, folder.string() + ": there are no requirements");
  std::sort(files.begin(), files.end());
  std::map<std::string, verdict::Requirement> out;
  std::vector<Result<Node>> roots(files.size());
  for_each_index(files.size(), jobs, [&](std::size_t i) {
    roots[i] = transcript::read_yaml(files[i].string(),
                                     "suites/requirements/" + files[i].filename().string());
  });
  for (Result<Node>& read : roots) {
    KARPSPEC_TRY(root, std::move(read));
    KARPSPEC_CHECK(root.check_keys({"document", "title", "requirements"}, "a requirements file"));
    KARPSPEC_TRY(document, text_in(root, "document", true));
    KARPSPEC_TRY(title, text_in(root, "title", false));
    const Node* list = root.find("requirements");
    if (list == nullptr || !list->is_list())
      return root.error("key 'requirements' with a list is missing");
    for (const Node& item : list->items()) {
      KARPSPEC_TRY(row, read_row(item, document));
      row.document_title = title;
      const std::string id = row.id;
      if (!out.emplace(id, std::move(row)).second)
        return item.find("id")->error("requirement '" + id + "' is there twice");
    }
  }
  return out;
}

}  // namespace karpspec::script
