#include <set>

#include "cli/commands.h"
#include "report/findings.h"

namespace karpspec::cli {

// A failure outweighs an error: the device is then known not to conform. Errors alone say nothing
// about it, and neither do tests that do not apply.
int exit_code(const report::RunResults& results, bool part) {
  std::size_t wrong = 0, errors = 0;
  std::set<std::string> told;  // tests of which it is said that they are not as expected
  for (const verdict::Finding& finding : results.info.findings) {
    if (finding.kind != verdict::Finding::Kind::expected)
      continue;
    ++wrong;
    told.insert(finding.test);
  }
  for (const report::TestResult& test : results.tests) {
    if (!report::is_unexpected(test))
      continue;
    wrong += told.contains(test.test) ? 0U : 1U;
    errors += test.verdict == verdict::Verdict::error ? 1U : 0U;
  }
  if (wrong > errors)
    return does_not;
  const bool nothing = report::judged_tests(results.tests) == 0 && !results.tests.empty();
  return errors > 0 || (nothing && !part) ? not_judged : conforms;
}

}  // namespace karpspec::cli
