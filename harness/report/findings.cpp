#include "report/findings.h"

#include <algorithm>

namespace karpspec::report {
namespace {

using verdict::Finding;

// The claims of PICS that TEST, which was played, rests on when it asks for a control method.
std::vector<std::string> claims_behind(const TestResult& test,
                                       const std::vector<std::string>& pics) {
  std::vector<std::string> items;
  // What any device with control can be told is claimed by that alone.
  if (test.unsupported != "configure" && test.unsupported != "reset") {
    for (const std::string& item : test.needs) {
      if (!item.starts_with('!') && item != "control")
        items.push_back(item);
    }
  }
  if (items.empty() && std::find(pics.begin(), pics.end(), "control") != pics.end())
    items.emplace_back("control");
  return items;
}

}  // namespace

std::vector<Finding> broken_claims(const RunResults& results) {
  struct Broken {
    std::string text;
    std::string first;
    std::size_t tests = 0;
  };
  std::vector<Broken> all;
  for (const TestResult& test : results.tests) {
    if (test.unsupported.empty())
      continue;
    const std::vector<std::string> items = claims_behind(test, results.info.pics);
    if (items.empty())
      continue;
    std::string text = "the PICS claims ";
    for (const std::string& item : items)
      text += (item == items.front() ? "'" : ", '") + item + "'";
    text += ", and the device answers 'unsupported' to '" + test.unsupported + "'";
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&text](const Broken& each) { return each.text == text; });
    if (found == all.end())
      all.push_back({text, test.test, 1});
    else
      ++found->tests;
  }
  std::vector<Finding> findings;
  for (const Broken& each : all) {
    findings.push_back(
        {Finding::Kind::claimed, each.first,
         each.text + (each.tests == 1 ? "" : " (" + std::to_string(each.tests) + " tests)")});
  }
  return findings;
}

bool is_unexpected(const TestResult& test) {
  return counts_against(test) && test.expected.empty();
}

std::string headline(const RunResults& results) {
  const auto bad = static_cast<std::size_t>(
      std::count_if(results.tests.begin(), results.tests.end(), is_unexpected));
  const auto known = static_cast<std::size_t>(std::count_if(
      results.tests.begin(), results.tests.end(),
      [](const TestResult& test) { return counts_against(test) && !test.expected.empty(); }));
  const std::string and_known =
      known == 0 ? "" : ", and " + std::to_string(known) + " more as expected";
  if (bad > 0) {
    return std::to_string(bad) + " of " + std::to_string(results.tests.size()) +
           " tests did not pass" + and_known;
  }
  if (judged_tests(results.tests) == 0)
    return "Nothing was judged";
  const bool otherwise =
      std::any_of(results.info.findings.begin(), results.info.findings.end(),
                  [](const Finding& finding) { return finding.kind == Finding::Kind::expected; });
  if (otherwise)
    return "The results are not those that were expected";
  return known > 0 ? "Nothing is otherwise than expected: " + std::to_string(known) + " of " +
                         std::to_string(results.tests.size()) + " tests are known not to pass"
                   : "The device conforms to what was tested";
}

std::string why_expected(const TestResult& test) {
  if (test.expected.empty() || test.expected_until.empty())
    return test.expected;
  return test.expected + " (until " + test.expected_until + ")";
}

const char* heading(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::expected:
      return "Not as expected";
    case Finding::Kind::claimed:
      return "Claimed, and not supported";
    case Finding::Kind::unclaimed:
      return "Not claimed, and done";
    case Finding::Kind::describe:
      return "The device's own PICS is another";
  }
  return "";
}

}  // namespace karpspec::report
