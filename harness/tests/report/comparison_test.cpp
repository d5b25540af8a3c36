// Several runs side by side: what is said to differ, what has changed, and how it is shown.
#include "report/comparison.h"

#include <gmock/gmock.h>

#include "command.h"
#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Result<Comparison> compare_runs(RunResults first, RunResults second) {
  std::vector<ComparedRun> runs;
  runs.push_back({"", "one", "", std::move(first)});
  runs.push_back({"", "two", "", std::move(second)});
  return compare(std::move(runs));
}

std::vector<std::string> names_of(const std::vector<ChangedTest>& tests) {
  std::vector<std::string> names;
  for (const ChangedTest& test : tests)
    names.push_back(test.test);
  return names;
}

const ComparedTest& test_of(const Comparison& comparison, const std::string& name) {
  for (const ComparedTest& test : comparison.tests) {
    if (test.test == name)
      return test;
  }
  throw std::out_of_range(name);
}

TEST(Comparison, ARunWithItselfHasNothingToTell) {
  const auto comparison = compare_runs(sample_run(), sample_run());
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(headline(*comparison),
            "The same verdict in each of the 4 tests judged in more than "
            "one run");
  EXPECT_THAT(comparison->caveats, IsEmpty());
  ASSERT_THAT(comparison->changes, SizeIs(1));
  const Change& change = comparison->changes[0];
  EXPECT_FALSE(change.worse);
  EXPECT_THAT(change.newly_failing, IsEmpty());
  EXPECT_THAT(change.newly_passing, IsEmpty());
  EXPECT_THAT(change.otherwise, IsEmpty());
}

TEST(Comparison, WhatIsJudgedForTheFirstTimeHasNotBecomeOtherwise) {
  RunResults before = sample_run();
  for (TestResult& test : before.tests)
    test.verdict = Verdict::not_applicable;
  before.info.pics = {"psk", "role initiator"};
  RunResults after = sample_run();
  after.info.pics = {"psk", "role initiator", "sas"};
  const auto comparison = compare_runs(before, after);
  ASSERT_TRUE(comparison) << comparison.error().message;
  const Change& change = comparison->changes.at(0);
  EXPECT_THAT(change.newly_failing, IsEmpty());
  EXPECT_THAT(change.newly_passing, IsEmpty());
  EXPECT_THAT(change.otherwise, Not(IsEmpty()));
  EXPECT_THAT(comparison->caveats, testing::Contains(HasSubstr("by some alone: sas (B).")));
  EXPECT_THAT(in_words(comparison->runs[0]), HasSubstr("nothing was judged, 5 tests do not apply"));
}

TEST(Comparison, SectionsComeAsTheyStandInTheirDocuments) {
  EXPECT_TRUE(comes_before("rfc5996/2.9", "rfc5996/2.10"));
  EXPECT_TRUE(comes_before("rfc5996/1.3", "rfc5996/1.3.1"));
  EXPECT_FALSE(comes_before("rkmp/3.2", "rkmp/3.2"));
}

TEST(Comparison, SaysWhichTestsDifferAndWhoLacksThem) {
  const Comparison comparison = sample_comparison();
  const ComparedTest& refused = test_of(comparison, "rfc5996/2.15/responder/auth-value");
  EXPECT_TRUE(refused.differs);
  EXPECT_FALSE(refused.lopsided);
  EXPECT_TRUE(refused.failing);
  EXPECT_THAT(refused.documents, ElementsAre("RFC5996"));
  const ComparedTest& policy = test_of(comparison, "rkmp/3.2/responder/one-policy");
  EXPECT_EQ(policy.results[1], nullptr);
  EXPECT_TRUE(policy.differs) << "inconclusive before, pass later";
  EXPECT_TRUE(policy.lopsided);
  const ComparedTest& unclaimed = test_of(comparison, "rkmp/5.1/responder/early-delete");
  EXPECT_FALSE(unclaimed.differs);
  EXPECT_FALSE(unclaimed.lopsided) << "it applies to nobody";
  EXPECT_FALSE(unclaimed.failing);
}

TEST(Comparison, SaysWhatChangedForOneDevice) {
  const Comparison comparison = sample_comparison();
  ASSERT_THAT(comparison.changes, SizeIs(1)) << "the other device has one run only";
  const Change& change = comparison.changes[0];
  EXPECT_EQ(change.from, 0U);
  EXPECT_EQ(change.to, 2U);
  EXPECT_TRUE(change.worse);
  EXPECT_THAT(names_of(change.newly_failing), ElementsAre("rfc5996/2.15/responder/auth-value"));
  EXPECT_THAT(names_of(change.newly_passing), ElementsAre("rkmp/3.2/responder/one-policy"));
  ASSERT_THAT(names_of(change.otherwise), ElementsAre("rkmp/4.1/responder/options-flag"));
  EXPECT_THAT(change.otherwise[0].before, HasSubstr("fail in step 4"));
  EXPECT_THAT(change.otherwise[0].after, HasSubstr("fail in step 5"));
  EXPECT_TRUE(change.otherwise[0].known);
  EXPECT_THAT(change.added, ElementsAre("rkmp/6/initiator/liveness-twice"));
  EXPECT_THAT(change.removed, IsEmpty());
}

TEST(Comparison, APassThatIsGoneIsWorse) {
  RunResults before = sample_run();
  before.tests.resize(1);
  RunResults after = before;
  after.tests.clear();
  auto comparison = compare_runs(before, after);
  ASSERT_TRUE(comparison);
  EXPECT_TRUE(comparison->changes[0].worse);
  EXPECT_THAT(comparison->changes[0].removed, ElementsAre("rfc5996/2.15/responder/auth-value"));
  EXPECT_EQ(headline(*comparison), "No test was judged in more than one run");

  after = before;
  after.tests[0].verdict = Verdict::not_applicable;
  comparison = compare_runs(before, after);
  EXPECT_TRUE(comparison->changes[0].worse);
  EXPECT_THAT(names_of(comparison->changes[0].otherwise),
              ElementsAre("rfc5996/2.15/responder/auth-value"));
}

TEST(Comparison, WhatIsExpectedMakesNoRunWorse) {
  RunResults before = sample_run();
  before.tests.resize(1);
  RunResults after = before;
  after.tests[0].verdict = Verdict::fail;
  after.tests[0].fault = verdict::Fault::device;
  EXPECT_TRUE(compare_runs(before, after)->changes[0].worse);
  after.tests[0].expected = "It is so";
  const auto comparison = compare_runs(before, after);
  EXPECT_FALSE(comparison->changes[0].worse);
  ASSERT_THAT(comparison->changes[0].newly_failing, SizeIs(1));
  EXPECT_TRUE(comparison->changes[0].newly_failing[0].known);
}

TEST(Comparison, SaysInWhatTheRunsAreNotAlike) {
  RunResults other = sample_run();
  other.info.tool_version = "0.2.0";
  other.info.profile_version = "2";
  other.info.seed = 9;
  other.info.fault = "kdf-changed";
  other.tests[0].title = "Another claim";
  other.tests.pop_back();
  const auto comparison = compare_runs(sample_run(), other);
  ASSERT_TRUE(comparison);
  EXPECT_THAT(comparison->caveats,
              ElementsAre(HasSubstr("versions of karpspec: 0.1.0 (A); 0.2.0 (B)"),
                          HasSubstr("profile"), HasSubstr("seeds differ"),
                          HasSubstr("fault was played on purpose: none (A); kdf-changed (B)"),
                          HasSubstr("1 test is not the same in all runs"),
                          HasSubstr("B lacks 1 test that another run has")));
}

TEST(Comparison, TellsARunInWords) {
  const Comparison comparison = sample_comparison();
  EXPECT_EQ(in_words(comparison.runs[1]),
            "other passes 1 of the 3 tests that apply to it, fails 1 and could not be judged for "
            "an error in 1. 1 of these results was known beforehand, with its reason. 1 test does "
            "not apply, as the device does not claim what is needed.");
}

TEST(Comparison, RefusesWhatCannotBeCompared) {
  std::vector<ComparedRun> one(1);
  EXPECT_EQ(compare(std::move(one)).error().code, ErrorCode::bad_value);
  std::vector<ComparedRun> many(27);
  EXPECT_EQ(compare(std::move(many)).error().code, ErrorCode::bad_value);
  RunResults twice = sample_run();
  twice.tests.push_back(twice.tests[0]);
  const auto refused = compare_runs(sample_run(), twice);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("two: holds the test 'rfc5996/2.15/responder/auth-value' twice"));
}

TEST(Comparison, IsAsItsSchemaSays) {
  const Json json = to_json(sample_comparison());
  EXPECT_EQ(complaint("comparison", json.dump()), "");
  Json wrong = json;
  wrong["tests"][0]["results"]["A"]["verdict"] = "perhaps";
  EXPECT_NE(complaint("comparison", wrong.dump()), "");
  wrong = json;
  wrong["runs"][0]["letter"] = "first";
  EXPECT_NE(complaint("comparison", wrong.dump()), "");
}

TEST(Comparison, Golden) {
  const Comparison comparison = sample_comparison();
  expect_golden(to_json(comparison).dump(1) + "\n", "comparison.json");
  expect_golden(to_markdown(comparison), "comparison.md");
  expect_golden(to_html(comparison), "comparison.html");
}

TEST(Comparison, PageHasNoOutsideAssetAndNamesAreEscaped) {
  const std::string page = to_html(sample_comparison());
  for (const char* outside : {"<link", "src=", "url(", "@import", "http:", "https:", "fetch("})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  EXPECT_THAT(page, HasSubstr("router &lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt; {{seed}}"));
  EXPECT_THAT(page, Not(HasSubstr("<its> manual")));
}

TEST(Comparison, MarkdownHasNoMarkupOfOthers) {
  const std::string text = to_markdown(sample_comparison());
  EXPECT_THAT(text, HasSubstr("router \\<b\\>\"A\\&B\"\\</b\\> \\{\\{seed\\}\\}"));
  EXPECT_THAT(text, HasSubstr("other 4 \\| 5"));
}

// The page in a browser, after its script ran.
class ComparisonPage : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_program("chromium"))
      GTEST_SKIP() << "chromium is not installed";
    ASSERT_TRUE(write_file(directory_.path() + "/comparison.html", to_html(sample_comparison())));
  }
  std::string dom(const std::string& more) {
    return browser_dom(directory_.path(), "comparison.html" + more);
  }
  // The tests whose rows can be seen.
  static std::vector<std::string> shown(const std::string& page) {
    std::vector<std::string> names;
    const std::string start = "<tbody id=\"";
    for (auto at = page.find(start); at != std::string::npos; at = page.find(start, at + 1)) {
      const std::string tag = page.substr(at, page.find('>', at) - at);
      if (tag.find("data-row=\"tests\"") == std::string::npos ||
          tag.find("hidden\"") != std::string::npos)
        continue;
      names.push_back(tag.substr(start.size(), tag.find('"', start.size()) - start.size()));
    }
    return names;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(ComparisonPage, ShowsEveryTestUnfiltered) {
  const std::string page = dom("");
  EXPECT_THAT(shown(page), SizeIs(6));
  EXPECT_THAT(page, HasSubstr("6 tests, 5 requirements shown"));
}

TEST_F(ComparisonPage, FiltersDifferencesFailuresAndDocuments) {
  EXPECT_THAT(shown(dom("?show=different")),
              ElementsAre("rfc5996/2.15/responder/auth-value", "rkmp/3.2/responder/one-policy",
                          "rkmp/4.1/responder/options-flag"));
  EXPECT_THAT(shown(dom("?show=failing&document=RFC5996")),
              ElementsAre("rfc5996/2.15/responder/auth-value"));
  EXPECT_THAT(shown(dom("?show=lopsided")),
              ElementsAre("rkmp/3.2/responder/one-policy", "rkmp/6/initiator/liveness-twice"));
  EXPECT_THAT(shown(dom("?show=changed")),
              ElementsAre("rfc5996/2.15/responder/auth-value", "rkmp/3.2/responder/one-policy",
                          "rkmp/4.1/responder/options-flag"));
}

TEST_F(ComparisonPage, ACellOpensItsReason) {
  const std::string id = "B:rfc5996/2.15/responder/auth-value";
  const auto tag = [&id](const std::string& page) {
    const auto at = page.find("id=\"" + id + "\"");
    return at == std::string::npos ? "" : page.substr(at, page.find('>', at) - at);
  };
  EXPECT_THAT(tag(dom("")), HasSubstr("hidden"));
  const std::string page = dom("?show=lopsided#" + id);
  ASSERT_THAT(tag(page), Not(IsEmpty()));
  EXPECT_THAT(tag(page), Not(HasSubstr("hidden")));
  EXPECT_THAT(shown(page), SizeIs(6)) << "the filter that hid it is taken back";
  EXPECT_THAT(page, HasSubstr("aria-expanded=\"true\" aria-controls=\"" + id + "\""));
}

}  // namespace
}  // namespace karpspec::report
