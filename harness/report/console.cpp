#include "report/console.h"

#include <algorithm>

namespace karpspec::report {
namespace {

// With these and the lines about the failure, an explanation fits a terminal of 40 lines.
constexpr std::size_t shown_exchange = 16;

void add_line(std::string& text, std::string_view label, std::string_view value) {
  if (value.empty())
    return;
  std::string padded(label);
  padded.resize(std::max<std::size_t>(padded.size(), 10), ' ');
  text += "  " + padded;
  text += value;
  text += "\n";
}

}  // namespace

std::string explain_result(const TestResult& test, const std::string& directory) {
  std::string text =
      std::string(to_string(test.verdict)) + "  " + test.test + "\n  " + test.title + "\n";
  add_line(text, "reason", test.reason);
  if (test.fault != verdict::Fault::none)
    add_line(text, "fault of", std::string("the ") + to_string(test.fault));
  if (test.failure) {
    const verdict::Failure& failure = *test.failure;
    add_line(text, "step", std::to_string(failure.step) + "  " + failure.step_text);
    if (!failure.field.empty()) {
      add_line(text, "field",
               failure.field +
                   (failure.octet ? ", octet " + std::to_string(*failure.octet) : std::string()));
    }
    add_line(text, "expected", failure.expected);
    add_line(text, "got", failure.got);
    add_line(text, "why", failure.why);
    add_line(text, "clause", failure.clause);
    add_line(text, "written", failure.where);
  }
  const std::size_t from =
      test.exchange.size() > shown_exchange ? test.exchange.size() - shown_exchange : 0;
  if (!test.exchange.empty())
    text += "  exchange (--> to the device, <-- from it)\n";
  if (from > 0)
    text += "    ... " + std::to_string(from) + " lines before these\n";
  for (std::size_t i = from; i < test.exchange.size(); ++i)
    text += "    " + test.exchange[i] + "\n";
  if (!directory.empty()) {
    if (!test.capture.empty())
      add_line(text, "capture", directory + "/" + test.capture);
    if (!test.keys.empty())
      add_line(text, "keys", directory + "/" + test.keys);
  }
  add_line(text, "again", test.repeat);
  return text;
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
  std::size_t held = 0;
  std::size_t tested = 0;
  for (const RequirementVerdict& row : judge_requirements(results)) {
    if (row.tests.empty())
      continue;
    ++tested;
    held += row.verdict == "pass" ? 1U : 0U;
  }
  text += "\n" + std::to_string(held) + " of " + std::to_string(tested) +
          " tested requirements hold (" + std::to_string(results.requirements.size()) +
          " in the catalogue)";
  if (!directory.empty())
    text += "\nreport: " + directory + "/report.html";
  return text + "\n";
}

}  // namespace karpspec::report
