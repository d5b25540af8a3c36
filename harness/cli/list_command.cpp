#include <iostream>
#include <map>
#include <set>

#include "cli/commands.h"
#include "cli/fault_play.h"
#include "script/pics.h"
#include "script/plan/test_plan.h"
#include "transcript/notation.h"

namespace karpspec::cli {
namespace {

using report::Json;

// Prints ITEMS as JSON, or a line each of the members named in COLUMNS.
void print(const Json& items, const std::vector<const char*>& columns, bool json) {
  if (json) {
    std::cout << items.dump(1) << "\n";
    return;
  }
  for (const Json& item : items) {
    bool first = true;
    for (const char* column : columns) {
      std::cout << (first ? "" : "  ")
                << (item[column].is_string() ? item[column].get<std::string>()
                                             : item[column].dump());
      first = false;
    }
    std::cout << "\n";
  }
}

// Every test's plan, with what became of it when its faults were played: as `explain` has it.
Json plans_json(const Common& common, const script::Suite& suite,
                const std::vector<fault::Fault>& faults) {
  auto played = faults_of_tests(common, suite, faults);
  const script::PlanContext context = script::plan_context(suite);
  Json items = Json::array();
  for (const script::Scenario& scenario : suite.scenarios) {
    script::TestPlan plan = script::make_plan(scenario, context);
    plan.faults = std::move(played[scenario.name]);
    items.push_back(script::to_json(plan));
  }
  return items;
}

Json tests_json(const script::Suite& suite) {
  Json items = Json::array();
  for (const script::Scenario& scenario : suite.scenarios)
    items.push_back({{"test", scenario.name}, {"title", scenario.title}});
  return items;
}

Json requirements_json(const script::Suite& suite, const std::vector<fault::Fault>& faults) {
  std::map<std::string, std::vector<std::string>> violated_by;
  for (const fault::Fault& fault : faults) {
    for (const std::string& id : fault.violates)
      violated_by[id].push_back(fault.name);
  }
  std::map<std::string, std::vector<std::string>> tests;
  for (const script::Scenario& scenario : suite.scenarios) {
    for (const std::string& id : scenario.checks)
      tests[id].push_back(scenario.name);
  }
  Json items = Json::array();
  for (const auto& [id, row] : suite.requirements) {
    items.push_back({{"requirement", id},
                     {"document", row.document},
                     {"section", row.section},
                     {"level", to_string(row.level)},
                     {"role", row.role},
                     {"statement", row.statement},
                     {"tested", row.tested},
                     {"why", row.why},
                     {"profile", row.profile},
                     {"tests", tests[id]},
                     {"faults", violated_by[id]}});
  }
  return items;
}

Json suites_json(const script::Suite& suite) {
  std::map<std::string, std::size_t> counts;
  for (const script::Scenario& scenario : suite.scenarios) {
    for (std::size_t at = scenario.name.find('/'); at != std::string::npos;
         at = scenario.name.find('/', at + 1)) {
      ++counts[scenario.name.substr(0, at)];
    }
  }
  Json items = Json::array();
  for (const auto& [name, count] : counts) {
    items.push_back({{"suite", name}, {"tests", count}});
  }
  return items;
}

Json faults_json(const std::vector<fault::Fault>& faults) {
  Json items = Json::array();
  for (const fault::Fault& fault : faults) {
    items.push_back({{"fault", fault.name}, {"does", fault.does}, {"violates", fault.violates}});
  }
  return items;
}

Json pics_json(const std::vector<script::PicsQuestion>& pics) {
  Json items = Json::array();
  for (const script::PicsQuestion& item : pics) {
    items.push_back({{"item", item.item},
                     {"claims", item.question},
                     {"requirements", item.requirements},
                     {"tests", item.tests}});
  }
  return items;
}

}  // namespace

int list(const Common& common, const std::string& what, const std::vector<std::string>& tests,
         bool json, bool questionnaire) {
  if (questionnaire && (what != "pics" || json))
    return complain("--questionnaire is YAML, and of 'list pics' alone");
  if (!tests.empty() && what != "tests" && what != "suites")
    return complain("only tests and suites are listed by their names");
  if (what == "payloads") {
    Json items = Json::array();
    for (const std::string& name : transcript::payload_names())
      items.push_back({{"payload", name}});
    print(items, {"payload"}, json);
    return conforms;
  }
  const auto faults = fault::read_fault_directory(common.suites + "/faults");
  if (!faults)
    return complain(faults.error().message);
  if (what == "faults") {
    print(faults_json(*faults), {"fault", "does"}, json);
    return conforms;
  }
  const auto suite = script::load_suite(common.suites, tests, job_count(0));
  if (!suite)
    return complain(suite.error().message);
  if (questionnaire) {
    std::cout << script::questionnaire(script::pics_questions(*suite),
                                       std::string("karpspec ") + KARPSPEC_VERSION + ", profile " +
                                           profile_version(common.suites));
  } else if (what == "pics") {
    print(pics_json(script::pics_questions(*suite)), {"item", "tests", "claims"}, json);
  } else if (what == "tests") {
    print(json ? plans_json(common, *suite, *faults) : tests_json(*suite), {"test", "title"}, json);
  } else if (what == "suites") {
    print(suites_json(*suite), {"suite", "tests"}, json);
  } else {
    print(requirements_json(*suite, *faults), {"requirement", "level", "statement"}, json);
  }
  return conforms;
}

}  // namespace karpspec::cli
