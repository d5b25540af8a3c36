// junit.xml: what CI systems read.
#include <gmock/gmock.h>

#include "command.h"
#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace karpspec::report
