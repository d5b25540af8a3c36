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

// segment_parser.cpp: the steps about TCP segments, `send: TCP {...}`, `expect: TCP {...}`, and
// `any_of` with one of them. Errors: as above.
[[nodiscard]] bool is_segment(const Node& what);
[[nodiscard]] Result<Step> parse_send_segment(const Node& map, const Node& what);
[[nodiscard]] Result<Step> parse_expect_segment(const Node& map, const Node& what);
[[nodiscard]] Result<Step> parse_any_of_segments(const Node& map, const Node& what);
// A step that waits for silence, of TCP; as it is where it is another one.
void listen_to_segments(Step& step);

// check_parser.cpp: the `items` of a KD payload. Errors: as above.
[[nodiscard]] Result<ExpectedRows> read_items(const Node& map);

// group_parser.cpp: what the tester's routers of a group do beside sending single messages:
// `advertise`, `rest`, `partition`, `heal`, `lose`. Errors: as above.
[[nodiscard]] Result<Step> parse_advertise(const Node& map, const Node& what);
[[nodiscard]] Result<Step> parse_rest(const Node& map, const Node& what);
[[nodiscard]] Result<Step> parse_partition(const Node& map, const Node& what);
[[nodiscard]] Result<Step> parse_lose(const Node& map, const Node& what);

// A message such as IKE_AUTH {IDr, AUTH}. Errors: as above.
[[nodiscard]] Result<transcript::MessageNotation> notation_of(const Node& node);
// `with` first, then `mutate`. Errors: as above.
[[nodiscard]] Result<std::vector<transcript::Mutation>> mutations_in(const Node& map);
// Whether KEY says true. Errors: as above.
[[nodiscard]] Result<bool> flag_in(const Node& map, std::string_view key);
// The `verdict` of a permitted answer, "pass" unless said. Errors: as above.
[[nodiscard]] Result<std::string> verdict_in(const Node& map);
// The duration under KEY, if there is one. Errors: as above.
[[nodiscard]] Result<std::optional<Duration>> duration_in(const Node& map, std::string_view key);

}  // namespace karpspec::script
