#include <algorithm>

#include "report/clauses.h"
#include "report/decimal.h"
#include "report/findings.h"
#include "report/markdown.h"
#include "report/run_results.h"

namespace karpspec::report {
namespace {

// The requirements that TEST speaks about: those of the step that failed, else all it checks.
std::string requirements_of(const TestResult& test) {
  const auto& ids = test.failure && !test.failure->requirements.empty() ? test.failure->requirements
                                                                        : test.checks;
  std::string text;
  for (const std::string& id : ids)
    text += (text.empty() ? "" : ", ") + id;
  return plain_markdown(text);
}

void add_facts(std::string& text, const RunResults& results) {
  const verdict::RunInfo& info = results.info;
  const auto line = [&text](const char* what, const std::string& value) {
    if (!value.empty())
      text += "- " + std::string(what) + ": " + plain_markdown(value) + "\n";
  };
  line("device",
       info.device + (info.device_version.empty() ? "" : " (" + info.device_version + ")"));
  line("fault played", info.fault);
  line("tests", info.selection);
  text += "- karpspec " + plain_markdown(info.tool_version) + ", profile " +
          plain_markdown(info.profile_version) + ", seed " + std::to_string(info.seed) + ", " +
          plain_markdown(info.started) + ", " + decimal(info.wall_seconds, 1) + " s\n";
}

void add_counts(std::string& text, const RunResults& results) {
  auto counts = count_verdicts(results.tests);
  const auto known = std::count_if(results.tests.begin(), results.tests.end(),
                                   [](const TestResult& test) { return !test.expected.empty(); });
  text += "\n" + markdown_head({"tests", "pass", "fail", "inconclusive", "error", "does not apply",
                                "of these expected"});
  text += markdown_row({std::to_string(results.tests.size()), std::to_string(counts[Verdict::pass]),
                        std::to_string(counts[Verdict::fail]),
                        std::to_string(counts[Verdict::inconclusive]),
                        std::to_string(counts[Verdict::error]),
                        std::to_string(counts[Verdict::not_applicable]), std::to_string(known)});
}

// The rows of TESTS, of which the last cell is MORE of each.
template <class More>
void add_tests(std::string& text, const char* title, const std::vector<const TestResult*>& tests,
               const char* column, More&& more) {
  if (tests.empty())
    return;
  text += "\n## " + std::string(title) + ": " + std::to_string(tests.size()) + "\n\n" +
          markdown_head({"verdict", "test", "requirements", column});
  for (std::size_t i = 0; i < std::min(tests.size(), most_markdown_rows); ++i) {
    const TestResult& test = *tests[i];
    text += markdown_row({to_string(test.verdict),
                          plain_markdown(test.title) + " (" + code_markdown(test.test) + ")",
                          requirements_of(test), more(test)});
  }
  if (tests.size() > most_markdown_rows)
    text += "\nand " + std::to_string(tests.size() - most_markdown_rows) + " more, in the report\n";
}

void add_findings(std::string& text, const RunResults& results) {
  for (const verdict::Finding::Kind kind : finding_kinds) {
    std::vector<const verdict::Finding*> found;
    for (const verdict::Finding& finding : results.info.findings)
      if (finding.kind == kind)
        found.push_back(&finding);
    if (found.empty())
      continue;
    text += "\n## " + std::string(heading(kind)) + ": " + std::to_string(found.size()) + "\n\n";
    for (std::size_t i = 0; i < std::min(found.size(), most_markdown_rows); ++i) {
      text += "- " + plain_markdown(found[i]->text) +
              (found[i]->test.empty() ? "" : " (" + code_markdown(found[i]->test) + ")") + "\n";
    }
    if (found.size() > most_markdown_rows)
      text += "- and " + std::to_string(found.size() - most_markdown_rows) + " more\n";
  }
}

}  // namespace

std::string to_markdown(const RunResults& results) {
  std::vector<const TestResult*> unexpected;
  std::vector<const TestResult*> known;
  std::vector<const TestResult*> permitted;
  for (const TestResult& test : results.tests) {
    if (is_unexpected(test))
      unexpected.push_back(&test);
    else if (!test.expected.empty())
      known.push_back(&test);
    else if (test.verdict == Verdict::inconclusive)
      permitted.push_back(&test);
  }
  std::string text = "# " + plain_markdown(headline(results)) + "\n\n";
  add_facts(text, results);
  add_counts(text, results);
  const auto what = [](const TestResult& test) { return plain_markdown(in_short(test)); };
  add_tests(text, "What did not pass", unexpected, "what did not fit", what);
  add_findings(text, results);
  add_tests(text, "Expected", known, "why",
            [](const TestResult& test) { return plain_markdown(why_expected(test)); });
  add_tests(text, "Permitted, though advised against", permitted, "what was seen", what);
  return text;
}

}  // namespace karpspec::report
