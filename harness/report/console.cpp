#include "report/console.h"

#include <algorithm>
#include <map>

#include "report/clauses.h"

namespace karpspec::report {
namespace {

// With these and the lines about the failure, an explanation fits a terminal of 40 lines.
constexpr std::size_t shown_exchange = 16;
constexpr std::size_t shown_clauses = 6;
// Of a device that fails nearly everything nobody reads more on a terminal.
constexpr std::size_t shown_tests = 12;
constexpr std::size_t short_line = 160;
constexpr std::size_t shown_reasons = 6;
constexpr std::size_t shown_alike = 3;

void add_line(std::string& text, std::string_view label, std::string_view value) {
  if (value.empty())
    return;
  std::string padded(label);
  padded.resize(std::max<std::size_t>(padded.size(), 10), ' ');
  text += "  " + padded;
  text += value;
  text += "\n";
}

void add_failure(std::string& text, const verdict::Failure& failure, const RunResults& run) {
  add_line(text, "step", std::to_string(failure.step) + "  " + failure.step_text);
  if (!failure.field.empty()) {
    add_line(text, "field",
             failure.field + (failure.octet ? ", octet " + std::to_string(*failure.octet) : ""));
  }
  add_line(text, "expected", failure.expected);
  add_line(text, "got", failure.got);
  add_line(text, "why", failure.why);
  const std::vector<std::string> lines = clauses(failure, run.requirements);
  for (std::size_t i = 0; i < std::min(lines.size(), shown_clauses); ++i)
    add_line(text, i == 0 ? (lines.size() > 1 ? "clauses" : "clause") : "", lines[i]);
  if (lines.size() > shown_clauses)
    add_line(text, "", "and " + std::to_string(lines.size() - shown_clauses) + " more");
  add_line(text, "written", failure.where);
}

void add_exchange(std::string& text, const std::vector<std::string>& exchange) {
  if (exchange.empty())
    return;
  const std::size_t from = exchange.size() > shown_exchange ? exchange.size() - shown_exchange : 0;
  // Its lines are indented as they come.
  text += "  exchange\n";
  if (from > 0)
    text += "    ... " + std::to_string(from) + " lines before these\n";
  for (std::size_t i = from; i < exchange.size(); ++i)
    text += exchange[i] + "\n";
}

// The command that repeats TEST, with the program as it was called.
std::string again(const TestResult& test, const ConsolePlace& place) {
  constexpr std::string_view name = "karpspec ";
  if (!test.repeat.starts_with(name))
    return test.repeat;
  return place.program + " " + test.repeat.substr(name.size());
}

std::string cut_short(const std::string& text) {
  if (text.size() <= short_line)
    return text;
  std::size_t end = short_line;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80)
    --end;  // not within a character
  return text.substr(0, end) + "...";
}

}  // namespace

std::string explain_result(const TestResult& test, const RunResults& run,
                           const ConsolePlace& place) {
  std::string text =
      std::string(to_string(test.verdict)) + "  " + test.test + "\n  " + test.title + "\n";
  if (!test.failure)
    add_line(text, "reason", test.reason);
  if (test.fault != verdict::Fault::none)
    add_line(text, "cause", std::string("the ") + to_string(test.fault));
  if (test.failure)
    add_failure(text, *test.failure, run);
  for (const std::string& note : test.notes)
    add_line(text, "note", note);
  add_exchange(text, test.exchange);
  if (!place.directory.empty()) {
    for (const auto& [label, file] : {std::pair{"capture", &test.capture}, {"keys", &test.keys}}) {
      if (!file->empty())
        add_line(text, label, place.directory + "/" + *file);
    }
  }
  add_line(text, "again", again(test, place));
  return text;
}

std::string explain_results(const std::vector<const TestResult*>& all, const RunResults& run,
                            const ConsolePlace& place) {
  std::string text;
  // Of a device that has gone away each test says the same: the first few say it all.
  std::vector<const TestResult*> tests;
  std::map<std::string, std::vector<const TestResult*>> alike;
  for (const TestResult* test : all) {
    auto& before = alike[test->reason];
    const bool told = test->verdict == Verdict::error && before.size() >= shown_alike;
    if (test->verdict == Verdict::error)
      before.push_back(test);
    if (!told)
      tests.push_back(test);
  }
  // One more costs no more room than to say that there is one more.
  const std::size_t shown = tests.size() <= shown_tests + 1 ? tests.size() : shown_tests;
  for (std::size_t i = 0; i < shown; ++i)
    text += explain_result(*tests[i], run, place) + "\n";
  for (const auto& [reason, same] : alike) {
    if (same.size() > shown_alike)
      text += std::to_string(same.size() - shown_alike) + " more with the same error, from " +
              same[shown_alike]->test + " to " + same.back()->test + ": " + cut_short(reason) +
              "\n\n";
  }
  if (shown == tests.size())
    return text;
  text += std::to_string(tests.size() - shown) + " more did not pass; " +
          (place.directory.empty() ? "'again' explains one, as does the report of --out"
                                   : place.directory + "/report.html explains them") +
          "\n";
  for (std::size_t i = shown; i < tests.size(); ++i) {
    text += std::string("  ") + to_string(tests[i]->verdict) + "  " + tests[i]->test + "  " +
            cut_short(in_short(*tests[i])) + "\n";
  }
  text += "  again     " + again(*tests[shown], place) + "\n\n";
  return text;
}

std::string summary(const RunResults& results, const ConsolePlace& place) {
  auto counts = count_verdicts(results.tests);
  std::string text = std::to_string(results.tests.size()) + " tests:";
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::inconclusive, Verdict::error,
                                Verdict::not_applicable}) {
    if (counts[verdict] > 0 || verdict == Verdict::pass || verdict == Verdict::fail) {
      text += " " + std::to_string(counts[verdict]) + " " + to_string(verdict);
    }
  }
  std::size_t held = 0;
  std::size_t judged = 0;
  for (const RequirementVerdict& row : judge_requirements(results)) {
    held += row.verdict == to_string(Verdict::pass) ? 1U : 0U;
    judged += is_judged(row) ? 1U : 0U;
  }
  const auto reasons = why_not_applicable(results.tests);
  for (std::size_t i = 0; i < std::min(reasons.size(), shown_reasons); ++i)
    text += "\n  " + std::to_string(reasons[i].second) +
            (reasons[i].second == 1 ? " does" : " do") + " not apply: " + reasons[i].first;
  if (reasons.size() > shown_reasons)
    text += "\n  and " + std::to_string(reasons.size() - shown_reasons) + " more reasons";
  if (judged_tests(results.tests) == 0)
    text += "\nnothing was judged";
  text += "\n" + std::to_string(held) + " of " + std::to_string(judged) +
          " judged requirements hold; " + std::to_string(results.requirements.size() - judged) +
          " more in the catalogue were not judged here";
  if (!place.directory.empty())
    text += "\nreport: " + place.directory + "/report.html";
  return text + "\n";
}

}  // namespace karpspec::report
