#include <map>
#include <set>

#include "report/clauses.h"
#include "report/decimal.h"
#include "report/escape.h"
#include "report/findings.h"
#include "report/run_results.h"

namespace karpspec::report {
namespace {

std::string seconds(Duration time) {
  return decimal(std::chrono::duration<double>(time).count(), 6);
}

std::string details(const TestResult& test, const RunResults& run) {
  std::string text = test.failure ? "" : test.reason;
  if (test.failure) {
    const verdict::Failure& failure = *test.failure;
    text += "step " + std::to_string(failure.step) + ": " + failure.step_text;
    if (!failure.field.empty())
      text += "\nfield " + failure.field;
    text += "\nexpected " + failure.expected + "\ngot " + failure.got;
    for (const std::string& clause : clauses(failure, run.requirements))
      text += "\n" + clause;
    text += "\nat " + failure.where;
  }
  if (!test.exchange.empty())
    text += "\nexchange";
  for (const std::string& line : test.exchange)
    text += "\n" + line;
  return text + "\nagain: " + test.repeat;
}

// Why a test is neither passed nor failed, or why it is failed though it passed; of most tests
// both are empty.
struct Otherwise {
  std::string skipped, failed;
};

Otherwise otherwise(const TestResult& test, const RunResults& run) {
  Otherwise out;
  // Where nobody looks at a report, what is listed and passes has to be seen all the same.
  for (const verdict::Finding& finding : run.info.findings) {
    if (finding.kind == verdict::Finding::Kind::expected && finding.test == test.test)
      out.failed = finding.text;
  }
  if (!out.failed.empty() || test.verdict == Verdict::pass)
    return out;
  if (!test.expected.empty())
    out.skipped =
        "expected: " + why_expected(test) + "; " + to_string(test.verdict) + ": " + in_short(test);
  else if (!counts_against(test))
    out.skipped = test.reason;
  return out;
}

// The entries of the expected results that are not so and are of no test that was played: they fail
// the run, and a reader of JUnit alone has to see why.
std::string expected_results(const RunResults& run) {
  std::set<std::string> played;
  for (const TestResult& test : run.tests)
    played.insert(test.test);
  std::set<std::string> texts;
  for (const verdict::Finding& finding : run.info.findings) {
    if (finding.kind == verdict::Finding::Kind::expected && !played.contains(finding.test))
      texts.insert(finding.text);
  }
  if (texts.empty())
    return {};
  const std::string count = std::to_string(texts.size());
  std::string xml = "  <testsuite name=\"expected results\" tests=\"" + count + "\" failures=\"" +
                    count + "\" errors=\"0\" skipped=\"0\" time=\"" + seconds(Duration{}) + "\">\n";
  for (const std::string& text : texts) {
    const std::string shown = escape_markup(text);
    xml += "    <testcase classname=\"expected results\" name=\"" + shown + "\" time=\"" +
           seconds(Duration{}) + "\">\n      <failure type=\"not as expected\" message=\"" + shown +
           "\">" + shown + "</failure>\n    </testcase>\n";
  }
  return xml + "  </testsuite>\n";
}

// What was found beside the verdicts, as the suite's output.
std::string found_beside(const RunResults& run) {
  std::string text;
  for (const verdict::Finding& finding : run.info.findings)
    text += std::string(heading(finding.kind)) + ": " + finding.text +
            (finding.test.empty() ? "" : " (" + finding.test + ")") + "\n";
  return text;
}

}  // namespace

std::string to_junit(const RunResults& results) {
  // One suite for each folder of tests, as the names have it.
  std::map<std::string, std::vector<const TestResult*>> folders;
  for (const TestResult& test : results.tests) {
    const auto slash = test.test.rfind('/');
    folders[slash == std::string::npos ? "" : test.test.substr(0, slash)].push_back(&test);
  }
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"karpspec\">\n";
  for (const auto& [folder, tests] : folders) {
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    Duration time{};
    std::string cases;
    for (const TestResult* test : tests) {
      time += test->lab_time;
      cases += "    <testcase classname=\"" + escape_markup(folder) + "\" name=\"" +
               escape_markup(test->test.substr(folder.empty() ? 0 : folder.size() + 1)) +
               "\" time=\"" + seconds(test->lab_time) + "\"";
      const auto [skipped_for, failed_for] = otherwise(*test, results);
      const bool against = counts_against(*test) && test->expected.empty();
      if (!failed_for.empty() && !(against && test->verdict == Verdict::error)) {
        ++failures;
        cases += ">\n      <failure type=\"not as expected\" message=\"" +
                 escape_markup(failed_for) + "\">" + escape_markup(details(*test, results)) +
                 "</failure>\n    </testcase>\n";
      } else if (against) {
        const bool error = test->verdict == Verdict::error;
        const std::string element = error ? "error" : "failure";
        ++(error ? errors : failures);
        cases += ">\n      <" + element + " type=\"" + to_string(test->verdict) + "\" message=\"" +
                 escape_markup(in_short(*test)) + "\">" + escape_markup(details(*test, results)) +
                 "</" + element + ">\n    </testcase>\n";
      } else if (test->verdict != Verdict::pass) {
        ++skipped;
        cases +=
            ">\n      <skipped message=\"" + escape_markup(skipped_for) + "\"/>\n    </testcase>\n";
      } else {
        cases += "/>\n";
      }
    }
    xml += "  <testsuite name=\"" + escape_markup(folder) + "\" tests=\"" +
           std::to_string(tests.size()) + "\" failures=\"" + std::to_string(failures) +
           "\" errors=\"" + std::to_string(errors) + "\" skipped=\"" + std::to_string(skipped) +
           "\" time=\"" + seconds(time) + "\">\n" + cases;
    // Once: a suite of its own without tests would be one that did not run.
    if (const std::string beside = folder == folders.begin()->first ? found_beside(results) : "";
        !beside.empty())
      xml += "    <system-out>" + escape_markup(beside) + "</system-out>\n";
    xml += "  </testsuite>\n";
  }
  return xml + expected_results(results) + "</testsuites>\n";
}

}  // namespace karpspec::report
