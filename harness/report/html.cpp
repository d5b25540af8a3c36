#include <algorithm>
#include <map>

#include "report/clauses.h"
#include "report/escape.h"
#include "report/ladder.h"
#include "report/page.h"
#include "report/run_results.h"
#include "report/test_page.h"
#include "templates.h"

namespace karpspec::report {
namespace {

constexpr Verdict verdict_order[] = {Verdict::pass, Verdict::fail, Verdict::inconclusive,
                                     Verdict::error, Verdict::not_applicable};
// Of more than these, tests that did not pass are not unfolded from the start.
constexpr std::size_t most_open = 12;

bool is_bad(const TestResult& test) {
  return test.verdict != Verdict::pass && test.verdict != Verdict::not_applicable;
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

// The file PATH as NAME of ITEM.
void set_file(data& item, const std::string& name, const std::string& path, Medium medium) {
  const bool links = medium == Medium::screen;
  set_if(item, name.c_str(), links ? as_uri(path) : "");
  set_if(item, (name + "_path").c_str(), links ? "" : path);
}

data test_data(const TestResult& test, const RunResults& results, const Levels& levels, bool unfold,
               Medium medium) {
  data item = make_object();
  item.set("test", test.test);
  item.set("level", level_of(test, levels));
  item.set("title", test.title);
  item.set("role", test.role);
  item.set("verdict", to_string(test.verdict));
  item.set("bad", make_flag(is_bad(test)));
  item.set("open", make_flag(is_bad(test) && unfold));
  // What a failure says stands in its table.
  set_if(item, "reason", test.failure ? "" : test.reason);
  set_if(item, "whose",
         test.fault == verdict::Fault::none ? "" : std::string("the ") + to_string(test.fault));
  item.set("failure",
           test.failure ? failure_data(*test.failure, results.requirements) : make_flag(false));
  set_if(item, "known", why_expected(test));
  item.set("short", in_short(test));
  item.set("notes", make_texts(test.notes));
  set_if(item, "ladder", ladder_svg(test));
  item.set("exchange", make_texts(test.exchange));
  item.set("checks", make_texts(test.checks));
  item.set("files",
           make_flag(!test.capture.empty() || !test.keys.empty() || !test.transcript.empty()));
  set_file(item, "capture", test.capture, medium);
  set_file(item, "keys", test.keys, medium);
  set_file(item, "transcript", test.transcript, medium);
  set_if(item, "repeat", test.repeat);
  return item;
}

void set_counts(data& page, const RunResults& results) {
  auto counts = count_verdicts(results.tests);
  data bar = make_list();
  data list = make_list();
  data columns = make_list();
  std::string label;
  for (const Verdict verdict : verdict_order) {
    const std::string name = to_string(verdict);
    columns << data{name};
    data count = make_object();
    count.set("count", std::to_string(counts[verdict]));
    count.set("name", name);
    count.set("zero", make_flag(counts[verdict] == 0));
    list << count;
    if (counts[verdict] == 0)
      continue;
    data part = make_object();
    part.set("class", name);
    part.set("percent", std::to_string(100.0 * static_cast<double>(counts[verdict]) /
                                       static_cast<double>(results.tests.size())));
    bar << part;
    label += (label.empty() ? "" : ", ") + std::to_string(counts[verdict]) + " " + name;
  }
  page.set("bar", bar);
  page.set("bar_label", label);
  page.set("counts", list);
  page.set("columns", columns);
}

void set_suites(data& page, const RunResults& results, Medium medium) {
  Levels levels;
  for (const verdict::Requirement& requirement : results.requirements)
    levels[requirement.id] = requirement.level;
  const bool unfold = static_cast<std::size_t>(std::count_if(
                          results.tests.begin(), results.tests.end(), is_bad)) <= most_open;

  // In the tests' order, which is that of their names.
  std::vector<std::pair<std::string, std::vector<const TestResult*>>> suites;
  data bad = make_list();
  data known = make_list();
  for (const TestResult& test : results.tests) {
    const std::string name = suite_of(test.test);
    if (suites.empty() || suites.back().first != name)
      suites.push_back({name, {}});
    suites.back().second.push_back(&test);
    if (!test.expected.empty())
      known << test_data(test, results, levels, false, medium);
    else if (is_bad(test))
      bad << test_data(test, results, levels, false, medium);
  }
  std::stable_sort(suites.begin(), suites.end(),
                   [](const auto& a, const auto& b) { return comes_before(a.first, b.first); });
  page.set("has_bad", make_flag(bad.is_non_empty_list()));
  page.set("bad", bad);
  page.set("has_known", make_flag(known.is_non_empty_list()));
  page.set("known_tests", known);

  Items list;
  list.reserve(suites.size());
  // A list copies what it is made of: of a test the text, which is less than its data.
  Template shown(test_template);
  for (const auto& [name, tests] : suites) {
    std::map<Verdict, std::size_t> counts;
    std::string text;
    for (const TestResult* test : tests) {
      ++counts[test->verdict];
      data item = test_data(*test, results, levels, unfold, medium);
      if (test->failure)
        set_failure_table(item);
      text += shown.render(item);
    }
    data cells = make_list();
    for (const Verdict verdict : verdict_order) {
      data cell = make_object();
      cell.set("count", std::to_string(counts[verdict]));
      cell.set("zero", make_flag(counts[verdict] == 0));
      cells << cell;
    }
    data suite = make_object();
    suite.set("name", name);
    suite.set("tests", std::to_string(tests.size()));
    suite.set("cells", cells);
    suite.set("list", text);
    list.push_back(std::move(suite));
  }
  page["suites"] = data{list};
}

void set_requirements(data& page, const RunResults& results, Medium medium) {
  std::map<std::string, const TestResult*> by_name;
  for (const TestResult& test : results.tests)
    by_name[test.test] = &test;
  data list = make_list();
  std::size_t held = 0;
  std::size_t tested = 0;
  for (const RequirementVerdict& row : judge_requirements(results)) {
    const verdict::Requirement& requirement = *row.requirement;
    tested += row.tests.empty() ? 0U : 1U;
    held += row.verdict == "pass" ? 1U : 0U;
    data item = make_object();
    item.set("id", requirement.id);
    item.set("document", verdict::document_name(requirement.document));
    item.set("section", requirement.section);
    item.set("level", to_string(requirement.level));
    item.set("role", requirement.role);
    item.set("statement", requirement.statement);
    set_if(item, "why", requirement.why);
    set_if(item, "profile", requirement.profile);
    data tests = make_list();
    for (const std::string& name : row.tests) {
      data evidence = make_object();
      evidence.set("test", name);
      evidence.set("verdict", to_string(by_name[name]->verdict));
      set_file(evidence, "capture", by_name[name]->capture, medium);
      tests << evidence;
    }
    item.set("tests", tests);
    item.set("verdict", row.verdict);
    list << item;
  }
  page.set("requirements", list);
  page.set("held", std::to_string(held));
  page.set("tested", std::to_string(tested));
  page.set("catalogue", std::to_string(results.requirements.size()));
}

}  // namespace

std::string to_html(const RunResults& results, Medium medium) {
  data page = make_object();
  page.set("style", std::string(page_style));
  page.set("script", std::string(page_script));
  page.set("headline", headline(results));
  set_info(page, results.info);
  set_counts(page, results);
  set_suites(page, results, medium);
  set_requirements(page, results, medium);
  return render(report_template, page);
}

}  // namespace karpspec::report
