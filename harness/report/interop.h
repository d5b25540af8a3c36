#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/run_results.h"
#include "verdict/interop.h"

namespace karpspec::report {

using verdict::InteropCell;
using verdict::InteropRun;

[[nodiscard]] std::map<Verdict, std::size_t> count_verdicts(const std::vector<InteropCell>& cells);
// Whether a cell speaks against somebody: it did not pass, it applies, and nobody declined what he
// may decline.
[[nodiscard]] bool counts_against(const InteropCell& cell);

// reports/schema/interop.schema.json. What is other in each run stands in the `evidence` of cells
// and in `run.started` and `run.wall_seconds`.
[[nodiscard]] Json to_json(const InteropRun& run);
[[nodiscard]] Json to_json(const InteropCell& cell);
// Errors: bad_value, with the member that is wrong.
[[nodiscard]] Result<InteropCell> cell_from_json(const Json& json);
[[nodiscard]] Result<InteropRun> interop_from_json(const Json& json);
// The one in DIRECTORY. Errors: not_found, bad_value "FILE: ...".
[[nodiscard]] Result<InteropRun> read_interop(const std::string& directory);

// What two runs of a matrix have in common when all went the same way: verdicts, whose fault, the
// requirements that were broken. No times, no evidence: two such texts are compared octet by octet.
[[nodiscard]] Json verdicts_json(const InteropRun& run);

// One self-contained page: a table of initiators and responders for each exchange, and each cell's
// ladder, transcript, capture and findings. TRANSCRIPTS: their texts, by the cells' names.
[[nodiscard]] std::string to_html(const InteropRun& run,
                                  const std::map<std::string, std::string>& transcripts);

// For a terminal: what did not pass, what is not as expected, and the count.
[[nodiscard]] std::string interop_summary(const InteropRun& run, const std::string& out);

// A part of a matrix, as `interop --shard` leaves it.
struct InteropPart {
  std::string directory;  // as it was given, for errors
  InteropRun run;
};
// The parts of one run as the whole: what an unsplit run would have left, but for its evidence and
// stamps, where `started` is the first of theirs and `wall_seconds` is what they took together. In
// any order. Errors: bad_value, where they are not parts of one run (which differ in what), where
// parts or cells are missing or are there twice (which).
[[nodiscard]] Result<InteropRun> merge(std::vector<InteropPart> parts);

}  // namespace karpspec::report
