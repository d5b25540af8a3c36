#include "report/comparison.h"

namespace karpspec::report {
namespace {

constexpr const char* comparison_format = "karpspec-comparison-1";

Json summary_of(const Comparison& comparison, std::size_t run) {
  const RunResults& results = comparison.runs[run].results;
  auto counts = count_verdicts(results.tests);
  std::size_t expected = 0;
  for (const TestResult& test : results.tests)
    expected += test.expected.empty() ? 0U : 1U;
  return {{"pass", counts[Verdict::pass]},
          {"fail", counts[Verdict::fail]},
          {"inconclusive", counts[Verdict::inconclusive]},
          {"not-applicable", counts[Verdict::not_applicable]},
          {"error", counts[Verdict::error]},
          {"not-in-run", comparison.tests.size() - results.tests.size()},
          {"expected", expected}};
}

Json runs_json(const Comparison& comparison) {
  Json runs = Json::array();
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    const ComparedRun& run = comparison.runs[i];
    runs.push_back({{"letter", run.letter},
                    {"directory", run.directory},
                    {"run", to_json(run.results.info)},
                    {"summary", summary_of(comparison, i)},
                    {"words", in_words(run)}});
  }
  return runs;
}

Json requirements_json(const Comparison& comparison) {
  Json rows = Json::array();
  for (const verdict::Requirement& requirement : comparison.requirements) {
    Json row = to_json(requirement);
    Json verdicts = Json::object();
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
      const auto& of_run = comparison.requirement_verdicts[i];
      const auto found = of_run.find(requirement.id);
      verdicts[comparison.runs[i].letter] = found == of_run.end() ? "not-in-run" : found->second;
    }
    row["verdicts"] = std::move(verdicts);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json tests_json(const Comparison& comparison) {
  Json tests = Json::array();
  for (const ComparedTest& test : comparison.tests) {
    Json results = Json::object();
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
      results[comparison.runs[i].letter] =
          test.results[i] == nullptr ? Json() : to_json(*test.results[i]);
    }
    tests.push_back({{"test", test.test},
                     {"title", test.title},
                     {"role", test.role},
                     {"documents", test.documents},
                     {"checks", test.checks},
                     {"differs", test.differs},
                     {"lopsided", test.lopsided},
                     {"failing", test.failing},
                     {"results", std::move(results)}});
  }
  return tests;
}

Json changed_json(const std::vector<ChangedTest>& changed) {
  Json list = Json::array();
  for (const ChangedTest& test : changed) {
    list.push_back({{"test", test.test},
                    {"title", test.title},
                    {"before", test.before},
                    {"after", test.after},
                    {"reason", test.reason},
                    {"known", test.known}});
  }
  return list;
}

Json changes_json(const Comparison& comparison) {
  Json list = Json::array();
  for (const Change& change : comparison.changes) {
    list.push_back({{"device", comparison.runs[change.to].results.info.device},
                    {"from", comparison.runs[change.from].letter},
                    {"to", comparison.runs[change.to].letter},
                    {"worse", change.worse},
                    {"newly_failing", changed_json(change.newly_failing)},
                    {"newly_passing", changed_json(change.newly_passing)},
                    {"otherwise", changed_json(change.otherwise)},
                    {"added", change.added},
                    {"removed", change.removed}});
  }
  return list;
}

}  // namespace

Json to_json(const Comparison& comparison) {
  return {{"format", comparison_format},
          {"headline", headline(comparison)},
          {"caveats", comparison.caveats},
          {"runs", runs_json(comparison)},
          {"changes", changes_json(comparison)},
          {"documents", documents_json(comparison.requirements)},
          {"requirements", requirements_json(comparison)},
          {"tests", tests_json(comparison)}};
}

}  // namespace karpspec::report
