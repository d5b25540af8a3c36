#pragma once

#include <string>

#include "interop/cell_play.h"
#include "report/interop.h"

namespace karpspec::cli {

// Capture, keys, secrets and transcript of a cell go below DIRECTORY, and their names into its
// result. Errors: io.
[[nodiscard]] Result<void> write_interop_evidence(const std::string& directory,
                                                  interop::Played& played);
// interop.json, verdicts.json and interop.html. Errors: io.
[[nodiscard]] Result<void> write_interop(const std::string& directory,
                                         const report::InteropRun& run);
// What an earlier run left in DIRECTORY, and nothing else. Errors: io.
[[nodiscard]] Result<void> clear_interop(const std::string& directory);

// What a matrix ends with, of which FINDINGS are not as they should be. A failure outweighs an
// error: then it is known that devices do not work together. Errors alone say nothing about that,
// and neither do cells that do not apply; of a PART those may be all.
[[nodiscard]] int exit_code(const report::InteropRun& run, std::size_t findings, bool part);

}  // namespace karpspec::cli
