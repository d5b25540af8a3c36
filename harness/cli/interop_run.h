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

}  // namespace karpspec::cli
