#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "script/plan/test_plan.h"

// Parts of a scenario in words. For the room's own use.
namespace karpspec::script {

// NODE on one line, in YAML's flow form.
[[nodiscard]] std::string compact(const Node& node);
// What stands in MAP at KEY, as compact writes it; nothing where it does not stand there.
[[nodiscard]] std::string text_at(const Node& map, std::string_view key);
// A value that is put into a field: "=random(8)" becomes "8 random octets".
[[nodiscard]] std::string value_in_words(const Node& node);
// What a matcher wants, behind the name of a field: "is 12", "is from 16 to 256", "is there".
[[nodiscard]] std::string matcher_in_words(const Node& node);
// The entries of a map of paths and matchers, a clause each.
[[nodiscard]] std::vector<std::string> conditions_in_words(const Node& map);
// One operation of `mutate:`, such as {add: N(COOKIE), at: first}.
[[nodiscard]] std::vector<std::string> mutation_in_words(const Node& map);

// Of a step about the tester's routers of a group, and of a key of any step that is about them:
// what it says; nothing where it is another.
[[nodiscard]] std::string group_step_in_words(const Node& map);
[[nodiscard]] std::vector<std::string> group_detail(const std::string& name, const Node& value);

// Which requests are unanswered as a scenario goes on, so that its messages can be told apart where
// the notation leaves "request" and "response" out. Where a step permits several answers, the first
// that the test goes on after is taken.
class Unanswered {
 public:
  // NOTATION as it was written, with the word behind its exchange.
  [[nodiscard]] std::string sent(const std::string& notation, const SendStep& step,
                                 const std::string& sa) const;
  [[nodiscard]] std::string awaited(const std::string& notation, const Alternative& alternative,
                                    const std::string& sa) const;
  void go_on(const Step& step);

 private:
  using Key = std::pair<std::string, std::uint8_t>;  // IKE SA, exchange
  [[nodiscard]] bool answers(const SendStep& step, const std::string& sa) const;
  [[nodiscard]] bool is_answer(const Alternative& alternative, const std::string& sa) const;
  std::map<Key, int> testers_;
  std::map<std::string, std::uint8_t> devices_;  // its latest, by IKE SA
};

// The step in words with what may be seen, but for its number.
[[nodiscard]] PlannedStep step_in_words(const Step& step, const Unanswered& unanswered);

// The figure and the settings of both ends.
void add_topology(const Scenario& scenario, const PlanContext& context, TestPlan& plan);

}  // namespace karpspec::script
