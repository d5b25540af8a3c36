#include <algorithm>

#include "report/clauses.h"
#include "report/page.h"
#include "report/proof.h"
#include "templates.h"

namespace karpspec::report {
namespace {

std::string headline(const Proof& proof, std::size_t unproven) {
  const std::size_t missed = missed_faults(proof).size();
  const std::size_t unclean = unclean_tests(proof).size();
  if (missed > 0) {
    return std::to_string(missed) + " of " + std::to_string(proof.faults.size()) +
           " faults are not caught";
  }
  if (unclean > 0) {
    return "The faultless device does not pass " + std::to_string(unclean) + " of " +
           std::to_string(proof.tests.size()) + " tests";
  }
  if (unproven > 0)
    return std::to_string(unproven) + " tested requirements have no fault that is caught";
  if (const std::size_t idle = tests_that_catch_nothing(proof).size(); idle > 0)
    return std::to_string(idle) + (idle == 1 ? " test catches" : " tests catch") + " no fault";
  return proof.faults.empty() ? "Nothing was proven" : "Every fault is caught";
}

data bad_item(const char* kind, const char* style, const std::string& name, const std::string& link,
              const std::string& text) {
  data item = make_object();
  item.set("kind", kind);
  item.set("class", style);
  item.set("name", name);
  set_if(item, "link", link);
  item.set("text", text);
  return item;
}

data requirement_data(const RequirementProof& row) {
  const verdict::Requirement& requirement = *row.requirement;
  data item = make_object();
  item.set("id", requirement.id);
  item.set("document", verdict::document_name(requirement.document));
  item.set("section", requirement.section);
  item.set("level", to_string(requirement.level));
  item.set("statement", requirement.statement);
  set_if(item, "why", requirement.why);
  item.set("tests", std::to_string(row.tests.size()));
  item.set("state", row.state);
  data faults = make_list();
  for (const Catch& each : row.faults) {
    data name = make_object();
    name.set("name", each.fault->fault);
    name.set("missed", make_flag(each.fault->caught_by.empty()));
    name.set("elsewhere", make_flag(each.tests.empty() && !each.fault->caught_by.empty()));
    name.set("seen", make_flag(!each.tests.empty()));
    name.set("count",
             std::to_string(each.tests.size()) + (each.tests.size() == 1 ? " test" : " tests"));
    name.set("tests", make_texts(each.tests));
    faults << name;
  }
  item.set("faults", faults);
  return item;
}

data fault_data(const FaultResult& fault) {
  data item = make_object();
  item.set("fault", fault.fault);
  item.set("does", fault.does);
  item.set("violates", make_texts(fault.violates));
  item.set("class", fault.caught_by.empty() ? "missed" : "caught");
  item.set("count", std::to_string(fault.caught_by.size()));
  item.set("of", std::to_string(fault.played.size()));
  data played = make_list();
  for (const std::string& test : fault.played) {
    const bool caught =
        std::find(fault.caught_by.begin(), fault.caught_by.end(), test) != fault.caught_by.end();
    data cell = make_object();
    cell.set("test", test);
    cell.set("sign", caught ? "●" : "○");
    cell.set("mark", caught ? "caught" : "not seen");
    played << cell;
  }
  item.set("played", played);
  return item;
}

}  // namespace

std::string to_html(const Proof& proof) {
  data page = make_object();
  page.set("style", std::string(page_style));
  page.set("script", std::string(page_script));
  set_info(page, proof.info);

  const std::vector<std::string> idle = tests_that_catch_nothing(proof);
  data bad = make_list();
  for (const FaultResult* fault : missed_faults(proof))
    bad << bad_item("missed fault", "missed", fault->fault, "fault-" + fault->fault, fault->does);
  for (const TestResult* test : unclean_tests(proof)) {
    bad << bad_item("faultless test", to_string(test->verdict), test->test, "",
                    test->title + ": " + in_short(*test));
  }
  for (const TestResult& test : proof.tests) {
    if (std::find(idle.begin(), idle.end(), test.test) != idle.end())
      bad << bad_item("catches nothing", "missed", test.test, "", test.title);
  }
  data requirements = make_list();
  std::size_t proven = 0;
  std::size_t claimed = 0;
  std::size_t unproven = 0;
  for (const RequirementProof& row : judge_proof(proof)) {
    requirements << requirement_data(row);
    proven += row.state == "proven" ? 1U : 0U;
    claimed += row.tests.empty() ? 0U : 1U;
    if (row.state != "unproven")
      continue;
    ++unproven;
    bad << bad_item("unproven", "unproven", row.requirement->id, row.requirement->id,
                    row.requirement->statement);
  }
  data faults = make_list();
  for (const FaultResult& fault : proof.faults)
    faults << fault_data(fault);

  page.set("headline", headline(proof, unproven));
  page.set("has_bad", make_flag(bad.is_non_empty_list()));
  page.set("bad", bad);
  page.set("requirements", requirements);
  page.set("faults", faults);
  page.set("caught", std::to_string(proof.faults.size() - missed_faults(proof).size()));
  page.set("faults_count", std::to_string(proof.faults.size()));
  page.set("proven", std::to_string(proven));
  page.set("claimed", std::to_string(claimed));
  page.set("clean", std::to_string(proof.tests.size() - unclean_tests(proof).size()));
  page.set("tests_count", std::to_string(proof.tests.size()));
  return render(proof_template, page);
}

}  // namespace karpspec::report
