#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "report/run_results.h"

namespace karpspec::report {

// The results of several runs side by side: of different devices, or of one device more than once.

struct ComparedRun {
  std::string letter;     // "A", by the order in which the runs were given
  std::string directory;  // as given
  std::string link;       // the same as reached from the report's own directory, or empty
  RunResults results;
};

// One test, with what each run says about it.
struct ComparedTest {
  std::string test;
  std::string title;
  std::string role;                        // of the device
  std::set<std::string> documents;         // those of its requirements
  std::vector<std::string> checks;         // requirement ids
  std::vector<const TestResult*> results;  // by run; nullptr: the run has no such test
  bool differs = false;                    // two runs judged it, and not with the same verdict
  bool lopsided = false;  // one run judged it, and it did not apply to another, or was not in it
  bool failing = false;   // it counts against a device
};

// A test whose verdict is another one in a later run.
struct ChangedTest {
  std::string test;
  std::string title;
  std::string before;  // verdict, and in which step, where that is what changed
  std::string after;
  std::string reason;  // what did not fit in the later run, in short, or empty
  bool known = false;  // the later verdict was expected
};
// What became of a device between two runs.
struct Change {
  std::size_t from = 0;  // index of the earlier run
  std::size_t to = 0;
  std::vector<ChangedTest> newly_failing;  // counts against the device, and did not before
  std::vector<ChangedTest> newly_passing;
  std::vector<ChangedTest> otherwise;  // any other change of the verdict, or of the failing step
  std::vector<std::string> added;      // tests that only the later run has
  std::vector<std::string> removed;    // tests that only the earlier run has
  // A test is newly failing, or passed and does not any more, be it that it is not even played;
  // and the expected-results file of the later run did not say so.
  bool worse = false;
};

// Its tests point into its runs, so it is moved and never copied.
struct Comparison {
  Comparison() = default;
  Comparison(Comparison&&) = default;
  Comparison& operator=(Comparison&&) = default;
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;
  ~Comparison() = default;

  std::vector<ComparedRun> runs;
  std::vector<ComparedTest> tests;                 // by name
  std::vector<verdict::Requirement> requirements;  // of all runs, by id
  // By run and requirement: a verdict's name, "untested", "not-observable".
  std::vector<std::map<std::string, std::string>> requirement_verdicts;
  std::vector<Change> changes;       // each run against the one before it of the same device
  std::vector<std::string> caveats;  // in what the runs are not alike, a sentence each
};

// Takes RUNS, whose letters are given here. Runs are of one device when they name the same one.
// Cost grows with the number of all tests. Errors: bad_value for fewer than two runs or more than
// 26, and for a run that has a test twice.
[[nodiscard]] Result<Comparison> compare(std::vector<ComparedRun> runs);

// How a result is called: its verdict's name, "not-in-run" for nullptr.
[[nodiscard]] std::string cell_name(const TestResult* result);
// "NAME passes 80 of the 90 tests that apply to it and fails 2. ...": a run in a few sentences.
[[nodiscard]] std::string in_words(const ComparedRun& run);
// How the comparison came out, in one line.
[[nodiscard]] std::string headline(const Comparison& comparison);

// reports/schema/comparison.schema.json.
[[nodiscard]] Json to_json(const Comparison& comparison);
// For the summary page of a CI system: GitHub's flavour of Markdown, without HTML.
[[nodiscard]] std::string to_markdown(const Comparison& comparison);
// One self-contained page, without outside assets.
[[nodiscard]] std::string to_html(const Comparison& comparison);

}  // namespace karpspec::report
