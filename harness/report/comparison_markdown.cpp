#include <algorithm>

#include "report/clauses.h"
#include "report/comparison.h"
#include "report/markdown.h"

namespace karpspec::report {
namespace {

std::string cell(const TestResult* result) {
  if (result == nullptr)
    return "not in this run";
  std::string text = to_string(result->verdict);
  if (counts_against(*result))
    text = "**" + text + "**";
  return text + (result->expected.empty() ? "" : ", known");
}

void add_runs(std::string& text, const Comparison& comparison) {
  text += markdown_head({"run", "device", "pass", "fail", "inconclusive", "error", "does not apply",
                         "of these known", "seed"});
  for (const ComparedRun& run : comparison.runs) {
    auto counts = count_verdicts(run.results.tests);
    const auto known = std::count_if(run.results.tests.begin(), run.results.tests.end(),
                                     [](const TestResult& test) { return !test.expected.empty(); });
    const verdict::RunInfo& info = run.results.info;
    text += markdown_row(
        {run.letter,
         plain_markdown(info.device +
                        (info.device_version.empty() ? "" : " " + info.device_version) +
                        (info.fault.empty() ? "" : ", fault " + info.fault)) +
             " (" + code_markdown(run.directory) + ")",
         std::to_string(counts[Verdict::pass]), std::to_string(counts[Verdict::fail]),
         std::to_string(counts[Verdict::inconclusive]), std::to_string(counts[Verdict::error]),
         std::to_string(counts[Verdict::not_applicable]), std::to_string(known),
         std::to_string(info.seed)});
  }
  text += "\n";
  for (const ComparedRun& run : comparison.runs)
    text += "- " + run.letter + ": " + plain_markdown(in_words(run), std::string::npos) + "\n";
}

void add_changed(std::string& text, const char* title, const std::vector<ChangedTest>& tests) {
  if (tests.empty())
    return;
  text += "\n" + std::string(title) + ": " + std::to_string(tests.size()) + "\n\n";
  for (std::size_t i = 0; i < std::min(tests.size(), most_markdown_rows); ++i) {
    const ChangedTest& test = tests[i];
    text += "- " + plain_markdown(test.title) + " (" + code_markdown(test.test) +
            "): " + plain_markdown(test.before) + " → " + plain_markdown(test.after) +
            (test.known ? ", known" : "") +
            (test.reason.empty() ? "" : ": " + plain_markdown(test.reason)) + "\n";
  }
  if (tests.size() > most_markdown_rows)
    text += "- and " + std::to_string(tests.size() - most_markdown_rows) + " more\n";
}

void add_changes(std::string& text, const Comparison& comparison) {
  for (const Change& change : comparison.changes) {
    const ComparedRun& to = comparison.runs[change.to];
    text += "\n## " + plain_markdown(to.results.info.device) + ": from " +
            comparison.runs[change.from].letter + " to " + to.letter + "\n\n" +
            (change.worse ? "The later run is worse." : "The later run is not worse.") + "\n";
    add_changed(text, "Newly failing", change.newly_failing);
    add_changed(text, "Newly passing", change.newly_passing);
    add_changed(text, "Changed otherwise", change.otherwise);
    if (!change.added.empty() || !change.removed.empty()) {
      text += "\nTests added: " + std::to_string(change.added.size()) +
              "; tests removed: " + std::to_string(change.removed.size()) + "\n";
    }
  }
}

// The tests that differ, or count against somebody.
void add_tests(std::string& text, const Comparison& comparison) {
  std::vector<const ComparedTest*> shown;
  for (const ComparedTest& test : comparison.tests) {
    if (test.differs || test.failing)
      shown.push_back(&test);
  }
  text += "\n## Where verdicts differ, or a device does not pass: " + std::to_string(shown.size()) +
          " of " + std::to_string(comparison.tests.size()) + " tests\n";
  if (shown.empty())
    return;
  std::vector<std::string> titles = {"test"};
  for (const ComparedRun& run : comparison.runs)
    titles.push_back(run.letter + " " + plain_markdown(run.results.info.device));
  titles.emplace_back("what did not fit");
  text += "\n" + markdown_head(titles);
  for (std::size_t i = 0; i < std::min(shown.size(), most_markdown_rows); ++i) {
    const ComparedTest& test = *shown[i];
    std::vector<std::string> cells = {plain_markdown(test.title) + " (" + code_markdown(test.test) +
                                      ")"};
    std::string reasons;
    for (std::size_t run = 0; run < test.results.size(); ++run) {
      const TestResult* result = test.results[run];
      cells.push_back(cell(result));
      if (result == nullptr || (!counts_against(*result) && result->expected.empty()))
        continue;
      // What was known beforehand was written for people; what was seen is in the report.
      reasons += (reasons.empty() ? "" : "; ") + comparison.runs[run].letter + ": " +
                 plain_markdown(result->expected.empty() ? in_short(*result) : result->expected);
    }
    cells.push_back(reasons);
    text += markdown_row(cells);
  }
  if (shown.size() > most_markdown_rows)
    text += "\nand " + std::to_string(shown.size() - most_markdown_rows) + " more, in the report\n";
}

}  // namespace

std::string to_markdown(const Comparison& comparison) {
  std::string text = "# " + headline(comparison) + "\n\n";
  add_runs(text, comparison);
  if (!comparison.caveats.empty()) {
    text += "\nTo keep in mind:\n\n";
    for (const std::string& caveat : comparison.caveats)
      text += "- " + plain_markdown(caveat, std::string::npos) + "\n";
  }
  add_changes(text, comparison);
  add_tests(text, comparison);
  return text;
}

}  // namespace karpspec::report
