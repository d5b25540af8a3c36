#include "script/plan/words.h"

// What a plan says of the tester's routers of a group.
namespace karpspec::script {
namespace {

// "tester and second", whose list is ROUTERS or a single name
std::string names_in(const Node& routers) {
  if (!routers.is_list())
    return routers.text();
  std::string out;
  for (std::size_t i = 0; i < routers.items().size(); ++i)
    out += (i == 0                            ? ""
            : i + 1 == routers.items().size() ? " and "
                                              : ", ") +
           routers.items()[i].text();
  return out;
}

}  // namespace

std::vector<std::string> group_detail(const std::string& name, const Node& value) {
  if (name == "pick" && value.is_map()) {
    std::vector<std::string> out;
    for (const std::string& condition : conditions_in_words(value))
      out.push_back("meant is only one where " + condition);
    return out;
  }
  if (name == "router")
    return {"by the tester's router " + value.text()};
  if (name == "to" && value.is_scalar())
    return {value.text() == "group"    ? "sent to the group"
            : value.text() == "device" ? "sent to the device alone"
                                       : "sent to the tester's router " + value.text()};
  if (name != "items" || !value.is_map())
    return {};
  std::vector<std::string> out;
  for (const auto& [kind, rows] : value.entries()) {
    if (!rows.is_list()) {
      if (kind.text() == "count")
        out.push_back("the number of its items " + matcher_in_words(rows));
      continue;
    }
    if (rows.items().empty())
      out.push_back("its items, " + kind.text() + ": none");
    for (const Node& row : rows.items()) {
      std::string conditions;
      if (row.is_map())
        for (const std::string& condition : conditions_in_words(row))
          conditions += (conditions.empty() ? "" : ", ") + condition;
      out.push_back("its items, " + kind.text() + ": one where " + conditions);
    }
  }
  return out;
}

std::string group_step_in_words(const Node& map) {
  const std::string router = map.find("router") == nullptr ? "tester" : text_at(map, "router");
  if (map.find("advertise") != nullptr)
    return "From now on the tester's router " + router + " advertises " +
           text_at(map, "advertise") + ", each " +
           (map.find("every") == nullptr ? "1s" : text_at(map, "every")) + ".";
  if (const Node* rest = map.find("rest"))
    return "The tester's router " + rest->text() + " advertises no more.";
  if (const Node* partition = map.find("partition"))
    return "From now on nothing gets from the device to " + names_in(*partition) + ", nor back.";
  if (const Node* heal = map.find("heal"))
    return "What the device and " + names_in(*heal) + " send each other arrives again.";
  const std::string times = map.find("times") == nullptr ? "1" : text_at(map, "times");
  return "The next " + (times == "1" ? "message " : times + " messages ") + text_at(map, "lose") +
         " of the device " + (times == "1" ? "is" : "are") + " lost.";
}

}  // namespace karpspec::script
