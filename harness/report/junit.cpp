#include <map>

#include "report/run_results.h"

namespace karpspec::report {
namespace {

// XML 1.0 knows no control characters but tab and line ends; they become question marks.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string seconds(Duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", std::chrono::duration<double>(time).count());
  return text;
}

std::string details(const TestResult& test) {
  std::string text = test.reason;
  if (test.failure) {
    const verdict::Failure& failure = *test.failure;
    text += "\nstep " + std::to_string(failure.step) + ": " + failure.step_text;
    if (!failure.field.empty())
      text += "\nfield " + failure.field;
    text += "\nexpected " + failure.expected + "\ngot " + failure.got;
    if (!failure.clause.empty())
      text += "\n" + failure.clause;
    text += "\nat " + failure.where;
  }
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
      failures +=
          test->verdict == Verdict::fail || test->verdict == Verdict::inconclusive ? 1U : 0U;
      errors += test->verdict == Verdict::error ? 1U : 0U;
      skipped += test->verdict == Verdict::not_applicable ? 1U : 0U;
      time += test->lab_time;
    }
    xml += "  <testsuite name=\"" + escape(folder) + "\" tests=\"" + std::to_string(tests.size()) +
           "\" failures=\"" + std::to_string(failures) + "\" errors=\"" + std::to_string(errors) +
           "\" skipped=\"" + std::to_string(skipped) + "\" time=\"" + seconds(time) + "\">\n";
    for (const TestResult* test : tests) {
      xml += "    <testcase classname=\"" + escape(folder) + "\" name=\"" +
             escape(test->test.substr(folder.empty() ? 0 : folder.size() + 1)) + "\" time=\"" +
             seconds(test->lab_time) + "\"";
      const char* element = nullptr;
      if (test->verdict == Verdict::fail || test->verdict == Verdict::inconclusive)
        element = "failure";
      if (test->verdict == Verdict::error)
        element = "error";
      if (test->verdict == Verdict::not_applicable) {
        xml += ">\n      <skipped message=\"" + escape(test->reason) + "\"/>\n    </testcase>\n";
      } else if (element != nullptr) {
        xml += ">\n      <" + std::string(element) + " type=\"" + to_string(test->verdict) +
               "\" message=\"" + escape(test->reason) + "\">" + escape(details(*test)) + "</" +
               element + ">\n    </testcase>\n";
      } else {
        xml += "/>\n";
      }
    }
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace karpspec::report
