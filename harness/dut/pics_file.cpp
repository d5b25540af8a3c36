#include "dut/pics_file.h"

#include <algorithm>
#include <set>

#include "transcript/node.h"

namespace karpspec::dut {
namespace {

using transcript::Node;

constexpr std::string_view role = "role ";

struct Answer {
  std::string item;
  bool claimed = false;
};

Result<Answer> read_answer(const Node& node, const std::vector<std::string>& known) {
  KARPSPEC_CHECK(
      node.check_keys({"item", "question", "requirements", "answer", "remark"}, "a PICS item"));
  const Node* named = node.find("item");
  if (named == nullptr)
    return node.error("a PICS item needs 'item'");
  KARPSPEC_TRY(item, named->scalar("an item"));
  if (!known.empty() && std::find(known.begin(), known.end(), item) == known.end())
    return named->error("unknown PICS item '" + item + "'" + transcript::suggestion(item, known));
  const Node* answer = node.find("answer");
  if (answer == nullptr || answer->is_null())
    return node.error("'" + item + "' has no answer, yes or no");
  KARPSPEC_TRY(word, answer->scalar("an answer"));
  if (word != "yes" && word != "no")
    return answer->error("'" + word + "' where the answer is yes or no");
  return Answer{item, word == "yes"};
}

}  // namespace

Result<Json> read_pics_file(const std::string& path, const std::vector<std::string>& items,
                            bool control) {
  KARPSPEC_TRY(root, transcript::read_yaml(path));
  KARPSPEC_CHECK(root.check_keys({"pics"}, "a PICS questionnaire"));
  const Node* list = root.find("pics");
  if (list == nullptr || !list->is_list())
    return root.error("a PICS questionnaire has a list 'pics' of items with their answers");
  std::vector<std::string> known;
  if (!items.empty()) {
    known = {"role initiator", "role responder"};
    known.insert(known.end(), items.begin(), items.end());
  }
  Json out = {{"roles", Json::array()},
              {"control", false},
              {"key-table", false},
              {"claims", Json::array()}};
  std::set<std::string> answered;
  for (const Node& node : list->items()) {
    KARPSPEC_TRY(answer, read_answer(node, known));
    if (!answered.insert(answer.item).second)
      return node.error("'" + answer.item + "' is answered twice");
    if (!answer.claimed)
      continue;
    const bool needs_control = answer.item == "control" || answer.item == "key-table";
    if (needs_control && !control)
      return node.error("'" + answer.item + "' is claimed, but the DUT file has no control");
    if (needs_control)
      out[answer.item] = true;
    else if (answer.item.starts_with(role))
      out["roles"].push_back(answer.item.substr(role.size()));
    else
      out["claims"].push_back(answer.item);
  }
  for (const std::string& item : known) {
    if (!answered.contains(item))
      return list->error("there is no item '" + item +
                         "'; 'karpspec list pics --questionnaire' writes all that there are");
  }
  return out;
}

}  // namespace karpspec::dut
