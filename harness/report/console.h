#pragma once

#include <string>

#include "report/run_results.h"

namespace karpspec::report {

// A result that is no pass, explained on one screen: test, step, field, expected, got, clause, the
// exchange, where the capture is, and the command that repeats just this test.
[[nodiscard]] std::string explain_result(const TestResult& test, const std::string& directory);

// The last lines of a run: counts, and where the report is.
[[nodiscard]] std::string summary(const RunResults& results, const std::string& directory);

}  // namespace karpspec::report
