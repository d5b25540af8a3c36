#include "report/clauses.h"

#include <algorithm>

namespace karpspec::report {

std::vector<std::string> clauses(const verdict::Failure& failure,
                                 const std::vector<verdict::Requirement>& catalogue) {
  std::vector<std::string> lines;
  // A step without a clause of its own has its requirements' statements for one.
  bool own = !failure.clause.empty();
  for (const std::string& id : failure.requirements) {
    const auto row =
        std::find_if(catalogue.begin(), catalogue.end(),
                     [&id](const verdict::Requirement& candidate) { return candidate.id == id; });
    if (row == catalogue.end()) {
      lines.push_back(id);
      continue;
    }
    lines.push_back(id + " (" + to_string(row->level) + ", " + verdict::clause(*row) +
                    "): " + row->statement);
    own = own && failure.clause.find(row->statement) == std::string::npos;
  }
  if (own)
    lines.push_back(failure.clause);
  return lines;
}

std::string in_short(const verdict::TestResult& test) {
  if (!test.failure)
    return test.reason;
  const verdict::Failure& failure = *test.failure;
  return (failure.field.empty() ? "" : failure.field + ": ") + "expected " + failure.expected +
         ", got " + failure.got;
}

}  // namespace karpspec::report
