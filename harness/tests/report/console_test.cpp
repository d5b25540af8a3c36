// What a person reads on the terminal.
#include "report/console.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Console, FailureTextGolden) {
  expect_golden(
      explain_result(sample_failure(), sample_run(), {"out/try", "build/release/karpspec"}),
      "failure.txt");
}

TEST(Console, FailureWithoutAReportNamesNoFiles) {
  EXPECT_THAT(explain_result(sample_failure(), sample_run(), {}), Not(HasSubstr(".pcapng")));
}

TEST(Console, FailureFitsOneScreenHoweverLongTheExchange) {
  TestResult test = sample_failure();
  for (int i = 0; i < 500; ++i)
    test.exchange.push_back("    1.0s  tester -> device  INFORMATIONAL request, id " +
                            std::to_string(i) + " {}");
  const std::string text = explain_result(test, sample_run(), {"out/try"});
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 40);
  EXPECT_THAT(text, HasSubstr("488 lines before these"));
  EXPECT_THAT(text, HasSubstr("id 499 {}"));
}

TEST(Console, RequirementsThatTheCatalogueDoesNotHaveAreNamed) {
  EXPECT_THAT(explain_result(sample_failure(), {}, {}), HasSubstr("clauses   RKMP-4.1-02\n"));
}

TEST(Console, FewFailuresAreAllExplained) {
  const TestResult test = sample_failure();
  const std::string text =
      explain_results(std::vector<const TestResult*>(13, &test), sample_run(), {"out/try"});
  EXPECT_THAT(text, Not(HasSubstr("more did not pass")));
}

TEST(Console, ADeviceThatHasGoneAwayIsToldOnce) {
  std::vector<TestResult> gone(20, sample_failure());
  std::vector<const TestResult*> all;
  const TestResult failure = sample_failure();
  all.push_back(&failure);
  for (std::size_t i = 0; i < gone.size(); ++i) {
    gone[i].test = "rkmp/3.2/responder/test-" + std::to_string(i);
    gone[i].verdict = Verdict::error;
    gone[i].reason = "the device is dead: cannot connect";
    gone[i].failure.reset();
    all.push_back(&gone[i]);
  }
  const std::string text = explain_results(all, sample_run(), {"out/try"});
  EXPECT_THAT(text, HasSubstr("fail  " + failure.test));
  EXPECT_THAT(text, HasSubstr("error  rkmp/3.2/responder/test-2\n"));
  EXPECT_THAT(text, Not(HasSubstr("error  rkmp/3.2/responder/test-3\n")));
  EXPECT_THAT(text, HasSubstr("17 more with the same error, from rkmp/3.2/responder/test-3 to "
                              "rkmp/3.2/responder/test-19: the device is dead: cannot connect\n"));
  EXPECT_THAT(text, Not(HasSubstr("more did not pass")));
}

TEST(Console, ManyFailuresHaveALineEach) {
  TestResult test = sample_failure();
  test.failure->got = std::string(200, 'x') + "\xE2\x82\xAC";
  const std::string text =
      explain_results(std::vector<const TestResult*>(100, &test), sample_run(), {"out/try"});
  EXPECT_THAT(text, HasSubstr("88 more did not pass; out/try/report.html explains them"));
  std::size_t lines = 0;
  for (auto at = text.find("\n  fail  "); at != std::string::npos;
       at = text.find("\n  fail  ", at + 1)) {
    ++lines;
    EXPECT_LT(text.find('\n', at + 1) - at, 220U);
  }
  EXPECT_EQ(lines, 88U);
}

TEST(Console, SummaryCountsVerdictsAndRequirements) {
  EXPECT_EQ(summary(sample_run(), {"out/try"}),
            "5 tests: 1 pass 1 fail 1 inconclusive 1 error 1 not-applicable\n"
            "  1 does not apply: the device does not claim 'early-delete'\n"
            "1 of 3 judged requirements hold; 3 more in the catalogue were not judged here\n"
            "report: out/try/report.html\n");
}

TEST(Console, SummaryOfNothing) {
  EXPECT_EQ(summary({}, {}),
            "0 tests: 0 pass 0 fail\nnothing was judged\n0 of 0 judged requirements hold; "
            "0 more in the catalogue were not judged here\n");
}

TEST(Console, SummarySaysWhyTestsDoNotApplyAndThatNothingWasJudged) {
  RunResults run = sample_run();
  TestResult test = run.tests.front();
  test.verdict = Verdict::not_applicable;
  test.reason = "the PICS does not claim 'sas'";
  run.tests = {test, test, test};
  run.tests[0].reason = "the PICS does not claim the role of initiator";
  EXPECT_THAT(summary(run, {}),
              HasSubstr("  2 do not apply: the PICS does not claim 'sas'\n"
                        "  1 does not apply: the PICS does not claim the role of initiator\n"
                        "nothing was judged\n0 of 0 judged requirements hold"));
}

}  // namespace
}  // namespace karpspec::report
