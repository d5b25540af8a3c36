#include <gmock/gmock.h>
#include <signal.h>

#include <thread>

#include "program.h"

// `karpspec report compare`: runs as the program itself leaves them, side by side.
namespace karpspec::cli {
namespace {

using testing::HasSubstr;

class Compare : public testing::Test {
 protected:
  // Two runs of the reference device, the second one with a fault, and one that ended too early.
  static void SetUpTestSuite() {
    program_ = new Program;
    const auto run = [](const std::string& out, std::vector<std::string> more) {
      more.insert(more.begin(), {"run", "rkmp/3.2", "rkmp/4.1", "--out", out});
      return program_->run(more).code;
    };
    ASSERT_EQ(run("good", {}), 0);
    ASSERT_EQ(run("bad", {"--fault", "kdf-changed"}), 1);
    ASSERT_EQ(run("begun", {}), 0);
    for (const char* name : {"results.json", "report.html", "junit.xml"})
      std::filesystem::remove(program_->file(std::string("begun/") + name));
  }
  static void TearDownTestSuite() {
    delete program_;
    program_ = nullptr;
  }
  static Ended compare(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"report", "compare"});
    return program_->run(arguments);
  }
  static void expect_refusal(std::vector<std::string> arguments, const char* says) {
    const auto ended = compare(std::move(arguments));
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_EQ(ended.lines(), 1U) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(says));
  }

  static Program* program_;
};
Program* Compare::program_ = nullptr;

TEST_F(Compare, WritesAReportInThreeFormats) {
  const auto ended = compare({"good", "bad", "--out", "compared"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("Different verdicts in"));
  const Json json = json_of(program_->file("compared/comparison.json"));
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["runs"][1]["run"]["fault"], "kdf-changed");
  EXPECT_TRUE(json["changes"][0]["worse"]);
  EXPECT_FALSE(json["changes"][0]["newly_failing"].empty());
  EXPECT_THAT(json["documents"]["RKMP"].get<std::string>(), HasSubstr("draft-mahesh-karp-rkmp"));
  const std::string page = text_of(program_->file("compared/comparison.html"));
  EXPECT_THAT(page, HasSubstr("href=\"../bad/tests/rkmp/"));
  EXPECT_THAT(page, HasSubstr("karpspec run rkmp/4.1/"));
  EXPECT_THAT(text_of(program_->file("compared/comparison.md")), HasSubstr("Newly failing"));
}

TEST_F(Compare, PrintsMarkdownOrJsonWithoutOut) {
  const auto markdown = compare({"good", "bad"});
  EXPECT_EQ(markdown.code, 0);
  EXPECT_THAT(markdown.output, testing::StartsWith("# Different verdicts in"));
  const auto json = compare({"good", "bad", "--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_TRUE(Json::accept(json.output));
}

TEST_F(Compare, ExitCodeSaysWhetherALaterRunIsWorse) {
  EXPECT_EQ(compare({"good", "bad", "--exit-code"}).code, 1);
  EXPECT_EQ(compare({"bad", "good", "--exit-code"}).code, 0);
  std::string text = text_of(program_->file("bad/results.json"));
  const std::string device = "\"device\": \"embedded\"";
  ASSERT_NE(text.find(device), std::string::npos);
  text.replace(text.find(device), device.size(), "\"device\": \"another\"");
  program_->write("another/results.json", text);
  EXPECT_EQ(compare({"good", "another"}).code, 0);
  expect_refusal({"good", "another", "--exit-code"}, "no two of these runs are of one device");
}

TEST_F(Compare, RefusesWhatIsNoRun) {
  expect_refusal({"good"}, "DIR");
  expect_refusal({"good", "none"}, "none: there is no such directory");
  expect_refusal({"good", "begun"},
                 "begun: its run did not end; 'karpspec run --out begun "
                 "--resume' goes on with it");
  expect_refusal({"good", "good/../good"}, "good/../good: given twice");
  expect_refusal({"good", "bad", "--format", "html"}, "--format");
  std::filesystem::create_directory(program_->file("empty"));
  expect_refusal({"good", "empty"}, "empty: holds no results.json");
  const std::string whole = text_of(program_->file("good/results.json"));
  program_->write("torn/results.json", whole.substr(0, whole.size() / 2));
  expect_refusal({"good", "torn"}, "torn/results.json: not JSON");
  program_->write("other/results.json", R"({"format": "karpspec-results-1", "run": {"device": "x"},
                                            "requirements": [], "tests": {}})");
  expect_refusal({"good", "other"},
                 "other/results.json: not a results file: tests: a list is wanted");
  Json results = Json::parse(whole);
  results["tests"][2]["verdict"] = 7;
  program_->write("typed/results.json", results.dump());
  expect_refusal({"good", "typed"}, "not a results file: tests[3].verdict: a text is wanted");
  results["tests"][2]["verdict"] = "passed";
  program_->write("typed/results.json", results.dump());
  expect_refusal({"good", "typed"}, "tests[3].verdict: 'passed' is none of pass, fail, ");
  expect_refusal({"good", "bad", "--out", "/dev/null/x"}, "/dev/null/x");
}

TEST_F(Compare, ARunThatIsKilledLeavesNoOlderResults) {
  ASSERT_EQ(program_->run({"run", "rkmp/3.2", "--out", "again"}).code, 0);
  ASSERT_TRUE(std::filesystem::exists(program_->file("again/results.json")));
  auto child = lab::ChildProcess::start(
      program_->options({"run", "--jobs", "1", "--out", "again", "--seed", "2", "--force"}));
  ASSERT_TRUE(child);
  const auto tests_done = [] { return text_of(program_->file("again/journal.jsonl")); };
  while (child->alive() && (tests_done().find("\"seed\":2") == std::string::npos ||
                            std::filesystem::exists(program_->file("again/results.json"))))
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  child->signal(SIGKILL);
  (void)child->wait(std::chrono::seconds{10});
  expect_refusal({"good", "again"}, "again: its run did not end");
}

TEST_F(Compare, OpensInABrowserWithoutComplaint) {
  if (program_->run_other({"chromium", "--version"}).code != 0)
    GTEST_SKIP() << "chromium is not installed";
  ASSERT_EQ(compare({"good", "bad", "--out", "page"}).code, 0);
  const auto ended = program_->run_other(
      {"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
       "--user-data-dir=" + program_->file("browser").string(), "--virtual-time-budget=2000",
       "--dump-dom", "file://" + program_->file("page/comparison.html").string()},
      {{"HOME", program_->folder()}});
  ASSERT_EQ(ended.code, 0) << ended.output.substr(0, 2000);
  EXPECT_EQ(ended.output.find("CONSOLE"), std::string::npos) << ended.output.substr(0, 2000);
  const Json comparison = json_of(program_->file("page/comparison.json"));
  for (const Json& test : comparison.at("tests"))
    EXPECT_NE(ended.output.find(test["test"].get<std::string>()), std::string::npos);
}

}  // namespace
}  // namespace karpspec::cli
