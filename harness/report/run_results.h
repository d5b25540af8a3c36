#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "verdict/requirement.h"
#include "verdict/result.h"

namespace karpspec::report {

using Json = nlohmann::ordered_json;
using verdict::TestResult;
using verdict::Verdict;

// Everything a report tells.
struct RunResults {
  verdict::RunInfo info;
  std::vector<TestResult> tests;  // in the suite's order
  std::vector<verdict::Requirement> requirements;
};

// What the tests say about one requirement.
struct RequirementVerdict {
  const verdict::Requirement* requirement = nullptr;
  std::vector<std::string> tests;
  std::string verdict;  // a verdict's name, "untested" or "not-observable"
};
// Whether a test has judged it: neither is it untested, nor did all of them not apply or end early.
[[nodiscard]] bool is_judged(const RequirementVerdict& row);
// In the requirements' order. The worst of its tests counts (fail, error, inconclusive, pass),
// where a test that fails at a step judging other requirements is inconclusive for this one; tests
// that do not apply count only when all are so. Cost grows with tests times requirements they name.
[[nodiscard]] std::vector<RequirementVerdict> judge_requirements(const RunResults& results);

// Whether a test that was not passed speaks against the device or the run. It does not when it is
// not applicable, nor when it is inconclusive because a document permits what was seen.
[[nodiscard]] bool counts_against(const TestResult& test);

[[nodiscard]] std::map<Verdict, std::size_t> count_verdicts(const std::vector<TestResult>& tests);
// Documents by name, and their sections as they stand there: 2.9 before 2.10.
[[nodiscard]] bool comes_before(const std::string& a, const std::string& b);
// How many tests judged the device, be it inconclusively.
[[nodiscard]] std::size_t judged_tests(const std::vector<TestResult>& tests);
// How many tests do not apply for which reason, the most frequent first.
[[nodiscard]] std::vector<std::pair<std::string, std::size_t>> why_not_applicable(
    const std::vector<TestResult>& tests);

// reports/schema/results.schema.json. Wall-clock stamps stand in `run.started` and
// `run.wall_seconds`, what a container took in `run.device_use`, and nowhere else, so that two runs
// of one seed are equal in all the rest.
[[nodiscard]] Json to_json(const RunResults& results);
[[nodiscard]] Json to_json(const TestResult& test);
[[nodiscard]] Json to_json(const verdict::RunInfo& info);
[[nodiscard]] Json to_json(const verdict::Requirement& requirement);
// Errors: bad_value, with the member that is wrong.
[[nodiscard]] Result<TestResult> test_from_json(const Json& json);
[[nodiscard]] Result<RunResults> results_from_json(const Json& json);
// The titles of the documents that REQUIREMENTS are of, by the documents' names.
[[nodiscard]] Json documents_json(const std::vector<verdict::Requirement>& requirements);
// These throw what the library throws.
[[nodiscard]] verdict::RunInfo info_from_json(const Json& json);
[[nodiscard]] verdict::Requirement requirement_from_json(const Json& json);
// Those of a file, which has the documents' titles beside them.
[[nodiscard]] std::vector<verdict::Requirement> requirements_from_json(const Json& json);

// One line, or indented by INDENT. Octets that are no UTF-8 become replacement characters.
[[nodiscard]] std::string json_text(const Json& json, int indent = -1);
// Files are written beside and then renamed, so that none is ever half there. Errors: io.
[[nodiscard]] Result<void> write_file(const std::string& path, const std::string& text);
// Errors: not_found, bad_value "FILE: ...".
[[nodiscard]] Result<Json> read_json(const std::string& path);
[[nodiscard]] Result<RunResults> read_results(const std::string& directory);

// One sentence without full stop that says how it went.
[[nodiscard]] std::string headline(const RunResults& results);
// reports/schema/junit.xsd. What is expected beforehand, what does not apply and what a document
// permits is skipped, with the reason; a pass where something else was expected is a failure, and
// so is, in a suite of its own, what is expected of no test that there is.
[[nodiscard]] std::string to_junit(const RunResults& results);
// One self-contained page, without outside assets. On paper nothing leads to files of evidence:
// they are named.
enum class Medium { screen, paper };
[[nodiscard]] std::string to_html(const RunResults& results, Medium medium = Medium::screen);
// A summary for the page of a CI run: how many tests ended how, what did not pass, what was
// expected, what was found beside. Of more than 60 tests the rest is counted.
[[nodiscard]] std::string to_markdown(const RunResults& results);
// SARIF 2.1.0 (reports/schema/sarif.schema.json, which is what of it is written): requirements are
// rules; what did not pass is a result, a suppressed one where it was expected.
[[nodiscard]] Json to_sarif(const RunResults& results);

}  // namespace karpspec::report
