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

TEST(Html, LinksToEvidenceHoldNothingButItsPath) {
  RunResults results = sample_run();
  results.tests[2].capture = "../run #1/tests/a?b.pcapng";
  const std::string page = to_html(results);
  EXPECT_THAT(page, HasSubstr("href=\"../run%20%231/tests/a%3Fb.pcapng\""));
  EXPECT_THAT(page, Not(HasSubstr("run #1")));
}

// What is printed has no neighbours that a link could lead to.
TEST(Html, OnPaperEvidenceIsNamed) {
  RunResults results = sample_run();
  results.tests[2].capture = "../run #1/tests/a.pcapng";
  const std::string page = to_html(results, Medium::paper);
  EXPECT_THAT(page, HasSubstr("capture <span class=\"mono\">../run #1/tests/a.pcapng</span>"));
  for (auto at = page.find("href=\""); at != std::string::npos; at = page.find("href=\"", at + 1))
    EXPECT_EQ(page[at + 6], '#') << page.substr(at, 80);
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

  // HTML after SCRIPT, as a reader's hand or a printer acts on it.
  std::string browser_dom_of(const std::string& html, const std::string& script) {
    const auto end = html.rfind("</body>");
    EXPECT_TRUE(
        write_file(directory_.path() + "/acted.html",
                   html.substr(0, end) + "<script>" + script + "</script>" + html.substr(end)));
    return browser_dom(directory_.path(), "acted.html");
  }
  [[nodiscard]] const std::string& folder() const { return directory_.path(); }

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

TEST_F(Browser, FiltersAreChosenByHand) {
  // As a reader does: a choice is made, and the page says so and shows less.
  const std::string page =
      browser_dom_of(to_html(sample_run()),
                     "var s=document.querySelector('select[name=verdict]');s.value='error';"
                     "s.dispatchEvent(new Event('change'));");
  EXPECT_THAT(shown(page, "tr"), ElementsAre("error"));
  EXPECT_THAT(shown(page, "details"), ElementsAre("error"));
  const std::string again = browser_dom_of(
      to_html(sample_run()),
      "var s=document.querySelector('select[name=level]');s.value='SHOULD';"
      "s.dispatchEvent(new Event('change'));s.value='';s.dispatchEvent(new Event('change'));");
  EXPECT_EQ(shown(again, "details").size(), 5U);
}

TEST_F(Browser, EvidenceOpensByAClick) {
  const std::string page =
      browser_dom_of(to_html(sample_run()),
                     "document.getElementById('rfc5996/2.15/responder/auth-value')"
                     ".querySelector('summary').click();");
  const auto at = page.find("<details class=\"test\" id=\"rfc5996/2.15/responder/auth-value\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(page.substr(at, page.find('>', at) - at), HasSubstr(" open=\"\""));
}

TEST_F(Browser, BeforePrintingEverythingIsOpenedAndAfterwardsClosedAgain) {
  const std::string print = "dispatchEvent(new Event('beforeprint'));";
  const auto opened = [](const std::string& page) {
    std::size_t count = 0;
    for (auto at = page.find("<details "); at != std::string::npos;
         at = page.find("<details ", at + 1))
      count += page.substr(at, page.find('>', at) - at).find(" open=\"\"") != std::string::npos;
    return count;
  };
  EXPECT_EQ(opened(browser_dom_of(to_html(sample_run()), "")), 3U);
  EXPECT_EQ(opened(browser_dom_of(to_html(sample_run()), print)), 5U);
  EXPECT_EQ(opened(browser_dom_of(to_html(sample_run()),
                                  print + "dispatchEvent(new Event('afterprint'));")),
            3U);
}

// What the browser notes of its own doings has each request of a page of file:, whose origin is
// "null" there.
TEST_F(Browser, AsksForNothingElse) {
  const auto requests = [this](const std::string& html) {
    EXPECT_TRUE(write_file(folder() + "/page.html", html));
    const std::string log = folder() + "/net.json";
    const CommandOutput output = run_command(
        "HOME=" + folder() +
        " timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
        "--user-data-dir=" +
        folder() + "/other --log-net-log=" + log + " --dump-dom 'file://" + folder() +
        "/page.html' 2>/dev/null");
    EXPECT_EQ(output.status, 0);
    EXPECT_THAT(output.text, HasSubstr("Told to its maker"));
    return run_command("grep -o '\"initiator\":\"null\"' " + log + " | wc -l").text;
  };
  const std::string page = to_html(sample_findings());
  EXPECT_EQ(requests(page), "0\n");
  std::string asking = page;
  asking.insert(asking.rfind("</body>"), "<img src=\"http://127.0.0.1:9/pixel.png\">");
  EXPECT_EQ(requests(asking), "1\n");
}

TEST_F(Browser, PrintsAsAPdfWithEverythingInIt) {
  if (!has_program("pdftotext"))
    GTEST_SKIP() << "pdftotext (Debian package poppler-utils) is not installed";
  ASSERT_TRUE(write_file(folder() + "/page.html", to_html(sample_findings())));
  const CommandOutput output = run_command(
      "HOME=" + folder() +
      " timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
      "--no-pdf-header-footer --user-data-dir=" +
      folder() + "/profile --print-to-pdf=" + folder() + "/page.pdf 'file://" + folder() +
      "/page.html' 2>/dev/null && pdftotext -layout " + folder() + "/page.pdf -");
  ASSERT_EQ(output.status, 0);
  // Of tests that pass, and are folded on the screen, too.
  EXPECT_THAT(output.text, HasSubstr("waits 2 s: <nothing> came"));
  EXPECT_THAT(output.text, HasSubstr("Told to its maker"));
  EXPECT_THAT(output.text, HasSubstr("early-delete"));
  EXPECT_THAT(output.text, Not(HasSubstr("role of the device")));
  EXPECT_THAT(output.text, Not(HasSubstr("shown\n")));
}

}  // namespace
}  // namespace karpspec::report
