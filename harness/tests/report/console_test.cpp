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
  expect_golden(explain_result(sample_failure(), "out/try"), "failure.txt");
}

TEST(Console, FailureWithoutAReportNamesNoFiles) {
  EXPECT_THAT(explain_result(sample_failure(), ""), Not(HasSubstr(".pcapng")));
}

TEST(Console, FailureFitsOneScreenHoweverLongTheExchange) {
  TestResult test = sample_failure();
  for (int i = 0; i < 500; ++i)
    test.exchange.push_back("1.0 --> INFORMATIONAL request, id " + std::to_string(i) + " {}");
  const std::string text = explain_result(test, "out/try");
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 40);
  EXPECT_THAT(text, HasSubstr("488 lines before these"));
  EXPECT_THAT(text, HasSubstr("id 499 {}"));
}

TEST(Console, SummaryCountsVerdictsAndRequirements) {
  EXPECT_EQ(summary(sample_run(), "out/try"),
            "5 tests: 1 pass 1 fail 1 inconclusive 1 error 1 not-applicable\n"
            "1 of 5 tested requirements hold (6 in the catalogue)\n"
            "report: out/try/report.html\n");
}

TEST(Console, SummaryOfNothing) {
  EXPECT_EQ(summary({}, ""),
            "0 tests: 0 pass 0 fail\n0 of 0 tested requirements hold (0 in the catalogue)\n");
}

}  // namespace
}  // namespace karpspec::report
