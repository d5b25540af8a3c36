// junit.xml: what CI systems read.
#include <gmock/gmock.h>

#include "command.h"
#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Junit, Golden) {
  expect_golden(to_junit(sample_run()), "junit.xml");
}

TEST(Junit, IsWellFormedAndCountsAreRight) {
  if (!has_program("xmllint"))
    GTEST_SKIP() << "xmllint is not installed";
  const TemporaryDirectory directory;
  const std::string file = directory.path() + "/junit.xml";
  RunResults results = sample_run();
  results.tests[0].title = "control \x01 character";
  results.tests[1].reason = "two\nlines & <more> \"quoted\" ]]> \x02";
  ASSERT_TRUE(write_file(file, to_junit(results)));
  const auto value = [&file](const std::string& xpath) {
    const CommandOutput output = run_command("xmllint --xpath '" + xpath + "' " + file);
    EXPECT_EQ(output.status, 0) << xpath;
    return output.text.substr(0, output.text.find('\n'));
  };
  EXPECT_EQ(run_command("xmllint --noout " + file + " 2>&1").text, "");
  EXPECT_EQ(value("count(//testcase)"), "5");
  EXPECT_EQ(value("count(//testcase[failure])"), "2");
  EXPECT_EQ(value("count(//testcase[error])"), "1");
  EXPECT_EQ(value("count(//testcase[skipped])"), "1");
  EXPECT_EQ(value("sum(//testsuite/@failures)"), "2");
  EXPECT_EQ(value("sum(//testsuite/@errors)"), "1");
  EXPECT_EQ(value("sum(//testsuite/@skipped)"), "1");
  EXPECT_EQ(value("sum(//testsuite/@tests)"), "5");
  EXPECT_EQ(value("string(//testcase[@name=\"options-flag\"]/@classname)"), "rkmp/4.1/responder");
  EXPECT_EQ(value("string(//testcase[@name=\"liveness\"]/error/@message)"),
            "192.0.2.1: network is down");
}

TEST(Junit, IsAsItsSchemaSays) {
  if (!has_program("xmllint"))
    GTEST_SKIP() << "xmllint is not installed";
  const TemporaryDirectory directory;
  const std::string file = directory.path() + "/junit.xml";
  const std::string check =
      "xmllint --noout --schema " KARPSPEC_SOURCE_DIR "/reports/schema/junit.xsd " + file + " 2>&1";
  for (const RunResults& results : {sample_run(), sample_findings(), RunResults()}) {
    ASSERT_TRUE(write_file(file, to_junit(results)));
    EXPECT_EQ(run_command(check).text, file + " validates\n");
  }
  // And it refuses what is none.
  const std::string good = to_junit(sample_run());
  for (const auto& [from, to] : {std::pair("<failure ", "<failed "),
                                 {"tests=\"1\"", "tests=\"one\""},
                                 {"<skipped message=", "<skipped reason="},
                                 {"name=\"options-flag\"", "title=\"options-flag\""}}) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), std::string(from).size(), to);
    ASSERT_TRUE(write_file(file, bad));
    EXPECT_NE(run_command(check).status, 0) << to;
  }
}

TEST(Junit, WhatIsExpectedIsSkippedAndAnUnexpectedPassFails) {
  const std::string xml = to_junit(sample_findings());
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"expected: Told to its maker | in &lt;2026&gt; "
                             "(until 2040-01-01); fail: "));
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"rfc5996/2.15/responder\" tests=\"1\" "
                             "failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"not as expected\" message=\"pass where fail was "
                             "expected until 2040-01-01: &lt;bug 7&gt;\">"));
}

TEST(Junit, AnExpectationOfNoTestFails) {
  EXPECT_THAT(to_junit(sample_run()), Not(HasSubstr("expected results")));
  const std::string xml = to_junit(sample_findings());
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"expected results\" tests=\"1\" failures=\"1\" "));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"expected results\" name=\"&#39;rkmp/9&#39; is "
                             "expected, and there is no such test\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"not as expected\" message=\"&#39;rkmp/9&#39; is "
                             "expected, and there is no such test\">"));
}

}  // namespace
}  // namespace karpspec::report
