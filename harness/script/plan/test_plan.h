#pragma once

#include <map>
#include <string>
#include <vector>

#include "script/scenario.h"
#include "script/suite.h"

// A scenario as a laboratory's test plan: purpose, references, topology, procedure, observable
// results. Made from the scenario as it was written, so it says what is played and nothing else.
namespace karpspec::script {

// What a step's outcome leads to.
struct PlannedResult {
  std::string seen;                  // "IKE_AUTH {IDr, AUTH}", "nothing for 2s", "anything else"
  std::vector<std::string> details;  // what must hold in it
  std::string clause;                // that permits it, or empty
  std::string note;
  std::string verdict;  // "pass", "fail", "inconclusive", "not-applicable"
};

struct PlannedStep {
  std::size_t number = 0;            // from 1, as failures count
  std::string fragment;              // of which preamble it is a part, or empty
  std::string words;                 // "The tester sends IKE_AUTH {IDi, AUTH, SAi2, TSi, TSr}."
  std::vector<std::string> details;  // what is otherwise than usual, a clause each
  std::string why;
  std::vector<std::string> checks;     // the step's own requirements, where not all of the test's
  std::vector<PlannedResult> results;  // what may be seen, with its verdict; empty: not judged
};

struct Setting {
  std::string name;   // "peer tester, BGP: options"
  std::string value;  // a private key is never shown, a certificate by its subject
  bool own = false;   // the scenario's, otherwise than suites/defaults.yaml
};

struct PicsItem {
  std::string item;     // "keeps-ike-sa"; "!sendid-echo": must not be claimed
  std::string meaning;  // as the scenario guide says it; empty when it does not
};

// What became of the test when a fault that violates one of its requirements was played.
struct PlannedFault {
  std::string fault;
  std::string does;
  bool caught = false;
};

struct TestPlan {
  std::string test;
  std::string file;
  std::string title;
  std::string purpose;     // a sentence or more
  bool background = true;  // whether the tester answers liveness checks that no step expects
  std::string role;        // of the device
  std::vector<std::string> marks;
  std::vector<verdict::Requirement> references;
  std::vector<std::string> figure;  // of the topology, a line each
  std::vector<Setting> device;
  std::vector<Setting> tester;
  std::vector<std::string> every_message;  // what is judged in every message of the device
  std::vector<PicsItem> needs;
  std::vector<PlannedStep> steps;
  std::vector<PlannedFault> faults;  // filled in by whoever plays them
};

// What a plan says beside the scenario itself.
struct PlanContext {
  std::map<std::string, verdict::Requirement> requirements;
  std::map<std::string, std::string> pics;         // meaning by item
  std::map<std::string, std::string> credentials;  // name of a file by its contents
};
// Reads the PICS items out of the table in SUITES/scenario-guide.md and the files of
// SUITES/credentials. What is not there is left out: a plan then names it without saying more.
[[nodiscard]] PlanContext plan_context(const Suite& suite);

[[nodiscard]] TestPlan make_plan(const Scenario& scenario, const PlanContext& context);

// As text of at most 80 columns where no notation is longer, and as
// reports/schema/tests.schema.json has it.
[[nodiscard]] std::string to_text(const TestPlan& plan);
[[nodiscard]] Json to_json(const TestPlan& plan);

}  // namespace karpspec::script
