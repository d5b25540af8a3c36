#pragma once

#include <string>
#include <vector>

#include "script/plan/test_plan.h"

// Parts of a scenario in words. For the room's own use.
namespace karpspec::script {

// NODE on one line, in YAML's flow form.
[[nodiscard]] std::string compact(const Node& node);
// A value that is put into a field: "=random(8)" becomes "8 random octets".
[[nodiscard]] std::string value_in_words(const Node& node);
// What a matcher wants, behind the name of a field: "is 12", "is from 16 to 256", "is there".
[[nodiscard]] std::string matcher_in_words(const Node& node);
// The entries of a map of paths and matchers, a clause each.
[[nodiscard]] std::vector<std::string> conditions_in_words(const Node& map);
// One operation of `mutate:`, such as {add: N(COOKIE), at: first}.
[[nodiscard]] std::vector<std::string> mutation_in_words(const Node& map);

// The step in words with what may be seen, but for its number.
[[nodiscard]] PlannedStep step_in_words(const Step& step);

// The figure and the settings of both ends.
void add_topology(const Scenario& scenario, const PlanContext& context, TestPlan& plan);

}  // namespace karpspec::script
