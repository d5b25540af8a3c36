#include <algorithm>
#include <map>

#include "report/clauses.h"
#include "report/escape.h"
#include "report/findings.h"
#include "report/run_results.h"

// SARIF 2.1.0 (OASIS standard), of which the sections are named here.
namespace karpspec::report {
namespace {

constexpr const char* schema_address =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

// 3.27.10: what breaks a MUST is an error.
const char* level_of(verdict::Level level) {
  switch (level) {
    case verdict::Level::must:
    case verdict::Level::implied:
      return "error";
    case verdict::Level::should:
      return "warning";
    case verdict::Level::may:
      return "note";
  }
  return "error";
}

// Where it is written: "suites/x.yaml:14:5", or the test's file where a step is not to blame.
Json location_of(const TestResult& test) {
  std::string file = test.test.ends_with(".yaml") ? test.test : "suites/" + test.test + ".yaml";
  Json region;
  if (test.failure && !test.failure->where.empty()) {
    const std::string& where = test.failure->where;
    const auto column = where.rfind(':');
    const auto line = column == std::string::npos ? column : where.rfind(':', column - 1);
    const auto number = [&where](std::size_t from, std::size_t size) -> std::size_t {
      const std::string digits = where.substr(from, size);
      const bool fits = !digits.empty() && digits.size() < 9 &&
                        digits.find_first_not_of("0123456789") == std::string::npos;
      return fits ? std::stoul(digits) : 0;
    };
    if (line != std::string::npos && line > 0) {
      const std::size_t first = number(line + 1, column - line - 1);
      const std::size_t second = number(column + 1, std::string::npos);
      if (first > 0 && second > 0) {
        file = where.substr(0, line);
        region = {{"startLine", first}, {"startColumn", second}};
      }
    }
  }
  Json physical = {{"artifactLocation", {{"uri", as_uri(file)}}}};
  if (!region.is_null())
    physical["region"] = region;
  return {
      {"physicalLocation", physical},
      {"logicalLocations", Json::array({{{"fullyQualifiedName", test.test}, {"kind", "test"}}})}};
}

Json rule_of(const verdict::Requirement& row) {
  const std::string where = verdict::clause(row);
  Json rule = {
      {"id", row.id},
      {"shortDescription", {{"text", row.statement}}},
      {"fullDescription",
       {{"text", std::string(to_string(row.level)) + ", " + where + ": " + row.statement}}},
      {"defaultConfiguration", {{"level", level_of(row.level)}}},
      {"properties",
       {{"document", row.document},
        {"section", row.section},
        {"level", to_string(row.level)},
        {"role", row.role},
        {"tags", {row.document, row.document + "-" + row.section, to_string(row.level)}}}}};
  if (!row.document_title.empty())
    rule["properties"]["documentTitle"] = row.document_title;
  if (!row.profile.empty())
    rule["properties"]["profile"] = row.profile;
  return rule;
}

std::string message_of(const TestResult& test, const std::string& requirement,
                       const std::vector<verdict::Requirement>& catalogue) {
  std::string text = test.title + ": " + in_short(test);
  const auto row =
      std::find_if(catalogue.begin(), catalogue.end(),
                   [&](const verdict::Requirement& each) { return each.id == requirement; });
  if (row != catalogue.end())
    text += ". Against " + verdict::clause(*row) + ": " + row->statement;
  return text + ". Again: " + test.repeat;
}

// RULES has each requirement's place among the rules.
Json result_of(const TestResult& test, const std::string& requirement, const RunResults& results,
               const std::map<std::string, std::size_t>& rules) {
  const bool failed = test.verdict == Verdict::fail;
  // 3.27.9: a fail is a failure; where a document permits what was seen, that is for information;
  // else nothing could be said.
  const char* kind = failed ? "fail" : counts_against(test) ? "open" : "informational";
  Json result = Json::object();
  const auto rule = rules.find(requirement);
  if (!requirement.empty())
    result["ruleId"] = requirement;
  if (rule != rules.end())
    result["ruleIndex"] = rule->second;
  result["kind"] = kind;
  // 3.27.10: what is no failure has no level.
  result["level"] = !failed               ? "none"
                    : rule == rules.end() ? "error"
                                          : level_of(results.requirements[rule->second].level);
  result["message"] = {{"text", message_of(test, requirement, results.requirements)}};
  result["locations"] = Json::array({location_of(test)});
  result["partialFingerprints"] = {{"karpspec/v1", test.test + " " + requirement}};
  if (!test.expected.empty()) {
    result["suppressions"] = Json::array(
        {{{"kind", "external"}, {"status", "accepted"}, {"justification", why_expected(test)}}});
  }
  Json& more = result["properties"];
  more = {{"test", test.test},
          {"verdict", to_string(test.verdict)},
          {"cause", to_string(test.fault)},
          {"requirements", test.checks},
          {"repeat", test.repeat}};
  if (test.failure) {
    more["field"] = test.failure->field;
    more["expected"] = test.failure->expected;
    more["got"] = test.failure->got;
  }
  if (!test.capture.empty())
    more["capture"] = test.capture;
  return result;
}

Json invocation_of(const RunResults& results) {
  // 3.20.14: whether the program came to its end, not whether it found anything.
  const bool judged = judged_tests(results.tests) > 0 || results.tests.empty();
  Json invocation = {{"executionSuccessful", judged}};
  if (!results.info.started.empty())
    invocation["startTimeUtc"] = results.info.started;
  Json notes = Json::array();
  for (const verdict::Finding& finding : results.info.findings) {
    notes.push_back({{"level", "warning"},
                     {"message",
                      {{"text", std::string(heading(finding.kind)) + ": " + finding.text +
                                    (finding.test.empty() ? "" : " (" + finding.test + ")")}}}});
  }
  if (!notes.empty())
    invocation["toolConfigurationNotifications"] = notes;
  return invocation;
}

Json about(const verdict::RunInfo& info) {
  Json json = {{"device", info.device}, {"seed", info.seed}, {"profile", info.profile_version}};
  for (const auto& [name, value] : {std::pair{"deviceVersion", &info.device_version},
                                    {"fault", &info.fault},
                                    {"dutFile", &info.dut_file},
                                    {"dutDigest", &info.dut_digest},
                                    {"suitesDigest", &info.suites_digest},
                                    {"selection", &info.selection}}) {
    if (!value->empty())
      json[name] = *value;
  }
  json["pics"] = info.pics;
  return json;
}

}  // namespace

Json to_sarif(const RunResults& results) {
  Json rules = Json::array();
  std::map<std::string, std::size_t> places;
  for (const verdict::Requirement& row : results.requirements) {
    places[row.id] = rules.size();
    rules.push_back(rule_of(row));
  }
  Json list = Json::array();
  for (const TestResult& test : results.tests) {
    if (test.verdict == Verdict::pass || test.verdict == Verdict::not_applicable)
      continue;
    // A failure is one against each requirement that its step judges; else there is one result a
    // test, under the first that it checks.
    std::vector<std::string> against;
    if (test.verdict == Verdict::fail && test.failure)
      against = test.failure->requirements;
    if (against.empty())
      against = {test.checks.empty() ? "" : test.checks.front()};
    for (const std::string& requirement : against)
      list.push_back(result_of(test, requirement, results, places));
  }
  const verdict::RunInfo& info = results.info;
  Json run = {
      {"tool",
       {{"driver", {{"name", "karpspec"}, {"version", info.tool_version}, {"rules", rules}}}}},
      {"automationDetails", {{"id", "karpspec/" + info.device + "/"}}},
      {"invocations", Json::array({invocation_of(results)})},
      {"results", list},
      {"properties", about(info)}};
  return {{"$schema", schema_address}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
}

}  // namespace karpspec::report
