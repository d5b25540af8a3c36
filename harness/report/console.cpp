#include "report/console.h"

namespace karpspec::report {

std::string explain_result(const TestResult& test, const std::string& directory) {
  std::string text = std::string(to_string(test.verdict)) + "  " + test.test + "\n  " + test.title;
  if (!test.reason.empty())
    text += "\n  " + test.reason;
  if (test.fault != verdict::Fault::none)
    text += std::string("\n  fault: ") + to_string(test.fault);
  if (test.failure) {
    const verdict::Failure& failure = *test.failure;
    text += "\n  step " + std::to_string(failure.step) + "  " + failure.step_text;
    if (!failure.field.empty()) {
      text += "\n  field     " + failure.field;
      if (failure.octet)
        text += ", octet " + std::to_string(*failure.octet);
    }
    text += "\n  expected  " + failure.expected + "\n  got       " + failure.got;
    if (!failure.why.empty())
      text += "\n  why       " + failure.why;
    if (!failure.clause.empty())
      text += "\n  clause    " + failure.clause;
    text += "\n  written   " + failure.where;
  }
  for (const std::string& line : test.exchange)
    text += "\n    " + line;
  if (!test.capture.empty() && !directory.empty()) {
    text += "\n  capture   " + directory + "/" + test.capture;
  }
  if (!test.repeat.empty())
    text += "\n  again     " + test.repeat;
  return text + "\n";
}

std::string summary(const RunResults& results, const std::string& directory) {
  auto counts = count_verdicts(results.tests);
  std::string text = std::to_string(results.tests.size()) + " tests:";
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::inconclusive, Verdict::error,
                                Verdict::not_applicable}) {
    if (counts[verdict] > 0 || verdict == Verdict::pass || verdict == Verdict::fail) {
      text += " " + std::to_string(counts[verdict]) + " " + to_string(verdict);
    }
  }
  std::size_t covered = 0;
  std::size_t tested = 0;
  for (const RequirementVerdict& row : judge_requirements(results)) {
    if (row.tests.empty())
      continue;
    ++tested;
    covered += row.verdict == "pass" ? 1U : 0U;
  }
  text += "\n" + std::to_string(covered) + " of " + std::to_string(tested) +
          " tested requirements hold (" + std::to_string(results.requirements.size()) +
          " in the catalogue)";
  if (!directory.empty())
    text += "\nreport: " + directory + "/report.html";
  return text + "\n";
}

}  // namespace karpspec::report
