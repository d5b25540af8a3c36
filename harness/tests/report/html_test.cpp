// report.html: one page with everything in it, looked at by a real browser.
#include <gmock/gmock.h>

#include "command.h"
#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Html, Golden) {
  expect_golden(to_html(sample_run()), "report.html");
}

TEST(Html, HasNoOutsideAsset) {
  for (const std::string& page : {to_html(sample_run()), to_html(sample_proof())}) {
    for (const char* outside : {"<link", "src=", "url(", "@import", "http:", "https:", "fetch("})
      EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
}

TEST(Html, NamesAreEscapedAndNoTemplatesThemselves) {
  const std::string page = to_html(sample_run());
  EXPECT_THAT(page, HasSubstr("router &lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt; {{seed}}"));
  EXPECT_THAT(page, HasSubstr("waits 2 s: &lt;nothing&gt; came"));
  EXPECT_THAT(page, Not(HasSubstr("<b>\"A&B\"")));
  EXPECT_THAT(page, Not(HasSubstr("<nothing>")));
}

TEST(Html, HeadlineSaysWhatCameOut) {
  EXPECT_THAT(to_html(sample_run()), HasSubstr("<h1>3 of 5 tests did not pass</h1>"));
  EXPECT_THAT(to_html(sample_proof()), HasSubstr("<h1>1 of 2 faults are not caught</h1>"));
  RunResults good = sample_run();
  good.tests.resize(1);
  EXPECT_THAT(to_html(good), HasSubstr("<h1>The device conforms to what was tested</h1>"));
  EXPECT_THAT(to_html(RunResults()), HasSubstr("<h1>Nothing was judged</h1>"));
}

// The page in a browser, after its script ran, as text of its document.
class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_program("chromium"))
      GTEST_SKIP() << "chromium is not installed";
    ASSERT_TRUE(write_file(directory_.path() + "/report.html", to_html(sample_run())));
  }

  // QUERY presets the page's filters; HASH opens a test.
  std::string dom(const std::string& query, const std::string& hash = "") {
    return browser_dom(directory_.path(), "report.html" + query + hash);
  }

  // Rows of the requirements (or tests) that can be seen, by their verdicts.
  static std::vector<std::string> shown(const std::string& page, const std::string& element) {
    std::vector<std::string> verdicts;
    const std::string start = "<" + element;
    for (auto at = page.find(start); at != std::string::npos; at = page.find(start, at + 1)) {
      const std::string tag = page.substr(at, page.find('>', at) - at);
      const auto verdict = tag.find("data-verdict=\"");
      if (verdict == std::string::npos || tag.find("hidden\"") != std::string::npos)
        continue;
      const auto from = verdict + 14;
      verdicts.push_back(tag.substr(from, tag.find('"', from) - from));
    }
    return verdicts;
  }

 private:
  TemporaryDirectory directory_;
};

using testing::ElementsAre;

TEST_F(Browser, ShowsEverythingUnfiltered) {
  const std::string page = dom("");
  EXPECT_THAT(shown(page, "tr"), ElementsAre("pass", "inconclusive", "fail", "not-applicable",
                                             "error", "not-observable"));
  EXPECT_THAT(shown(page, "details"),
              ElementsAre("pass", "inconclusive", "fail", "not-applicable", "error"));
}

TEST_F(Browser, FiltersByVerdictLevelAndRole) {
  const std::string failed = dom("?verdict=fail");
  EXPECT_THAT(shown(failed, "tr"), ElementsAre("fail"));
  EXPECT_THAT(shown(failed, "details"), ElementsAre("fail"));
  const std::string should = dom("?level=SHOULD");
  EXPECT_THAT(shown(should, "tr"), ElementsAre("inconclusive"));
  EXPECT_THAT(shown(should, "details"), ElementsAre("inconclusive"));
  const std::string initiator = dom("?role=initiator");
  EXPECT_THAT(shown(initiator, "tr"), ElementsAre("not-applicable", "error", "not-observable"));
  EXPECT_THAT(shown(initiator, "details"), ElementsAre("error"));
  const std::string both = dom("?role=responder&level=MUST");
  EXPECT_THAT(shown(both, "details"), ElementsAre("pass", "fail"));
  EXPECT_THAT(both, HasSubstr("3 requirements, 2 tests shown"));
}

TEST_F(Browser, ALinkOpensItsTest) {
  const std::string page = dom("", "#rkmp/6/initiator/liveness");
  const auto at = page.find("<details class=\"test\" id=\"rkmp/6/initiator/liveness\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(page.substr(at, page.find('>', at) - at), HasSubstr(" open=\"\""));
}

TEST_F(Browser, DrawsTheExchange) {
  const std::string page = dom("");
  EXPECT_THAT(page, HasSubstr("<svg class=\"ladder\" role=\"img\""));
  EXPECT_THAT(page, HasSubstr("IKE_AUTH response, id 1 {IDr, AUTH, SAr2, TSi, TSr}</text>"));
}

}  // namespace
}  // namespace karpspec::report
