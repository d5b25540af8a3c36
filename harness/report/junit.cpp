#include <map>

#include "report/clauses.h"
#include "report/decimal.h"
#include "report/escape.h"
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
    for (const TestResult* test : tests) {
      errors += test->verdict == Verdict::error ? 1U : 0U;
      failures += test->verdict != Verdict::error && counts_against(*test) ? 1U : 0U;
      skipped += test->verdict != Verdict::pass && !counts_against(*test) ? 1U : 0U;
      time += test->lab_time;
    }
    xml += "  <testsuite name=\"" + escape_markup(folder) + "\" tests=\"" +
           std::to_string(tests.size()) + "\" failures=\"" + std::to_string(failures) +
           "\" errors=\"" + std::to_string(errors) + "\" skipped=\"" + std::to_string(skipped) +
           "\" time=\"" + seconds(time) + "\">\n";
    for (const TestResult* test : tests) {
      xml += "    <testcase classname=\"" + escape_markup(folder) + "\" name=\"" +
             escape_markup(test->test.substr(folder.empty() ? 0 : folder.size() + 1)) +
             "\" time=\"" + seconds(test->lab_time) + "\"";
      const char* element = nullptr;
      if (counts_against(*test))
        element = test->verdict == Verdict::error ? "error" : "failure";
      if (test->verdict != Verdict::pass && element == nullptr) {
        xml += ">\n      <skipped message=\"" + escape_markup(test->reason) +
               "\"/>\n    </testcase>\n";
      } else if (element != nullptr) {
        xml += ">\n      <" + std::string(element) + " type=\"" + to_string(test->verdict) +
               "\" message=\"" + escape_markup(in_short(*test)) + "\">" +
               escape_markup(details(*test, results)) + "</" + element + ">\n    </testcase>\n";
      } else {
        xml += "/>\n";
      }
    }
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace karpspec::report
