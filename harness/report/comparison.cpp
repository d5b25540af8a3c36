#include "report/comparison.h"

#include <algorithm>

#include "report/clauses.h"

namespace karpspec::report {
namespace {

bool was_judged(const TestResult* result) {
  return result != nullptr && result->verdict != Verdict::not_applicable;
}
bool passes(const TestResult* result) {
  return result != nullptr && result->verdict == Verdict::pass;
}

std::string count_of(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// The step that a result fails in, to tell one failure from another. What came instead may hold
// random octets, so it says nothing.
std::string place_of(const TestResult& result) {
  if (!result.failure)
    return "";
  return std::to_string(result.failure->step) + " " + result.failure->field;
}

std::string with_step(const TestResult& result) {
  std::string text = to_string(result.verdict);
  if (result.failure)
    text += " in step " + std::to_string(result.failure->step);
  if (result.failure && !result.failure->field.empty())
    text += ", " + result.failure->field;
  return text;
}

void compare_result(const std::string& test, const std::string& title, const TestResult* before,
                    const TestResult* after, Change& change) {
  if (before == nullptr && after == nullptr)
    return;
  const bool known = after != nullptr && !after->expected.empty();
  if (passes(before) && !passes(after) && !known)
    change.worse = true;
  if (after == nullptr) {
    change.removed.push_back(test);
    return;
  }
  const bool against = counts_against(*after);
  if (against && !known && (before == nullptr || !counts_against(*before)))
    change.worse = true;
  ChangedTest changed{
      test, title, cell_name(before), cell_name(after), passes(after) ? "" : in_short(*after),
      known};
  if (before != nullptr && before->verdict != after->verdict &&
      before->verdict == Verdict::not_applicable) {
    // It is judged for the first time: nothing has become otherwise than it was.
    change.otherwise.push_back(changed);
    return;
  }
  if (before == nullptr) {
    change.added.push_back(test);
    if (against)
      change.newly_failing.push_back(changed);
  } else if (against && !counts_against(*before)) {
    change.newly_failing.push_back(changed);
  } else if (passes(after) && !passes(before)) {
    change.newly_passing.push_back(changed);
  } else if (before->verdict != after->verdict) {
    change.otherwise.push_back(changed);
  } else if (place_of(*before) != place_of(*after)) {
    changed.before = with_step(*before);
    changed.after = with_step(*after);
    change.otherwise.push_back(changed);
  }
}

// Each run against the last one before it that names the same device.
void find_changes(Comparison& comparison) {
  for (std::size_t to = 1; to < comparison.runs.size(); ++to) {
    for (std::size_t from = to; from-- > 0;) {
      if (comparison.runs[from].results.info.device != comparison.runs[to].results.info.device)
        continue;
      Change change;
      change.from = from;
      change.to = to;
      for (const ComparedTest& test : comparison.tests)
        compare_result(test.test, test.title, test.results[from], test.results[to], change);
      comparison.changes.push_back(std::move(change));
      break;
    }
  }
}

// "WHAT: 1 (A, C), 2 (B)" where the runs are not alike.
template <class Get>
void add_mixture(Comparison& comparison, const std::string& what, Get&& get) {
  std::map<std::string, std::string> letters;
  std::vector<std::string> order;
  for (const ComparedRun& run : comparison.runs) {
    const std::string value = get(run);
    std::string& with = letters[value];
    if (with.empty())
      order.push_back(value);
    with += (with.empty() ? "" : ", ") + run.letter;
  }
  if (order.size() < 2)
    return;
  std::string text;
  for (const std::string& value : order)
    text +=
        (text.empty() ? "" : "; ") + (value.empty() ? "none" : value) + " (" + letters[value] + ")";
  comparison.caveats.push_back(what + ": " + text + ".");
}

// What some of the runs claim and others do not. A file of an older version does not say.
void add_pics(Comparison& comparison) {
  std::map<std::string, std::vector<std::string>> letters;
  for (const ComparedRun& run : comparison.runs) {
    if (run.results.info.pics.empty())
      return;
    for (const std::string& item : run.results.info.pics)
      letters[item].push_back(run.letter);
  }
  std::string text;
  for (const auto& [item, with] : letters) {
    if (with.size() == comparison.runs.size())
      continue;
    text += (text.empty() ? "" : "; ") + item + " (";
    for (const std::string& letter : with)
      text += (letter == with.front() ? "" : ", ") + letter;
    text += ")";
  }
  if (!text.empty())
    comparison.caveats.push_back(
        "The PICS differ, so different tests apply. Claimed by some alone: " + text + ".");
}

void find_caveats(Comparison& comparison) {
  add_pics(comparison);
  add_mixture(comparison, "The runs are of different versions of karpspec",
              [](const ComparedRun& run) { return run.results.info.tool_version; });
  add_mixture(comparison,
              "The profile, which settles what the documents leave open, is not the "
              "same",
              [](const ComparedRun& run) { return run.results.info.profile_version; });
  // A file of an older version does not say.
  if (std::none_of(comparison.runs.begin(), comparison.runs.end(),
                   [](const ComparedRun& run) { return run.results.info.suites_digest.empty(); }))
    add_mixture(
        comparison, "The tests are not the same, by the SHA-256 of the suites",
        [](const ComparedRun& run) { return run.results.info.suites_digest.substr(0, 12); });
  add_mixture(comparison, "The seeds differ, so what is random differs",
              [](const ComparedRun& run) { return std::to_string(run.results.info.seed); });
  add_mixture(comparison, "A fault was played on purpose",
              [](const ComparedRun& run) { return run.results.info.fault; });
  std::size_t otherwise = 0;
  std::string example;
  for (const ComparedTest& test : comparison.tests) {
    const TestResult* first = nullptr;
    for (const TestResult* result : test.results) {
      if (result == nullptr)
        continue;
      if (first == nullptr)
        first = result;
      if (first->title == result->title && first->checks == result->checks)
        continue;
      ++otherwise;
      example = test.test;
      break;
    }
  }
  if (otherwise > 0) {
    comparison.caveats.push_back(count_of(otherwise, "test is", "tests are") +
                                 " not the same in all runs: title or requirements were changed "
                                 "between them (" +
                                 example + "). The last run's words are shown.");
  }
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    const auto missing = static_cast<std::size_t>(
        std::count_if(comparison.tests.begin(), comparison.tests.end(),
                      [i](const ComparedTest& test) { return test.results[i] == nullptr; }));
    if (missing > 0) {
      comparison.caveats.push_back(
          comparison.runs[i].letter + " lacks " +
          count_of(missing, "test that another run has.", "tests that another run has."));
    }
  }
}

void judge(ComparedTest& test) {
  std::set<Verdict> verdicts;
  bool unjudged = false;
  for (const TestResult* result : test.results) {
    if (was_judged(result))
      verdicts.insert(result->verdict);
    else
      unjudged = true;
    test.failing = test.failing || (result != nullptr && counts_against(*result));
  }
  test.differs = verdicts.size() > 1;
  test.lopsided = unjudged && !verdicts.empty();
}

Result<void> add_tests(Comparison& comparison) {
  std::map<std::string, ComparedTest> tests;
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    for (const TestResult& result : comparison.runs[i].results.tests) {
      ComparedTest& test = tests[result.test];
      test.results.resize(comparison.runs.size(), nullptr);
      if (test.results[i] != nullptr) {
        return fail(ErrorCode::bad_value,
                    comparison.runs[i].directory + ": holds the test '" + result.test + "' twice");
      }
      test.results[i] = &result;
      test.test = result.test;
      test.title = result.title;
      test.role = result.role;
      test.checks = result.checks;
    }
  }
  for (auto& [name, test] : tests) {
    judge(test);
    comparison.tests.push_back(std::move(test));
  }
  return {};
}

void add_requirements(Comparison& comparison) {
  std::map<std::string, verdict::Requirement> rows;
  for (const ComparedRun& run : comparison.runs) {
    auto& verdicts = comparison.requirement_verdicts.emplace_back();
    for (const RequirementVerdict& row : judge_requirements(run.results)) {
      rows[row.requirement->id] = *row.requirement;
      verdicts[row.requirement->id] = row.verdict;
    }
  }
  for (ComparedTest& test : comparison.tests) {
    for (const std::string& id : test.checks) {
      if (const auto row = rows.find(id); row != rows.end())
        test.documents.insert(row->second.document);
    }
  }
  for (auto& [id, row] : rows)
    comparison.requirements.push_back(std::move(row));
}

}  // namespace

Result<Comparison> compare(std::vector<ComparedRun> runs) {
  constexpr std::size_t most = 26;  // letters; and no page is wider
  if (runs.size() < 2 || runs.size() > most) {
    return fail(ErrorCode::bad_value, "from 2 to " + std::to_string(most) +
                                          " runs can be compared, not " +
                                          std::to_string(runs.size()));
  }
  Comparison comparison;
  comparison.runs = std::move(runs);
  for (std::size_t i = 0; i < comparison.runs.size(); ++i)
    comparison.runs[i].letter = std::string(1, static_cast<char>('A' + i));
  KARPSPEC_CHECK(add_tests(comparison));
  add_requirements(comparison);
  find_changes(comparison);
  find_caveats(comparison);
  return comparison;
}

std::string cell_name(const TestResult* result) {
  return result == nullptr ? "not-in-run" : to_string(result->verdict);
}

std::string in_words(const ComparedRun& run) {
  auto counts = count_verdicts(run.results.tests);
  std::size_t known = 0;
  std::size_t permitted = 0;
  for (const TestResult& test : run.results.tests) {
    known += !test.expected.empty() ? 1U : 0U;
    permitted += test.verdict == Verdict::inconclusive && !counts_against(test) ? 1U : 0U;
  }
  const std::size_t judged = run.results.tests.size() - counts[Verdict::not_applicable];
  if (judged == 0)
    return run.results.info.device + ": nothing was judged, " +
           count_of(run.results.tests.size(), "test does", "tests do") + " not apply.";
  std::string text = run.results.info.device + " passes ";
  text += judged > 1 && counts[Verdict::pass] == judged
              ? "all"
              : std::to_string(counts[Verdict::pass]) + " of the";
  text += " " + count_of(judged, "test that applies", "tests that apply") + " to it";
  std::vector<std::string> rest;
  if (counts[Verdict::fail] > 0)
    rest.push_back("fails " + std::to_string(counts[Verdict::fail]));
  if (const std::size_t open = counts[Verdict::inconclusive] - permitted; open > 0)
    rest.push_back("does not come as far as to be judged in " + std::to_string(open));
  if (permitted > 0)
    rest.push_back("does what is permitted though advised against in " + std::to_string(permitted));
  if (counts[Verdict::error] > 0)
    rest.push_back("could not be judged for an error in " + std::to_string(counts[Verdict::error]));
  for (std::size_t i = 0; i < rest.size(); ++i)
    text += (i + 1 == rest.size() ? " and " : ", ") + rest[i];
  text += ".";
  if (known > 0)
    text += " " + count_of(known, "of these results was", "of these results were") +
            " known beforehand, with " + (known == 1 ? "its reason." : "their reasons.");
  if (counts[Verdict::not_applicable] > 0)
    text += " " + count_of(counts[Verdict::not_applicable], "test does", "tests do") +
            " not apply, as the device does not claim what is needed.";
  return text;
}

std::string headline(const Comparison& comparison) {
  std::size_t both = 0;
  std::size_t different = 0;
  for (const ComparedTest& test : comparison.tests) {
    both += std::count_if(test.results.begin(), test.results.end(), was_judged) > 1 ? 1U : 0U;
    different += test.differs ? 1U : 0U;
  }
  if (both == 0)
    return "No test was judged in more than one run";
  const std::string of = count_of(both, "test", "tests") + " judged in more than one run";
  if (different == 0)
    return "The same verdict in each of the " + of;
  return "Different verdicts in " + std::to_string(different) + " of the " + of;
}

}  // namespace karpspec::report
