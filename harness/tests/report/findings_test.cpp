// What is told beside the verdicts, and what was expected: the same in every format.
#include "report/findings.h"

#include <gmock/gmock.h>

#include "report/console.h"
#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using verdict::Finding;

TestResult unsupported(const std::string& test, const std::string& method,
                       std::vector<std::string> needs) {
  TestResult result;
  result.test = test;
  result.verdict = Verdict::not_applicable;
  result.unsupported = method;
  result.needs = std::move(needs);
  return result;
}

TEST(Findings, AClaimThatIsAnsweredUnsupportedIsOne) {
  RunResults results;
  results.info.pics = {"control", "kmdb"};
  results.tests = {unsupported("a", "kmdb-request", {"control", "kmdb"}),
                   unsupported("b", "kmdb-request", {"control", "kmdb", "!cookies"}),
                   unsupported("c", "start", {"control"}), unsupported("d", "configure", {})};
  const std::vector<Finding> findings = broken_claims(results);
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].kind, Finding::Kind::claimed);
  EXPECT_EQ(findings[0].test, "a");
  EXPECT_EQ(findings[0].text,
            "the PICS claims 'kmdb', and the device answers 'unsupported' to 'kmdb-request' (2 "
            "tests)");
  EXPECT_EQ(findings[1].text,
            "the PICS claims 'control', and the device answers 'unsupported' to 'start'");
  EXPECT_THAT(findings[2].text, HasSubstr("'unsupported' to 'configure'"));
  // Who does not claim control contradicts nothing by not having it.
  results.info.pics = {"role responder"};
  results.tests.erase(results.tests.begin(), results.tests.begin() + 2);
  EXPECT_THAT(broken_claims(results), IsEmpty());
}

TEST(Findings, AreInEveryFormat) {
  const RunResults results = sample_findings();
  const std::string html = to_html(results);
  const std::string junit = to_junit(results);
  const std::string markdown = to_markdown(results);
  const std::string sarif = json_text(to_sarif(results));
  const std::string json = json_text(to_json(results));
  for (const std::string* text : {&html, &junit, &markdown, &sarif, &json}) {
    EXPECT_THAT(*text, HasSubstr("and there is no such test"));
    EXPECT_THAT(*text, HasSubstr("expected until 2040-01-01"));
    EXPECT_THAT(*text, HasSubstr("early-delete"));
    EXPECT_THAT(*text, HasSubstr("delete-key"));
    EXPECT_THAT(*text, HasSubstr("the DUT file claims"));
    EXPECT_THAT(*text, HasSubstr("Told to its maker"));
  }
  for (const std::string* text : {&html, &junit, &markdown, &sarif})
    EXPECT_THAT(*text, HasSubstr("(until 2040-01-01)"));
  EXPECT_THAT(html, HasSubstr("profile.tcp_ao_protocol: 202, not 201"));
}

TEST(Findings, AreReadBack) {
  const Json run = to_json(sample_findings());
  EXPECT_EQ(complaint("results", run.dump()), "");
  const auto read = results_from_json(run);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->info.findings, sample_findings().info.findings);
  EXPECT_EQ(to_json(*read).dump(), run.dump());
  Json wrong = run;
  wrong["run"]["findings"][0]["kind"] = "guess";
  EXPECT_FALSE(results_from_json(wrong));
  EXPECT_NE(complaint("results", wrong.dump()), "");
}

TEST(Findings, WhatIsExpectedIsNotCountedWithWhatIsNot) {
  EXPECT_EQ(headline(sample_findings()), "2 of 5 tests did not pass, and 1 more as expected");
  RunResults known = sample_findings();
  known.tests = {known.tests[0], known.tests[2]};
  known.info.findings.clear();
  EXPECT_EQ(headline(known),
            "Nothing is otherwise than expected: 1 of 2 tests are known not to pass");
  known.info.findings = {{Finding::Kind::expected, known.tests[0].test, "pass where fail was"}};
  EXPECT_EQ(headline(known), "The results are not those that were expected");
}

TEST(Markdown, IsShortAndSaysWhatDidNotPass) {
  expect_golden(to_markdown(sample_findings()), "summary.md");
  RunResults many = sample_run();
  for (int i = 0; i < 200; ++i) {
    TestResult test = sample_failure();
    test.test += std::to_string(i);
    many.tests.push_back(test);
  }
  const std::string text = to_markdown(many);
  EXPECT_LT(text.size(), 40'000U);
  EXPECT_THAT(text, HasSubstr("and 143 more, in the report"));
}

TEST(Markdown, HasNoMarkupOfOthers) {
  const std::string text = to_markdown(sample_findings());
  EXPECT_THAT(text, HasSubstr("router \\<b\\>\"A\\&B\"\\</b\\> \\{\\{seed\\}\\}"));
  EXPECT_THAT(text, HasSubstr("Told to its maker \\| in \\<2026\\>"));
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
}

}  // namespace
}  // namespace karpspec::report
