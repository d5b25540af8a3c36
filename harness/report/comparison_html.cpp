#include <algorithm>
#include <array>

#include "report/clauses.h"
#include "report/comparison.h"
#include "report/escape.h"
#include "report/ladder.h"
#include "report/test_page.h"
#include "templates.h"

namespace karpspec::report {
namespace {

// Of an exchange the end is shown, which is where it went wrong; the transcript has all of it.
constexpr std::size_t shown_exchange_octets = 16;

// How a result is shown: a sign for those who do not see the colour, and words for those who do
// not know the terms.
struct Word {
  const char* name;
  const char* sign;
  const char* word;
  const char* meaning;
};
constexpr std::array<Word, 6> words = {{
    {"pass", "✓", "pass", "the device did everything that this test asks for"},
    {"fail", "✗", "fail", "the device did something that a document does not permit"},
    {"inconclusive", "?", "inconclusive",
     "nothing can be said: either the device did what a document permits although it advises "
     "otherwise, which is no failure, or the exchange did not come as far as the point that the "
     "test judges"},
    {"not-applicable", "–", "does not apply",
     "the device does not claim what the test needs, so it was not played"},
    {"error", "!", "error", "the device died or the laboratory failed, so nothing was judged"},
    {"not-in-run", "·", "not in this run", "the run has no such test"},
}};

const Word& word_for(const std::string& name) {
  const auto* found = std::find_if(words.begin(), words.end(),
                                   [&name](const Word& word) { return name == word.name; });
  return found == words.end() ? words.back() : *found;
}

std::string meaning(const TestResult& result) {
  if (result.verdict != Verdict::inconclusive)
    return word_for(cell_name(&result)).meaning;
  return counts_against(result)
             ? "the exchange did not come as far as the point that this test judges"
             : "a document permits what the device did, although it advises otherwise: no failure";
}

data cell_data(const ComparedRun& run, const TestResult* result) {
  const Word& word = word_for(cell_name(result));
  data cell = make_object();
  cell.set("letter", run.letter);
  cell.set("device", run.results.info.device);
  cell.set("verdict", word.name);
  cell.set("sign", word.sign);
  cell.set("word", word.word);
  cell.set("known", make_flag(result != nullptr && !result->expected.empty()));
  cell.set("opens", make_flag(result != nullptr));
  cell.set("bad", make_flag(result != nullptr && counts_against(*result)));
  return cell;
}

// What a cell shows when it is opened.
data detail_data(const ComparedRun& run, const TestResult& result,
                 const std::vector<verdict::Requirement>& catalogue) {
  data item = cell_data(run, &result);
  const bool bad = counts_against(result);
  item.set("meaning", meaning(result));
  set_if(item, "whose",
         result.fault == verdict::Fault::none ? "" : std::string("the ") + to_string(result.fault));
  // What a failure says stands in its table.
  set_if(item, "reason", result.failure ? "" : result.reason);
  item.set("failure", result.failure ? failure_data(*result.failure, catalogue) : make_flag(false));
  set_if(item, "reason_known", result.expected);
  item.set("notes", make_texts(result.notes));
  TestResult end = result;
  if (end.exchange.size() > shown_exchange_octets) {
    const std::size_t before = end.exchange.size() - shown_exchange_octets;
    end.exchange.erase(end.exchange.begin(),
                       end.exchange.begin() + static_cast<std::ptrdiff_t>(before));
    end.exchange.insert(end.exchange.begin(), "… " + std::to_string(before) +
                                                  " lines before these stand in the transcript");
  }
  // Where a device did what it should, the exchange tells nothing that the test does not say.
  set_if(item, "ladder", bad || !result.notes.empty() ? ladder_svg(end) : "");
  item.set("exchange", make_texts(end.exchange));
  data files = make_list();
  for (const auto& [what, file] : {std::pair{"capture", &result.capture},
                                   {"keys for Wireshark", &result.keys},
                                   {"transcript with all fields", &result.transcript}}) {
    if (file->empty())
      continue;
    data line = make_object();
    line.set("what", what);
    line.set("path", run.directory + "/" + *file);
    set_if(line, "link", run.link.empty() ? "" : as_uri(run.link + "/" + *file));
    files << line;
  }
  item.set("files", files);
  set_if(item, "repeat", result.repeat);
  return item;
}

using Catalogue = std::map<std::string, const verdict::Requirement*>;

data test_data(const Comparison& comparison, const ComparedTest& test, const Catalogue& catalogue,
               const std::set<std::string>& changed) {
  data item = make_object();
  item.set("test", test.test);
  item.set("title", test.title);
  item.set("role", test.role);
  std::string documents;
  for (const std::string& document : test.documents)
    documents += (documents.empty() ? "" : " ") + document;
  item.set("documents", documents);
  std::string show;
  for (const auto& [name, is] : {std::pair{"different", test.differs},
                                 {"lopsided", test.lopsided},
                                 {"failing", test.failing},
                                 {"changed", changed.contains(test.test)}}) {
    if (is)
      show += (show.empty() ? "" : " ") + std::string(name);
  }
  item.set("show", show);
  data checks = make_list();
  for (const std::string& id : test.checks) {
    const auto row = catalogue.find(id);
    data check = make_object();
    check.set("id", id);
    check.set("level", row == catalogue.end() ? "" : to_string(row->second->level));
    check.set("place", row == catalogue.end() ? "" : verdict::clause(*row->second));
    set_if(check, "statement", row == catalogue.end() ? "" : row->second->statement);
    checks << check;
  }
  item.set("checks", checks);
  data cells = make_list();
  data details = make_list();
  for (std::size_t i = 0; i < test.results.size(); ++i) {
    cells << cell_data(comparison.runs[i], test.results[i]);
    if (test.results[i] != nullptr)
      details << detail_data(comparison.runs[i], *test.results[i], comparison.requirements);
  }
  item.set("cells", cells);
  item.set("details", details);
  return item;
}

void set_runs(data& page, const Comparison& comparison) {
  data runs = make_list();
  for (const ComparedRun& run : comparison.runs) {
    data item = make_object();
    item.set("letter", run.letter);
    set_info(item, run.results.info);
    item.set("directory", run.directory);
    set_if(item, "link", as_uri(run.link));
    item.set("words", in_words(run));
    const auto counts = count_verdicts(run.results.tests);
    data cells = make_list();
    for (const Word& word : words) {
      const auto of_verdict = std::find_if(counts.begin(), counts.end(), [&word](const auto& each) {
        return std::string(word.name) == to_string(each.first);
      });
      std::size_t count = of_verdict == counts.end() ? 0 : of_verdict->second;
      if (std::string(word.name) == cell_name(nullptr))
        count = comparison.tests.size() - run.results.tests.size();
      data cell = make_object();
      cell.set("count", std::to_string(count));
      cell.set("label", word.word);
      cell.set("zero", make_flag(count == 0));
      cells << cell;
    }
    const auto known = std::count_if(run.results.tests.begin(), run.results.tests.end(),
                                     [](const TestResult& test) { return !test.expected.empty(); });
    item.set("cells", cells);
    item.set("known_count", std::to_string(known));
    runs << item;
  }
  page.set("runs", runs);
  page.set("runs_count", std::to_string(comparison.runs.size()));
  page.set("width", std::to_string(comparison.runs.size() + 1));
}

data changed_data(const char* title, const std::vector<ChangedTest>& tests) {
  data list = make_list();
  for (const ChangedTest& test : tests) {
    data item = make_object();
    item.set("test", test.test);
    item.set("title", test.title);
    item.set("before", test.before);
    item.set("after", test.after);
    item.set("known", make_flag(test.known));
    set_if(item, "reason", test.reason);
    list << item;
  }
  data part = make_object();
  part.set("title", title);
  part.set("count", std::to_string(tests.size()));
  part.set("some", make_flag(!tests.empty()));
  part.set("tests", list);
  return part;
}

void set_changes(data& page, const Comparison& comparison) {
  data changes = make_list();
  for (const Change& change : comparison.changes) {
    data item = make_object();
    item.set("device", comparison.runs[change.to].results.info.device);
    item.set("from", comparison.runs[change.from].letter);
    item.set("to", comparison.runs[change.to].letter);
    item.set("worse", make_flag(change.worse));
    data parts = make_list();
    parts << changed_data("Newly failing", change.newly_failing)
          << changed_data("Newly passing", change.newly_passing)
          << changed_data("Changed otherwise", change.otherwise);
    item.set("parts", parts);
    item.set("has_added", make_flag(!change.added.empty()));
    item.set("has_removed", make_flag(!change.removed.empty()));
    item.set("added", make_texts(change.added));
    item.set("added_count", std::to_string(change.added.size()));
    item.set("removed", make_texts(change.removed));
    item.set("removed_count", std::to_string(change.removed.size()));
    changes << item;
  }
  page.set("has_changes", make_flag(!comparison.changes.empty()));
  page.set("changes", changes);
}

// What did not pass, a row for each result that counts against a device.
void set_bad(data& page, const Comparison& comparison) {
  data bad = make_list();
  for (const ComparedTest& test : comparison.tests) {
    for (std::size_t i = 0; i < test.results.size(); ++i) {
      const TestResult* result = test.results[i];
      if (result == nullptr || !counts_against(*result))
        continue;
      data item = cell_data(comparison.runs[i], result);
      item.set("test", test.test);
      item.set("title", test.title);
      item.set("short", in_short(*result));
      set_if(item, "reason_known", result->expected);
      bad << item;
    }
  }
  page.set("has_bad", make_flag(bad.is_non_empty_list()));
  page.set("bad", bad);
}

void set_tests(data& page, const Comparison& comparison) {
  Catalogue catalogue;
  for (const verdict::Requirement& row : comparison.requirements)
    catalogue[row.id] = &row;
  std::set<std::string> changed;
  for (const Change& change : comparison.changes) {
    for (const auto* list : {&change.newly_failing, &change.newly_passing, &change.otherwise}) {
      for (const ChangedTest& test : *list)
        changed.insert(test.test);
    }
  }
  std::vector<std::pair<std::string, std::vector<const ComparedTest*>>> suites;
  for (const ComparedTest& test : comparison.tests) {
    const std::string name = suite_of(test.test);
    if (suites.empty() || suites.back().first != name)
      suites.push_back({name, {}});
    suites.back().second.push_back(&test);
  }
  std::sort(suites.begin(), suites.end(),
            [](const auto& a, const auto& b) { return comes_before(a.first, b.first); });
  data list = make_list();
  for (const auto& [name, tests] : suites) {
    data suite = make_object();
    suite.set("name", name);
    suite.set("tests", std::to_string(tests.size()));
    data passes = make_list();
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
      std::size_t passed = 0;
      std::size_t judged = 0;
      for (const ComparedTest* test : tests) {
        const TestResult* result = test->results[i];
        judged += result != nullptr && result->verdict != Verdict::not_applicable ? 1U : 0U;
        passed += result != nullptr && result->verdict == Verdict::pass ? 1U : 0U;
      }
      data cell = make_object();
      cell.set("letter", comparison.runs[i].letter);
      cell.set("text",
               judged == 0 ? "–" : std::to_string(passed) + " of " + std::to_string(judged));
      cell.set("zero", make_flag(judged == 0));
      passes << cell;
    }
    suite.set("passes", passes);
    data rows = make_list();
    for (const ComparedTest* test : tests)
      rows << test_data(comparison, *test, catalogue, changed);
    suite.set("list", rows);
    list << suite;
  }
  page.set("suites", list);
}

void set_requirements(data& page, const Comparison& comparison) {
  data list = make_list();
  for (const verdict::Requirement& requirement : comparison.requirements) {
    std::set<std::string> judged;
    bool tested = false;
    data cells = make_list();
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
      const auto& verdicts = comparison.requirement_verdicts[i];
      const auto found = verdicts.find(requirement.id);
      const std::string name = found == verdicts.end() ? "not-in-run" : found->second;
      const bool untested = name == "untested" || name == "not-observable";
      tested = tested || !untested;
      if (name == "pass" || name == "fail" || name == "inconclusive" || name == "error")
        judged.insert(name);
      const Word& word = word_for(untested ? "not-in-run" : name);
      data cell = make_object();
      cell.set("letter", comparison.runs[i].letter);
      cell.set("verdict", word.name);
      cell.set("sign", word.sign);
      cell.set("word", word.word);
      cells << cell;
    }
    if (!tested)
      continue;  // what no run tests is no difference between them
    data item = make_object();
    item.set("id", requirement.id);
    item.set("document", requirement.document);
    item.set("place", verdict::clause(requirement));
    item.set("level", to_string(requirement.level));
    item.set("statement", requirement.statement);
    item.set("show", std::string(judged.size() > 1 ? "different" : "") +
                         (judged.contains("fail") ? " failing" : ""));
    item.set("cells", cells);
    list << item;
  }
  page.set("requirements", list);
}

void set_help(data& page, const Comparison& comparison) {
  data list = make_list();
  for (const Word& word : words) {
    data item = make_object();
    item.set("verdict", word.name);
    item.set("sign", word.sign);
    item.set("word", word.word);
    item.set("meaning", word.meaning);
    list << item;
  }
  page.set("help", list);
  // Only documents that a test of these runs is about.
  std::set<std::string> used;
  for (const ComparedTest& test : comparison.tests)
    used.insert(test.documents.begin(), test.documents.end());
  std::map<std::string, std::string> titles;
  for (const verdict::Requirement& row : comparison.requirements) {
    if (used.contains(row.document))
      titles[row.document] = row.document_title;
  }
  data documents = make_list();
  for (const auto& [document, title] : titles) {
    data item = make_object();
    item.set("document", document);
    item.set("name", verdict::document_name(document));
    set_if(item, "title", title);
    documents << item;
  }
  page.set("documents", documents);
}

}  // namespace

std::string to_html(const Comparison& comparison) {
  data page = make_object();
  page.set("style", std::string(page_style));
  page.set("script", std::string(page_script));
  set_failure_table(page);
  page.set("headline", headline(comparison));
  page.set("has_caveats", make_flag(!comparison.caveats.empty()));
  page.set("caveats", make_texts(comparison.caveats));
  set_runs(page, comparison);
  set_changes(page, comparison);
  set_bad(page, comparison);
  set_help(page, comparison);
  set_tests(page, comparison);
  set_requirements(page, comparison);
  return render(comparison_template, page);
}

}  // namespace karpspec::report
