// What tests say about a requirement.
#include <gmock/gmock.h>

#include "sample_results.h"

namespace karpspec::report {
namespace {

std::string verdict_of(const RunResults& results, const std::string& id) {
  for (const RequirementVerdict& row : judge_requirements(results)) {
    if (row.requirement->id == id)
      return row.verdict;
  }
  return "no row";
}

TEST(Requirements, VerdictsOfTheSample) {
  const RunResults run = sample_run();
  EXPECT_EQ(verdict_of(run, "IKE-2.15-02"), "pass");
  EXPECT_EQ(verdict_of(run, "RKMP-3.2-04"), "inconclusive");
  EXPECT_EQ(verdict_of(run, "RKMP-4.1-02"), "fail");
  EXPECT_EQ(verdict_of(run, "RKMP-5.1-01"), "not-applicable");
  EXPECT_EQ(verdict_of(run, "RKMP-6-01"), "error");
  EXPECT_EQ(verdict_of(run, "RKMP-6-02"), "not-observable");
}

TEST(Requirements, ARowWithoutATestIsUntested) {
  RunResults run = sample_run();
  run.tests.clear();
  EXPECT_EQ(verdict_of(run, "RKMP-4.1-02"), "untested");
  EXPECT_EQ(verdict_of(run, "RKMP-6-02"), "not-observable");
}

TEST(Requirements, OneFailureOutweighsPasses) {
  RunResults run = sample_run();
  run.tests[0].checks.emplace_back("RKMP-4.1-02");
  EXPECT_EQ(verdict_of(run, "RKMP-4.1-02"), "fail");
}

TEST(Requirements, AStepBlamesOnlyWhatItJudges) {
  RunResults run = sample_run();
  run.tests[2].checks.emplace_back("RKMP-6-01");
  run.tests.pop_back();
  EXPECT_EQ(verdict_of(run, "RKMP-4.1-02"), "fail");
  EXPECT_EQ(verdict_of(run, "RKMP-6-01"), "inconclusive");
}

TEST(Requirements, APassIsNotUndoneByAnInapplicableTest) {
  RunResults run = sample_run();
  run.tests[3].checks.emplace_back("IKE-2.15-02");
  EXPECT_EQ(verdict_of(run, "IKE-2.15-02"), "pass");
}

// Decision 2: what a document only advises is never failed, in whatever report.
TEST(Verdicts, WhatADocumentPermitsDoesNotCountAgainstTheDevice) {
  TestResult test;
  test.test = "rkmp/1/responder/x";
  test.verdict = Verdict::inconclusive;
  test.fault = verdict::Fault::none;
  EXPECT_FALSE(counts_against(test));
  RunResults run;
  run.tests = {test};
  EXPECT_NE(to_junit(run).find("failures=\"0\" errors=\"0\" skipped=\"1\""), std::string::npos)
      << to_junit(run);
  run.tests[0].fault = verdict::Fault::device;
  EXPECT_TRUE(counts_against(run.tests[0]));
  EXPECT_NE(to_junit(run).find("failures=\"1\" errors=\"0\" skipped=\"0\""), std::string::npos)
      << to_junit(run);
}

}  // namespace
}  // namespace karpspec::report
