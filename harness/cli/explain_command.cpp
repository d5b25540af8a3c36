#include <algorithm>
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/fault_play.h"
#include "oracle/checks.h"
#include "report/clauses.h"
#include "script/plan/test_plan.h"
#include "transcript/node.h"

namespace karpspec::cli {
namespace {

void explain_requirement(const verdict::Requirement& row, const script::Suite& suite,
                         const std::vector<fault::Fault>& faults) {
  std::cout << row.id << "  " << to_string(row.level) << "  " << verdict::clause(row) << ", "
            << row.role << "\n"
            << row.statement << ".\n"
            << "tested: " << row.tested << (row.why.empty() ? "" : " (" + row.why + ")") << "\n";
  if (!row.profile.empty())
    std::cout << "profile: " << row.profile << "\n";
  if (!row.claim.empty())
    std::cout << "binds: devices whose PICS claims '" << row.claim << "'\n";
  for (const script::Scenario& scenario : suite.scenarios) {
    if (std::find(scenario.checks.begin(), scenario.checks.end(), row.id) !=
        scenario.checks.end()) {
      std::cout << "test: " << scenario.name << "\n";
    }
  }
  for (const fault::Fault& fault : faults) {
    if (std::find(fault.violates.begin(), fault.violates.end(), row.id) != fault.violates.end()) {
      std::cout << "fault: " << fault.name << "\n";
    }
  }
}

// The test as a plan, with what became of it when its faults were played.
void explain_test(const Common& common, const script::Scenario& scenario,
                  const script::Suite& suite, const std::vector<fault::Fault>& faults) {
  script::Suite alone;
  alone.path = suite.path;
  alone.requirements = suite.requirements;
  alone.scenarios = {scenario};
  script::TestPlan plan = script::make_plan(scenario, script::plan_context(suite));
  plan.faults = faults_of_tests(common, alone, faults)[scenario.name];
  std::cout << script::to_text(plan);
}

void explain_fault(const Common& common, const fault::Fault& fault, const script::Suite& suite) {
  std::cout << fault.name << "\nThe reference device " << fault.does << ".\n";
  for (const oracle::Check check : fault.skip) {
    const oracle::CheckInfo& about = oracle::info(check);
    std::cout << "it does not check that " << about.sentence << " (" << about.name << ")\n";
  }
  for (const auto& [name, value] : fault.tune)
    std::cout << "changed: " << name << " = " << value << "\n";
  if (!fault.alter.empty())
    std::cout << "alters outgoing messages, see " << fault.where << "\n";
  for (const std::string& id : fault.violates) {
    const auto row = suite.requirements.find(id);
    std::cout << "violates: " << id;
    if (row != suite.requirements.end())
      std::cout << "  " << row->second.statement;
    std::cout << "\n";
  }
  for (const auto& [test, played] : faults_of_tests(common, suite, {fault})) {
    if (std::any_of(played.begin(), played.end(), [](const auto& each) { return each.caught; }))
      std::cout << "caught by: " << test << "\n";
  }
}

// The paragraph of the profile that decides NAME, such as "P-24"; empty: there is none.
std::string profile_decision(const std::string& suites, const std::string& name) {
  std::ifstream in(suites + "/profile.md");
  std::string text;
  for (std::string line; std::getline(in, line);) {
    if (text.empty() && !line.starts_with("**" + name + " "))
      continue;
    if (line.starts_with("**") && !text.empty())
      break;
    if (line.starts_with("#"))
      break;
    text += line + "\n";
  }
  while (text.ends_with("\n\n"))
    text.pop_back();
  return text;
}

// A scenario by its file, which may lie anywhere.
int explain_file(const Common& common, const std::string& file) {
  const auto suite = script::load_suite(common.suites, {file}, 1);
  if (!suite)
    return complain(suite.error().message);
  const auto faults = fault::read_fault_directory(common.suites + "/faults");
  if (!faults)
    return complain(faults.error().message);
  for (const script::Scenario& scenario : suite->scenarios)
    explain_test(common, scenario, *suite, *faults);
  return conforms;
}

}  // namespace

int explain(const Common& common, const std::string& name) {
  if (name.ends_with(".yaml"))
    return explain_file(common, name);
  const auto suite = script::load_suite(common.suites, {}, job_count(0));
  if (!suite)
    return complain(suite.error().message);
  const auto faults = fault::read_fault_directory(common.suites + "/faults");
  if (!faults)
    return complain(faults.error().message);
  std::vector<std::string> names;
  for (const script::Scenario& scenario : suite->scenarios) {
    if (scenario.name == name) {
      explain_test(common, scenario, *suite, *faults);
      return conforms;
    }
    names.push_back(scenario.name);
  }
  for (const auto& [id, row] : suite->requirements) {
    if (id == name) {
      explain_requirement(row, *suite, *faults);
      return conforms;
    }
    names.push_back(id);
  }
  for (const fault::Fault& fault : *faults) {
    if (fault.name == name) {
      explain_fault(common, fault, *suite);
      return conforms;
    }
    names.push_back(fault.name);
  }
  bool is_suite = false;
  for (const script::Scenario& scenario : suite->scenarios) {
    if (scenario.name.starts_with(name.ends_with("/") ? name : name + "/")) {
      std::cout << scenario.name << "  " << scenario.title << "\n";
      is_suite = true;
    }
  }
  if (is_suite)
    return conforms;
  bool is_section = false;
  for (const auto& [id, row] : suite->requirements) {
    if (id.starts_with(name + "-")) {
      std::cout << id << "  " << to_string(row.level) << "  " << row.statement << "\n";
      is_section = true;
    }
  }
  if (is_section)
    return conforms;
  if (name.starts_with("P-")) {
    if (const std::string decision = profile_decision(common.suites, name); !decision.empty()) {
      std::cout << decision;
      return conforms;
    }
  }
  const std::string near = transcript::nearest(name, names);
  return complain("no test, requirement or fault '" + name + "'" +
                  (near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace karpspec::cli
