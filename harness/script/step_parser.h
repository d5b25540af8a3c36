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

}  // namespace karpspec::script
