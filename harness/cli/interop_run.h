#pragma once

#include <string>

#include "interop/cell_play.h"
#include "report/interop.h"

namespace karpspec::cli {

// What the first line of a matrix's journal calls it.
inline constexpr const char* interop_journal = "karpspec-interop-journal-1";

// Capture, keys, secrets and transcript of a cell go below DIRECTORY, and their names into its
// result. Errors: io.
[[nodiscard]] Result<void> write_interop_evidence(const std::string& directory,
                                                  interop::Played& played);
// interop.json, verdicts.json and interop.html. Errors: io.
[[nodiscard]] Result<void> write_interop(const std::string& directory,
                                         const report::InteropRun& run);
// What an earlier run left in DIRECTORY, and nothing else. Errors: io.
[[nodiscard]] Result<void> clear_interop(const std::string& directory);

// What a matrix ends with, whether it was played in one or in parts that were joined. A failure,
// and a result other than the one expected, outweigh an error: then it is known that devices do not
// work together, or not as was said. Errors alone say nothing about that, and neither do cells that
// do not apply; of a PART those may be all.
[[nodiscard]] int exit_code(const report::InteropRun& run, bool part);

}  // namespace karpspec::cli
