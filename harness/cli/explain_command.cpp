#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "oracle/checks.h"
#include "script/invariants.h"
#include "transcript/node.h"

namespace karpspec::cli {
namespace {

std::string join(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : between) + part;
  return text;
}

void explain_requirement(const verdict::Requirement& row, const script::Suite& suite,
                         const std::vector<fault::Fault>& faults) {
  std::cout << row.id << "  " << to_string(row.level) << "  " << row.document << " section "
            << row.section << ", " << row.role << "\n"
            << row.statement << ".\n"
            << "tested: " << row.tested << (row.why.empty() ? "" : " (" + row.why + ")") << "\n";
  if (!row.profile.empty())
    std::cout << "profile: " << row.profile << "\n";
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

void explain_test(const script::Scenario& scenario, const script::Suite& suite) {
  std::cout << scenario.name << "\n" << scenario.title << ".\n";
  if (!scenario.purpose.empty())
    std::cout << "\n" << scenario.purpose << "\n";
  std::cout << "\nReferences:\n";
  for (const std::string& id : scenario.checks) {
    const verdict::Requirement& row = suite.requirements.at(id);
    std::cout << "  " << id << "  " << to_string(row.level) << "  " << row.document << " section "
              << row.section << ": " << row.statement << "\n";
  }
  std::cout << "\nTopology: the tester and the device on one link; the device is the "
            << scenario.role << ".\n";
  if (!scenario.needs.empty()) {
    std::cout << "Needs of the device: " << join(scenario.needs, ", ") << "\n";
  }
  for (const script::InvariantName& name : script::invariants())
    if (std::find(scenario.every_message.begin(), scenario.every_message.end(), name.name) !=
        scenario.every_message.end())
      std::cout << "In every message: " << name.sentence << "\n";
  if (!scenario.marks.empty())
    std::cout << "Marks: " << join(scenario.marks, ", ") << "\n";
  std::cout << "\nProcedure:\n";
  std::size_t number = 0;
  for (const script::Step& step : scenario.steps) {
    std::cout << "  " << ++number << ". " << step.text;
    if (!step.fragment.empty())
      std::cout << "   [" << step.fragment << "]";
    std::cout << "\n";
    if (!step.why.empty())
      std::cout << "       " << step.why << "\n";
  }
  std::cout << "\nWritten in " << scenario.file << "\n";
}

void explain_fault(const fault::Fault& fault, const script::Suite& suite) {
  std::cout << fault.name << "\nThe reference device " << fault.does << ".\n";
  for (const oracle::Check check : fault.skip) {
    const oracle::CheckInfo& about = oracle::info(check);
    std::cout << "left out: " << about.name << ": " << about.sentence << "\n";
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
}

}  // namespace

int explain(const Common& common, const std::string& name) {
  const auto suite = script::load_suite(common.suites, {}, job_count(0));
  if (!suite)
    return complain(suite.error().message);
  const auto faults = fault::read_fault_directory(common.suites + "/faults");
  if (!faults)
    return complain(faults.error().message);
  std::vector<std::string> names;
  for (const script::Scenario& scenario : suite->scenarios) {
    if (scenario.name == name) {
      explain_test(scenario, *suite);
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
      explain_fault(fault, *suite);
      return conforms;
    }
    names.push_back(fault.name);
  }
  const std::string near = transcript::nearest(name, names);
  return complain("no test, requirement or fault '" + name + "'" +
                  (near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace karpspec::cli
