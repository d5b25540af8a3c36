#include "report/clauses.h"
#include "report/proof.h"

namespace karpspec::report {
namespace {

std::string reason(const RequirementProof& row) {
  const verdict::Requirement& requirement = *row.requirement;
  if (row.state == "not-observable")
    return "cannot be observed" + (requirement.why.empty() ? "" : ": " + requirement.why);
  if (row.state == "untested")
    return "no test checks it";
  if (row.state == "unproven")
    return row.faults.empty() ? "no fault violates it" : "none of its tests sees a fault of it";
  return "";
}

std::string of_fault(const Catch& each) {
  std::string text =
      "    " + each.fault->fault + ": the reference device " + each.fault->does + "\n";
  for (const std::string& test : each.tests)
    text += "      caught by " + test + "\n";
  if (each.tests.empty())
    text += each.fault->caught_by.empty() ? "      not caught\n"
                                          : "      caught by tests of other requirements alone\n";
  return text;
}

}  // namespace

std::string proof_table(const Proof& proof) {
  std::string text;
  for (const RequirementProof& row : judge_proof(proof)) {
    const verdict::Requirement& requirement = *row.requirement;
    text += requirement.id + "  " + row.state + "  " + to_string(requirement.level) + ", " +
            verdict::clause(requirement) + "\n  " + requirement.statement + "\n";
    if (const std::string why = reason(row); !why.empty())
      text += "    " + why + "\n";
    for (const Catch& each : row.faults)
      text += of_fault(each);
  }
  return text;
}

}  // namespace karpspec::report
