#pragma once

#include <string>
#include <vector>

#include "report/run_results.h"

namespace karpspec::report {

// Where the PICS claims what the device answered 'unsupported' to: one finding for each control
// method and the claims that it belongs to, with the first test that shows it, in the tests' order.
[[nodiscard]] std::vector<verdict::Finding> broken_claims(const RunResults& results);

// Whether the verdict of TEST is one that speaks against the device or the run, and that nobody
// has expected.
[[nodiscard]] bool is_unexpected(const TestResult& test);
// "Told to its maker (until 2027-06-30)": why the verdict of TEST was expected, or "".
[[nodiscard]] std::string why_expected(const TestResult& test);
// What to call the findings of KIND, as a heading.
[[nodiscard]] const char* heading(verdict::Finding::Kind kind);
inline constexpr verdict::Finding::Kind finding_kinds[] = {
    verdict::Finding::Kind::expected, verdict::Finding::Kind::claimed,
    verdict::Finding::Kind::unclaimed, verdict::Finding::Kind::describe};

}  // namespace karpspec::report
