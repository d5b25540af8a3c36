#include "script/plan/test_plan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "script/invariants.h"
#include "script/pics.h"
#include "script/plan/words.h"

namespace karpspec::script {
namespace {

namespace fs = std::filesystem;

// "!sendid-echo" is the absence of what the guide explains.
std::string meaning_of(const std::string& item, const PlanContext& context) {
  const bool absent = item.starts_with("!");
  const auto found = context.pics.find(absent ? item.substr(1) : item);
  if (found == context.pics.end())
    return "";
  return absent ? "must not be claimed: " + found->second : found->second;
}

}  // namespace

PlanContext plan_context(const Suite& suite) {
  PlanContext out;
  out.requirements = suite.requirements;
  out.pics = read_pics(suite.path);
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(fs::path(suite.path) / "credentials", code)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    out.credentials[text.str()] = entry.path().filename().string();
  }
  return out;
}

TestPlan make_plan(const Scenario& scenario, const PlanContext& context) {
  TestPlan plan;
  plan.test = scenario.name;
  plan.file = scenario.file;
  plan.title = scenario.title;
  plan.purpose = "To see whether this holds: " + scenario.title +
                 (scenario.title.ends_with(".") ? "" : ".") +
                 (scenario.purpose.empty() ? "" : " " + scenario.purpose);
  plan.background = scenario.background;
  plan.role = scenario.role;
  plan.marks = scenario.marks;
  for (const std::string& id : scenario.checks)
    if (const auto row = context.requirements.find(id); row != context.requirements.end())
      plan.references.push_back(row->second);
  add_topology(scenario, context, plan);
  for (const InvariantName& name : invariants())
    if (std::find(scenario.every_message.begin(), scenario.every_message.end(), name.name) !=
        scenario.every_message.end())
      plan.every_message.emplace_back(name.sentence);
  for (const std::string& item : scenario.needs)
    plan.needs.push_back({item, meaning_of(item, context)});
  Unanswered unanswered;
  for (const Step& step : scenario.steps) {
    PlannedStep planned = step_in_words(step, unanswered);
    unanswered.go_on(step);
    planned.number = plan.steps.size() + 1;
    if (step.fragment.empty() && step.checks != scenario.checks)
      planned.checks = step.checks;
    plan.steps.push_back(std::move(planned));
  }
  return plan;
}

namespace {

Json settings_json(const std::vector<Setting>& settings) {
  Json list = Json::array();
  for (const Setting& setting : settings)
    list.push_back({{"name", setting.name}, {"value", setting.value}, {"own", setting.own}});
  return list;
}

Json steps_json(const std::vector<PlannedStep>& steps) {
  Json list = Json::array();
  for (const PlannedStep& step : steps) {
    list.push_back({{"step", step.number},
                    {"preamble", step.fragment},
                    {"action", step.words},
                    {"details", step.details},
                    {"why", step.why},
                    {"checks", step.checks}});
  }
  return list;
}

Json results_json(const std::vector<PlannedStep>& steps) {
  Json list = Json::array();
  for (const PlannedStep& step : steps) {
    if (step.results.empty())
      continue;
    Json results = Json::array();
    for (const PlannedResult& result : step.results)
      results.push_back({{"seen", result.seen},
                         {"conditions", result.details},
                         {"clause", result.clause},
                         {"note", result.note},
                         {"verdict", result.verdict}});
    list.push_back({{"step", step.number}, {"results", std::move(results)}});
  }
  return list;
}

}  // namespace

Json to_json(const TestPlan& plan) {
  Json references = Json::array();
  Json checks = Json::array();
  for (const verdict::Requirement& row : plan.references) {
    checks.push_back(row.id);
    references.push_back({{"requirement", row.id},
                          {"level", to_string(row.level)},
                          {"document", row.document},
                          {"document_title", row.document_title},
                          {"section", row.section},
                          {"statement", row.statement},
                          {"profile", row.profile}});
  }
  Json needs = Json::array();
  Json pics = Json::array();
  for (const PicsItem& item : plan.needs) {
    needs.push_back(item.item);
    pics.push_back({{"item", item.item}, {"meaning", item.meaning}});
  }
  Json faults = Json::array();
  for (const PlannedFault& fault : plan.faults)
    faults.push_back({{"fault", fault.fault}, {"does", fault.does}, {"caught", fault.caught}});
  return {{"test", plan.test},
          {"title", plan.title},
          {"role", plan.role},
          {"marks", plan.marks},
          {"needs", std::move(needs)},
          {"checks", std::move(checks)},
          {"file", plan.file},
          {"purpose", plan.purpose},
          {"references", std::move(references)},
          {"topology",
           {{"figure", plan.figure},
            {"device", settings_json(plan.device)},
            {"tester", settings_json(plan.tester)}}},
          {"procedure", steps_json(plan.steps)},
          {"background", plan.background},
          {"every_message", plan.every_message},
          {"observable_results", results_json(plan.steps)},
          {"pics", std::move(pics)},
          {"faults", std::move(faults)}};
}

}  // namespace karpspec::script
