#include <algorithm>

#include "report/clauses.h"
#include "report/comparison.h"

namespace karpspec::report {
namespace {

// A summary page of a CI system is looked at, not searched: the report has the rest.
constexpr std::size_t most_rows = 60;
constexpr std::size_t most_text = 300;

// TEXT as plain words in a cell of a table: one line, nothing in it is markup.
std::string plain(std::string_view text, std::size_t most = most_text) {
  std::string out;
  for (const char c : text.substr(0, most)) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (std::string_view("\\`*_{}[]<>|~#&").find(c) != std::string_view::npos)
      out += '\\';
    out += c;
  }
  if (text.size() > most) {
    // Not within a character.
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80)
      out.pop_back();
    if (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80U) != 0)
      out.pop_back();
    out += "...";
  }
  return out;
}

// A test's name, which has nothing in it that ends code or a cell, unless somebody made it up.
std::string name(const std::string& test) {
  return test.find_first_of("`|\n") == std::string::npos ? "`" + test + "`" : plain(test);
}

std::string cell(const TestResult* result) {
  if (result == nullptr)
    return "not in this run";
  std::string text = to_string(result->verdict);
  if (counts_against(*result))
    text = "**" + text + "**";
  return text + (result->expected.empty() ? "" : ", known");
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& each : cells)
    text += " " + each + " |";
  return text + "\n";
}

std::string head(const std::vector<std::string>& cells) {
  return row(cells) + row(std::vector<std::string>(cells.size(), "---"));
}

void add_runs(std::string& text, const Comparison& comparison) {
  text += head({"run", "device", "pass", "fail", "inconclusive", "error", "does not apply",
                "of these known", "seed"});
  for (const ComparedRun& run : comparison.runs) {
    auto counts = count_verdicts(run.results.tests);
    const auto known = std::count_if(run.results.tests.begin(), run.results.tests.end(),
                                     [](const TestResult& test) { return !test.expected.empty(); });
    const verdict::RunInfo& info = run.results.info;
    text +=
        row({run.letter,
             plain(info.device + (info.device_version.empty() ? "" : " " + info.device_version) +
                   (info.fault.empty() ? "" : ", fault " + info.fault)) +
                 " (" + name(run.directory) + ")",
             std::to_string(counts[Verdict::pass]), std::to_string(counts[Verdict::fail]),
             std::to_string(counts[Verdict::inconclusive]), std::to_string(counts[Verdict::error]),
             std::to_string(counts[Verdict::not_applicable]), std::to_string(known),
             std::to_string(info.seed)});
  }
  text += "\n";
  for (const ComparedRun& run : comparison.runs)
    text += "- " + run.letter + ": " + plain(in_words(run), std::string::npos) + "\n";
}

void add_changed(std::string& text, const char* title, const std::vector<ChangedTest>& tests) {
  if (tests.empty())
    return;
  text += "\n" + std::string(title) + ": " + std::to_string(tests.size()) + "\n\n";
  for (std::size_t i = 0; i < std::min(tests.size(), most_rows); ++i) {
    const ChangedTest& test = tests[i];
    text += "- " + plain(test.title) + " (" + name(test.test) + "): " + plain(test.before) + " → " +
            plain(test.after) + (test.known ? ", known" : "") +
            (test.reason.empty() ? "" : ": " + plain(test.reason)) + "\n";
  }
  if (tests.size() > most_rows)
    text += "- and " + std::to_string(tests.size() - most_rows) + " more\n";
}

void add_changes(std::string& text, const Comparison& comparison) {
  for (const Change& change : comparison.changes) {
    const ComparedRun& to = comparison.runs[change.to];
    text += "\n## " + plain(to.results.info.device) + ": from " +
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
    titles.push_back(run.letter + " " + plain(run.results.info.device));
  titles.emplace_back("what did not fit");
  text += "\n" + head(titles);
  for (std::size_t i = 0; i < std::min(shown.size(), most_rows); ++i) {
    const ComparedTest& test = *shown[i];
    std::vector<std::string> cells = {plain(test.title) + " (" + name(test.test) + ")"};
    std::string reasons;
    for (std::size_t run = 0; run < test.results.size(); ++run) {
      const TestResult* result = test.results[run];
      cells.push_back(cell(result));
      if (result == nullptr || (!counts_against(*result) && result->expected.empty()))
        continue;
      // What was known beforehand was written for people; what was seen is in the report.
      reasons += (reasons.empty() ? "" : "; ") + comparison.runs[run].letter + ": " +
                 plain(result->expected.empty() ? in_short(*result) : result->expected);
    }
    cells.push_back(reasons);
    text += row(cells);
  }
  if (shown.size() > most_rows)
    text += "\nand " + std::to_string(shown.size() - most_rows) + " more, in the report\n";
}

}  // namespace

std::string to_markdown(const Comparison& comparison) {
  std::string text = "# " + headline(comparison) + "\n\n";
  add_runs(text, comparison);
  if (!comparison.caveats.empty()) {
    text += "\nTo keep in mind:\n\n";
    for (const std::string& caveat : comparison.caveats)
      text += "- " + plain(caveat, std::string::npos) + "\n";
  }
  add_changes(text, comparison);
  add_tests(text, comparison);
  return text;
}

}  // namespace karpspec::report
