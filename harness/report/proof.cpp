#include "report/proof.h"

#include <algorithm>
#include <map>
#include <set>

#include "report/json_members.h"

namespace karpspec::report {
namespace {

constexpr const char* proof_format = "karpspec-proof-1";

// The faults of a requirement with the tests that caught them.
Json catches_json(const std::vector<Catch>& faults) {
  Json list = Json::array();
  for (const Catch& each : faults)
    list.push_back({{"fault", each.fault->fault}, {"caught_by", each.tests}});
  return list;
}

Json to_json(const FaultResult& fault) {
  return {{"fault", fault.fault},
          {"does", fault.does},
          {"violates", fault.violates},
          {"played", fault.played},
          {"caught_by", fault.caught_by}};
}

// Throws what the library throws.
FaultResult fault_from(const Json& json) {
  return {member<std::string>(json, "fault", std::nullopt), text_in(json, "does"),
          texts_in(json, "violates"), texts_in(json, "played"), texts_in(json, "caught_by")};
}

}  // namespace

std::vector<RequirementProof> judge_proof(const Proof& proof) {
  std::map<std::string, RequirementProof> rows;
  std::map<std::string, const TestResult*> tests;
  for (const TestResult& test : proof.tests) {
    tests[test.test] = &test;
    for (const std::string& id : test.checks)
      rows[id].tests.push_back(test.test);
  }
  for (const FaultResult& fault : proof.faults) {
    for (const std::string& id : fault.violates) {
      Catch each{&fault, {}};
      for (const std::string& name : fault.caught_by) {
        const auto test = tests.find(name);
        if (test == tests.end())
          continue;
        const std::vector<std::string>& checks = test->second->checks;
        if (std::find(checks.begin(), checks.end(), id) != checks.end())
          each.tests.push_back(name);
      }
      rows[id].faults.push_back(std::move(each));
    }
  }
  std::vector<RequirementProof> list;
  for (const verdict::Requirement& requirement : proof.requirements) {
    RequirementProof row = std::move(rows[requirement.id]);
    row.requirement = &requirement;
    const bool caught = std::any_of(row.faults.begin(), row.faults.end(),
                                    [](const Catch& each) { return !each.tests.empty(); });
    if (caught)
      row.state = "proven";
    else if (!row.tests.empty())
      row.state = "unproven";
    else
      row.state = requirement.tested == "not-observable" ? "not-observable" : "untested";
    list.push_back(std::move(row));
  }
  return list;
}

std::vector<const FaultResult*> missed_faults(const Proof& proof) {
  std::vector<const FaultResult*> missed;
  for (const FaultResult& fault : proof.faults) {
    if (fault.caught_by.empty())
      missed.push_back(&fault);
  }
  return missed;
}

std::vector<std::string> tests_that_catch_nothing(const Proof& proof) {
  if (!proof.info.fault.empty())
    return {};
  std::set<std::string> catching;
  for (const FaultResult& fault : proof.faults)
    catching.insert(fault.caught_by.begin(), fault.caught_by.end());
  std::vector<std::string> rest;
  for (const TestResult& test : proof.tests) {
    if (!catching.contains(test.test))
      rest.push_back(test.test);
  }
  return rest;
}

std::vector<const TestResult*> unclean_tests(const Proof& proof) {
  std::vector<const TestResult*> unclean;
  for (const TestResult& test : proof.tests) {
    if (test.verdict != Verdict::pass && test.verdict != Verdict::not_applicable)
      unclean.push_back(&test);
  }
  return unclean;
}

Json to_json(const Proof& proof) {
  std::size_t proven = 0;
  std::size_t unproven = 0;
  Json requirements = Json::array();
  for (const RequirementProof& row : judge_proof(proof)) {
    proven += row.state == "proven" ? 1U : 0U;
    unproven += row.state == "unproven" ? 1U : 0U;
    Json json = to_json(*row.requirement);
    json["state"] = row.state;
    json["tests"] = row.tests;
    json["faults"] = catches_json(row.faults);
    requirements.push_back(std::move(json));
  }
  Json tests = Json::array();
  for (const TestResult& test : proof.tests)
    tests.push_back(to_json(test));
  Json faults = Json::array();
  for (const FaultResult& fault : proof.faults)
    faults.push_back(to_json(fault));
  const std::size_t missed = missed_faults(proof).size();
  return {{"format", proof_format},
          {"run", to_json(proof.info)},
          {"summary",
           {{"faults", proof.faults.size()},
            {"caught", proof.faults.size() - missed},
            {"missed", missed},
            {"unclean_tests", unclean_tests(proof).size()},
            {"tests_that_catch_nothing", tests_that_catch_nothing(proof).size()},
            {"proven_requirements", proven},
            {"unproven_requirements", unproven}}},
          {"documents", documents_json(proof.requirements)},
          {"requirements", std::move(requirements)},
          {"faults", std::move(faults)},
          {"tests", std::move(tests)}};
}

Result<Proof> proof_from_json(const Json& json) {
  try {
    if (text_in(json, "format") != proof_format)
      return fail(ErrorCode::bad_value, std::string("not in the format ") + proof_format);
    Proof proof;
    proof.info = info_from_json(json.value("run", Json()));
    proof.requirements = requirements_from_json(json);
    for (const Json& item : list_in(json, "faults"))
      proof.faults.push_back(fault_from(item));
    for (const Json& item : list_in(json, "tests")) {
      auto test = test_from_json(item);
      if (!test)
        misread("tests[" + std::to_string(proof.tests.size() + 1) + "]." + test.error().message);
      proof.tests.push_back(*std::move(test));
    }
    return proof;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, "not a proof: " + plain_words(error));
  }
}

Result<Proof> read_proof(const std::string& directory) {
  const std::string path = directory + "/proof.json";
  KARPSPEC_TRY(json, read_json(path));
  auto proof = proof_from_json(json);
  if (!proof)
    return fail(proof.error().code, path + ": " + proof.error().message);
  return proof;
}

}  // namespace karpspec::report
