#include "report/device_use.h"
#include "report/json_members.h"

namespace karpspec::report {
namespace {

constexpr const char* results_format = "karpspec-results-1";

constexpr Verdict all_verdicts[] = {Verdict::pass, Verdict::fail, Verdict::inconclusive,
                                    Verdict::not_applicable, Verdict::error};
constexpr verdict::Fault all_faults[] = {verdict::Fault::none, verdict::Fault::device,
                                         verdict::Fault::laboratory, verdict::Fault::test,
                                         verdict::Fault::document};
constexpr verdict::Finding::Kind all_kinds[] = {
    verdict::Finding::Kind::describe, verdict::Finding::Kind::claimed,
    verdict::Finding::Kind::unclaimed, verdict::Finding::Kind::expected};
constexpr verdict::Level all_levels[] = {verdict::Level::must, verdict::Level::should,
                                         verdict::Level::may, verdict::Level::implied};

// The one of ALL that the member NAME of JSON names.
template <class T, std::size_t N>
T choice_in(const Json& json, const char* name, const T (&all)[N],
            const std::optional<std::string>& otherwise = std::nullopt) {
  const auto word = member<std::string>(json, name, otherwise);
  std::string known;
  for (const T value : all) {
    if (word == to_string(value))
      return value;
    known += (known.empty() ? "" : ", ") + std::string(to_string(value));
  }
  misread(std::string(name) + ": '" + word + "' is none of " + known);
}

Json to_json(const verdict::Failure& failure) {
  Json json = {{"step", failure.step},    {"step_text", failure.step_text},
               {"where", failure.where},  {"why", failure.why},
               {"field", failure.field},  {"expected", failure.expected},
               {"got", failure.got},      {"requirements", failure.requirements},
               {"clause", failure.clause}};
  if (failure.octet)
    json["octet"] = *failure.octet;
  return json;
}

verdict::Failure failure_from(const Json& json) {
  verdict::Failure failure;
  failure.step = member<std::size_t>(json, "step", 0);
  failure.step_text = text_in(json, "step_text");
  failure.where = text_in(json, "where");
  failure.why = text_in(json, "why");
  failure.field = text_in(json, "field");
  failure.expected = text_in(json, "expected");
  failure.got = text_in(json, "got");
  failure.requirements = texts_in(json, "requirements");
  failure.clause = text_in(json, "clause");
  if (json.contains("octet"))
    failure.octet = member<std::size_t>(json, "octet", std::nullopt);
  return failure;
}

Json to_json(const verdict::Finding& finding) {
  Json json = {{"kind", to_string(finding.kind)}, {"text", finding.text}};
  if (!finding.test.empty())
    json["test"] = finding.test;
  return json;
}

std::vector<verdict::Finding> findings_from(const Json& json) {
  std::vector<verdict::Finding> findings;
  if (!json.contains("findings"))
    return findings;
  for (const Json& item : list_in(json, "findings"))
    findings.push_back(
        {choice_in(item, "kind", all_kinds), text_in(item, "test"), text_in(item, "text")});
  return findings;
}

}  // namespace

void misread(const std::string& what) {
  throw Json::other_error::create(500, what, nullptr);
}

std::string plain_words(const Json::exception& error) {
  const std::string what = error.what();
  const auto head = what.find("] ");
  return what.starts_with("[json.exception.") && head != std::string::npos ? what.substr(head + 2)
                                                                           : what;
}

const Json& list_in(const Json& json, const std::string& name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  if (!json.is_object() || found == json.end() || !found->is_array())
    misread(name + ": a list is wanted");
  return *found;
}

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const verdict::Requirement& requirement) {
  Json json = {{"id", requirement.id},           {"document", requirement.document},
               {"section", requirement.section}, {"level", to_string(requirement.level)},
               {"role", requirement.role},       {"statement", requirement.statement},
               {"tested", requirement.tested}};
  if (!requirement.why.empty())
    json["why"] = requirement.why;
  if (!requirement.profile.empty())
    json["profile"] = requirement.profile;
  return json;
}

verdict::Requirement requirement_from_json(const Json& json) {
  verdict::Requirement requirement;
  requirement.id = text_in(json, "id");
  requirement.document = text_in(json, "document");
  requirement.section = text_in(json, "section");
  requirement.level = choice_in(json, "level", all_levels);
  requirement.role = text_in(json, "role");
  requirement.statement = text_in(json, "statement");
  requirement.tested = text_in(json, "tested");
  requirement.why = text_in(json, "why");
  requirement.profile = text_in(json, "profile");
  return requirement;
}

Json documents_json(const std::vector<verdict::Requirement>& requirements) {
  Json documents = Json::object();
  for (const verdict::Requirement& row : requirements) {
    if (!row.document_title.empty())
      documents[row.document] = row.document_title;
  }
  return documents;
}

std::vector<verdict::Requirement> requirements_from_json(const Json& json) {
  const Json documents = json.value("documents", Json::object());
  std::vector<verdict::Requirement> rows;
  for (const Json& item : list_in(json, "requirements")) {
    try {
      verdict::Requirement row = requirement_from_json(item);
      row.document_title = text_in(documents, row.document);
      rows.push_back(std::move(row));
    } catch (const Json::exception& error) {
      misread("requirements[" + std::to_string(rows.size() + 1) + "]." + plain_words(error));
    }
  }
  return rows;
}

Json to_json(const verdict::RunInfo& info) {
  Json json = {{"tool_version", info.tool_version},
               {"profile_version", info.profile_version},
               {"device", info.device}};
  if (!info.device_version.empty())
    json["device_version"] = info.device_version;
  json["seed"] = info.seed;
  json["fault"] = info.fault;
  json["started"] = info.started;
  json["wall_seconds"] = info.wall_seconds;
  if (info.device_use)
    json["device_use"] = to_json(*info.device_use);
  for (const auto& [name, value] : {std::pair{"dut_file", &info.dut_file},
                                    {"dut_digest", &info.dut_digest},
                                    {"suites_digest", &info.suites_digest},
                                    {"selection", &info.selection}}) {
    if (!value->empty())
      json[name] = *value;
  }
  if (!info.pics.empty())
    json["pics"] = info.pics;
  if (!info.overrides.empty())
    json["overrides"] = info.overrides;
  for (const verdict::Finding& finding : info.findings)
    json["findings"].push_back(to_json(finding));
  return json;
}

verdict::RunInfo info_from_json(const Json& json) {
  verdict::RunInfo info;
  info.tool_version = text_in(json, "tool_version");
  info.profile_version = text_in(json, "profile_version");
  info.device = text_in(json, "device");
  info.device_version = text_in(json, "device_version");
  info.seed = member<std::uint64_t>(json, "seed", 0);
  info.fault = text_in(json, "fault");
  info.started = text_in(json, "started");
  info.wall_seconds = member<double>(json, "wall_seconds", 0.0);
  info.device_use = device_use_in(json);
  info.dut_file = text_in(json, "dut_file");
  info.dut_digest = text_in(json, "dut_digest");
  info.suites_digest = text_in(json, "suites_digest");
  info.selection = text_in(json, "selection");
  info.pics = texts_in(json, "pics");
  info.overrides = texts_in(json, "overrides");
  info.findings = findings_from(json);
  return info;
}

Json to_json(const TestResult& test) {
  Json json = {{"test", test.test},
               {"title", test.title},
               {"role", test.role},
               {"marks", test.marks},
               {"checks", test.checks},
               {"verdict", to_string(test.verdict)},
               {"fault", to_string(test.fault)},
               {"reason", test.reason},
               {"notes", test.notes},
               {"exchange", test.exchange},
               {"lab_microseconds", test.lab_time.count()},
               {"repeat", test.repeat}};
  if (!test.needs.empty())
    json["needs"] = test.needs;
  for (const auto& [name, value] : {std::pair{"expected", &test.expected},
                                    {"expected_until", &test.expected_until},
                                    {"unsupported", &test.unsupported}}) {
    if (!value->empty())
      json[name] = *value;
  }
  if (test.failure)
    json["failure"] = to_json(*test.failure);
  if (!test.capture.empty())
    json["capture"] = test.capture;
  if (!test.keys.empty())
    json["keys"] = test.keys;
  if (!test.transcript.empty())
    json["transcript"] = test.transcript;
  return json;
}

Json to_json(const RunResults& results) {
  Json summary = Json::object();
  auto counts = count_verdicts(results.tests);
  for (const Verdict verdict : all_verdicts)
    summary[to_string(verdict)] = counts[verdict];
  Json tests = Json::array();
  for (const TestResult& test : results.tests)
    tests.push_back(to_json(test));
  Json requirements = Json::array();
  for (const RequirementVerdict& row : judge_requirements(results)) {
    Json json = to_json(*row.requirement);
    json["verdict"] = row.verdict;
    json["tests"] = row.tests;
    requirements.push_back(std::move(json));
  }
  return {{"format", results_format},
          {"run", to_json(results.info)},
          {"summary", std::move(summary)},
          {"documents", documents_json(results.requirements)},
          {"requirements", std::move(requirements)},
          {"tests", std::move(tests)}};
}

// Evidence is a file of the run, or, where `report --out` has written JSON of the results, of a run
// beside it: then the path begins with the way there. A page makes links of it, which lead nowhere
// else.
std::string evidence_in(const Json& json, const char* name) {
  std::string path = text_in(json, name);
  std::string_view rest = path;
  while (rest.starts_with("../"))
    rest.remove_prefix(3);
  bool good =
      !rest.starts_with('/') && rest.substr(0, rest.find('/')).find(':') == std::string_view::npos;
  for (std::size_t at = 0; good && at < rest.size();) {
    const std::string_view part = rest.substr(at, rest.find('/', at) - at);
    good = part != "..";
    at += part.size() + 1;
  }
  if (!good)
    misread(std::string(name) + ": '" + path + "' is no file of a run");
  return path;
}

// The library's accessors throw on a value of another type; such a file is refused as a whole.
Result<TestResult> test_from_json(const Json& json) {
  try {
    TestResult test;
    test.test = member<std::string>(json, "test", std::nullopt);
    test.title = text_in(json, "title");
    test.role = text_in(json, "role");
    test.marks = texts_in(json, "marks");
    test.checks = texts_in(json, "checks");
    test.verdict = choice_in(json, "verdict", all_verdicts);
    test.fault = choice_in(json, "fault", all_faults, "none");
    test.reason = text_in(json, "reason");
    test.needs = texts_in(json, "needs");
    test.expected = text_in(json, "expected");
    test.expected_until = text_in(json, "expected_until");
    test.unsupported = text_in(json, "unsupported");
    test.notes = texts_in(json, "notes");
    test.exchange = texts_in(json, "exchange");
    test.lab_time = Duration{member<Duration::rep>(json, "lab_microseconds", 0)};
    test.repeat = text_in(json, "repeat");
    test.capture = evidence_in(json, "capture");
    test.keys = evidence_in(json, "keys");
    test.transcript = evidence_in(json, "transcript");
    if (json.contains("failure"))
      test.failure = failure_from(json["failure"]);
    return test;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, plain_words(error));
  }
}

Result<RunResults> results_from_json(const Json& json) {
  try {
    if (text_in(json, "format") != results_format) {
      return fail(ErrorCode::bad_value, std::string("not in the format ") + results_format);
    }
    RunResults results;
    results.info = info_from_json(json.value("run", Json()));
    if (results.info.device.empty())
      return fail(ErrorCode::bad_value, "not a results file: it does not name the device");
    results.requirements = requirements_from_json(json);
    for (const Json& item : list_in(json, "tests")) {
      auto test = test_from_json(item);
      if (!test)
        misread("tests[" + std::to_string(results.tests.size() + 1) + "]." + test.error().message);
      results.tests.push_back(*std::move(test));
    }
    return results;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, "not a results file: " + plain_words(error));
  }
}

}  // namespace karpspec::report
