#pragma once

#include <string>
#include <vector>

#include "verdict/requirement.h"
#include "verdict/result.h"

namespace karpspec::report {

// What FAILURE goes against, a line each: "IKE-2.5-03 (MUST, RFC 5996 section 2.5): statement",
// and the clause of the step itself where it names one of its own. Requirements that are not in
// CATALOGUE are given by their id alone.
[[nodiscard]] std::vector<std::string> clauses(const verdict::Failure& failure,
                                               const std::vector<verdict::Requirement>& catalogue);

// "SAr1.generic_reserved: expected 0, got 16" of a failure, else the reason.
[[nodiscard]] std::string in_short(const verdict::TestResult& test);

}  // namespace karpspec::report
