#pragma once

#include <string>

#include "report/run_results.h"

namespace karpspec::report {

// What the texts for a terminal name besides the results.
struct ConsolePlace {
  std::string directory;             // of the run's files, or empty
  std::string program = "karpspec";  // as it was called, so that commands can be copied
};

// A result that is no pass, explained on one screen: test, step, field, expected, got, clauses in
// our words, the exchange, where the capture is, and the command that repeats just this test.
[[nodiscard]] std::string explain_result(const TestResult& test, const RunResults& run,
                                         const ConsolePlace& place);
// Several of them. The first few are explained, the others have a line each; of errors that all say
// the same, as when the device has gone away, three are told and the rest counted.
[[nodiscard]] std::string explain_results(const std::vector<const TestResult*>& all,
                                          const RunResults& run, const ConsolePlace& place);

// Where items that the PICS does not claim were not tried, or that does not count.
inline constexpr const char* no_probes_note =
    "note: whether the device does what its PICS does not claim is left open, as a test ended in "
    "error\n";

// The last lines of a run: counts, and where the report is.
[[nodiscard]] std::string summary(const RunResults& results, const ConsolePlace& place);

}  // namespace karpspec::report
