#pragma once

#include "script/scenario.h"

// One step of a scenario or fragment. For the room's own use.
namespace karpspec::script {

// Reads a step that is not `use`. CHECKS are the scenario's, for steps without their own.
// Errors: bad_value with file, line and column.
[[nodiscard]] Result<Step> parse_step(const Node& map, const LoadContext& context);

// The ids of a `checks` list, each known. Errors: as above.
[[nodiscard]] Result<std::vector<std::string>> read_checks(const Node& node,
                                                           const LoadContext& context);

// check_parser.cpp: the steps `control: WHAT` and `check: WHAT`. Errors: as above.
[[nodiscard]] Result<Step> parse_control(const Node& map, const Node& what);
[[nodiscard]] Result<Step> parse_check(const Node& map, const Node& what);

// The duration under KEY, if there is one. Errors: as above.
[[nodiscard]] Result<std::optional<Duration>> duration_in(const Node& map, std::string_view key);

}  // namespace karpspec::script
