#include <algorithm>
#include <cstdio>
#include <kainjow/mustache.hpp>

#include "report/ladder.h"
#include "report/run_results.h"
#include "report_template.h"

namespace karpspec::report {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

data list() {
  return data{data::type::list};
}
data object() {
  return data{data::type::object};
}

// Sections are shown for texts that are not empty.
void set_if(data& to, const char* name, const std::string& text) {
  if (text.empty()) {
    to.set(name, data{data::type::bool_false});
  } else {
    to.set(name, text);
  }
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : " ") + part;
  return text;
}

data texts(const std::vector<std::string>& values) {
  data all = list();
  for (const std::string& value : values)
    all << data{value};
  return all;
}

std::string headline(const RunResults& results) {
  auto counts = count_verdicts(results.tests);
  if (!results.faults.empty()) {
    std::size_t missed = 0;
    for (const FaultResult& fault : results.faults)
      missed += fault.caught_by.empty() ? 1U : 0U;
    if (missed == 0)
      return "Every fault is caught";
    return std::to_string(missed) + " of " + std::to_string(results.faults.size()) +
           " faults are not caught";
  }
  const std::size_t bad =
      counts[Verdict::fail] + counts[Verdict::inconclusive] + counts[Verdict::error];
  if (bad > 0) {
    return std::to_string(bad) + " of " + std::to_string(results.tests.size()) +
           " tests did not pass";
  }
  return counts[Verdict::pass] > 0 ? "The device conforms to what was tested"
                                   : "Nothing was judged";
}

data failure_data(const verdict::Failure& failure) {
  data item = object();
  item.set("step", std::to_string(failure.step));
  item.set("step_text", failure.step_text);
  set_if(item, "failure_why", failure.why);
  set_if(item, "field", failure.field);
  set_if(item, "octet", failure.octet ? std::to_string(*failure.octet) : "");
  item.set("expected", failure.expected);
  item.set("got", failure.got);
  set_if(item, "clause", failure.clause);
  item.set("where", failure.where);
  return item;
}

// The strongest level of the requirements that a test checks: what a filter by level finds it by.
using Levels = std::map<std::string, verdict::Level>;
const char* level_of(const TestResult& test, const Levels& levels) {
  verdict::Level strongest = verdict::Level::implied;
  for (const std::string& id : test.checks) {
    if (const auto found = levels.find(id); found != levels.end())
      strongest = std::min(strongest, found->second);
  }
  return to_string(strongest);
}

data test_data(const TestResult& test, const Levels& levels) {
  data item = object();
  item.set("test", test.test);
  item.set("level", level_of(test, levels));
  item.set("title", test.title);
  item.set("role", test.role);
  item.set("verdict", to_string(test.verdict));
  item.set("open", test.verdict == Verdict::fail ? data::type::bool_true : data::type::bool_false);
  set_if(item, "reason", test.reason);
  set_if(item, "whose", test.fault == verdict::Fault::none ? "" : to_string(test.fault));
  if (test.failure) {
    item.set("failure", failure_data(*test.failure));
  } else {
    item.set("failure", data{data::type::bool_false});
  }
  item.set("notes", texts(test.notes));
  item.set("ladder", ladder_svg(test.exchange));
  item.set("checks", join(test.checks));
  set_if(item, "capture", test.capture);
  set_if(item, "keys", test.keys);
  set_if(item, "transcript", test.transcript);
  set_if(item, "repeat", test.repeat);
  return item;
}

}  // namespace

std::string to_html(const RunResults& results) {
  data page = object();
  const verdict::RunInfo& info = results.info;
  page.set("headline", headline(results));
  page.set("device", info.device);
  set_if(page, "fault", info.fault);
  page.set("tool_version", info.tool_version);
  page.set("profile_version", info.profile_version);
  page.set("seed", std::to_string(info.seed));
  page.set("started", info.started);
  char wall[32];
  std::snprintf(wall, sizeof wall, "%.2f", info.wall_seconds);
  page.set("wall", std::string(wall));

  data bar = list();
  data counts_list = list();
  std::string label;
  auto counts = count_verdicts(results.tests);
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::inconclusive, Verdict::error,
                                Verdict::not_applicable}) {
    const std::string name = to_string(verdict);
    data count = object();
    count.set("count", std::to_string(counts[verdict]));
    count.set("name", name);
    counts_list << count;
    if (counts[verdict] == 0)
      continue;
    data part = object();
    part.set("class", name);
    part.set("percent", std::to_string(100.0 * static_cast<double>(counts[verdict]) /
                                       static_cast<double>(results.tests.size())));
    bar << part;
    label += std::to_string(counts[verdict]) + " " + name + " ";
  }
  page.set("bar", bar);
  page.set("bar_label", label);
  page.set("counts", counts_list);

  page.set("has_faults", results.faults.empty() ? data::type::bool_false : data::type::bool_true);
  data faults = list();
  for (const FaultResult& fault : results.faults) {
    data item = object();
    item.set("fault", fault.fault);
    item.set("does", fault.does);
    item.set("violates", join(fault.violates));
    item.set("class", fault.caught_by.empty() ? "fail" : "pass");
    item.set("caught",
             std::to_string(fault.caught_by.size()) + " of " + std::to_string(fault.played.size()));
    data played = list();
    for (const std::string& test : fault.played) {
      const bool caught =
          std::find(fault.caught_by.begin(), fault.caught_by.end(), test) != fault.caught_by.end();
      data cell = object();
      cell.set("test", test);
      cell.set("class", caught ? "pass" : "na");
      cell.set("mark", caught ? "caught" : "not seen");
      played << cell;
    }
    item.set("played", played);
    faults << item;
  }
  page.set("faults", faults);

  data requirements = list();
  for (const RequirementVerdict& row : judge_requirements(results)) {
    data item = object();
    const verdict::Requirement& requirement = *row.requirement;
    item.set("id", requirement.id);
    item.set("document", requirement.document);
    item.set("section", requirement.section);
    item.set("level", to_string(requirement.level));
    item.set("role", requirement.role);
    item.set("statement", requirement.statement);
    set_if(item, "why", requirement.why);
    set_if(item, "profile", requirement.profile);
    item.set("tests", texts(row.tests));
    item.set("verdict", row.verdict);
    requirements << item;
  }
  page.set("requirements", requirements);

  Levels levels;
  for (const verdict::Requirement& requirement : results.requirements)
    levels[requirement.id] = requirement.level;
  data tests = list();
  for (const TestResult& test : results.tests)
    tests << test_data(test, levels);
  page.set("tests", tests);

  mustache template_page{report_template};
  return template_page.render(page);
}

}  // namespace karpspec::report
