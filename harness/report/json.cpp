#include "report/run_results.h"

namespace karpspec::report {
namespace {

constexpr const char* format_name = "karpspec-results-1";

constexpr Verdict all_verdicts[] = {Verdict::pass, Verdict::fail, Verdict::inconclusive,
                                    Verdict::not_applicable, Verdict::error};
constexpr verdict::Fault all_faults[] = {verdict::Fault::none, verdict::Fault::device,
                                         verdict::Fault::laboratory, verdict::Fault::test,
                                         verdict::Fault::document};
constexpr verdict::Level all_levels[] = {verdict::Level::must, verdict::Level::should,
                                         verdict::Level::may, verdict::Level::implied};

// These throw as the library's accessors do; the readers below turn that into an error.
template <class T, std::size_t N>
T from_name(const T (&all)[N], const std::string& name) {
  for (const T value : all) {
    if (name == to_string(value))
      return value;
  }
  throw Json::other_error::create(500, "unknown name '" + name + "'", nullptr);
}

// The member NAME of JSON, which is a list.
const Json& list_in(const Json& json, const char* name) {
  const Json& list = json.at(name);
  if (!list.is_array())
    throw Json::other_error::create(501, std::string("'") + name + "' is no list", nullptr);
  return list;
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
  failure.step = json.value("step", std::size_t{0});
  failure.step_text = json.value("step_text", "");
  failure.where = json.value("where", "");
  failure.why = json.value("why", "");
  failure.field = json.value("field", "");
  failure.expected = json.value("expected", "");
  failure.got = json.value("got", "");
  failure.requirements = json.value("requirements", std::vector<std::string>());
  failure.clause = json.value("clause", "");
  if (json.contains("octet"))
    failure.octet = json["octet"].get<std::size_t>();
  return failure;
}

}  // namespace

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
  requirement.id = json.value("id", "");
  requirement.document = json.value("document", "");
  requirement.section = json.value("section", "");
  requirement.level = from_name(all_levels, json.at("level").get<std::string>());
  requirement.role = json.value("role", "");
  requirement.statement = json.value("statement", "");
  requirement.tested = json.value("tested", "");
  requirement.why = json.value("why", "");
  requirement.profile = json.value("profile", "");
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
    verdict::Requirement row = requirement_from_json(item);
    row.document_title = documents.value(row.document, "");
    rows.push_back(std::move(row));
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
  for (const auto& [name, value] : {std::pair{"dut_file", &info.dut_file},
                                    {"dut_digest", &info.dut_digest},
                                    {"selection", &info.selection}}) {
    if (!value->empty())
      json[name] = *value;
  }
  if (!info.pics.empty())
    json["pics"] = info.pics;
  if (!info.findings.empty())
    json["findings"] = info.findings;
  return json;
}

verdict::RunInfo info_from_json(const Json& json) {
  verdict::RunInfo info;
  info.tool_version = json.value("tool_version", "");
  info.profile_version = json.value("profile_version", "");
  info.device = json.value("device", "");
  info.device_version = json.value("device_version", "");
  info.seed = json.value("seed", std::uint64_t{0});
  info.fault = json.value("fault", "");
  info.started = json.value("started", "");
  info.wall_seconds = json.value("wall_seconds", 0.0);
  info.dut_file = json.value("dut_file", "");
  info.dut_digest = json.value("dut_digest", "");
  info.selection = json.value("selection", "");
  info.pics = json.value("pics", std::vector<std::string>());
  info.findings = json.value("findings", std::vector<std::string>());
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
  if (!test.expected.empty())
    json["expected"] = test.expected;
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
  return {{"format", format_name},
          {"run", to_json(results.info)},
          {"summary", std::move(summary)},
          {"documents", documents_json(results.requirements)},
          {"requirements", std::move(requirements)},
          {"tests", std::move(tests)}};
}

// The library's accessors throw on a value of another type; such a file is refused as a whole.
Result<TestResult> test_from_json(const Json& json) {
  try {
    TestResult test;
    test.test = json.at("test").get<std::string>();
    test.title = json.value("title", "");
    test.role = json.value("role", "");
    test.marks = json.value("marks", std::vector<std::string>());
    test.checks = json.value("checks", std::vector<std::string>());
    test.verdict = from_name(all_verdicts, json.at("verdict").get<std::string>());
    test.fault = from_name(all_faults, json.value("fault", "none"));
    test.reason = json.value("reason", "");
    test.expected = json.value("expected", "");
    test.notes = json.value("notes", std::vector<std::string>());
    test.exchange = json.value("exchange", std::vector<std::string>());
    test.lab_time = Duration{json.value("lab_microseconds", Duration::rep{0})};
    test.repeat = json.value("repeat", "");
    test.capture = json.value("capture", "");
    test.keys = json.value("keys", "");
    test.transcript = json.value("transcript", "");
    if (json.contains("failure"))
      test.failure = failure_from(json["failure"]);
    return test;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, std::string("not a test result: ") + error.what());
  }
}

Result<RunResults> results_from_json(const Json& json) {
  try {
    if (json.value("format", "") != format_name) {
      return fail(ErrorCode::bad_value, std::string("not in the format ") + format_name);
    }
    RunResults results;
    results.info = info_from_json(json.at("run"));
    if (results.info.device.empty())
      return fail(ErrorCode::bad_value, "not a results file: it does not name the device");
    results.requirements = requirements_from_json(json);
    for (const Json& item : list_in(json, "tests")) {
      KARPSPEC_TRY(test, test_from_json(item));
      results.tests.push_back(std::move(test));
    }
    return results;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, std::string("not a results file: ") + error.what());
  }
}

}  // namespace karpspec::report
