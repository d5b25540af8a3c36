#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

namespace karpspec::script {
namespace {

namespace fs = std::filesystem;
const std::string bad_folder = KARPSPEC_SOURCE_DIR "/harness/tests/script/bad";

LoadContext bad_context() {
  LoadContext context;
  context.suites = bad_folder;
  context.requirements = {{"RKMP-4.1-02", {}}, {"RKMP-4.1-03", {}}};
  return context;
}

std::vector<std::string> bad_files() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(bad_folder))
    if (entry.path().extension() == ".yaml")
      out.push_back(entry.path().stem());
  std::sort(out.begin(), out.end());
  return out;
}

class BadScenario : public testing::TestWithParam<std::string> {};

// Each file ends with the one line that its loading must say.
TEST_P(BadScenario, IsRefusedWithItsPlace) {
  const std::string file = GetParam() + ".yaml";
  std::ifstream in(bad_folder + "/" + file);
  std::string line, expected;
  while (std::getline(in, line))
    if (line.starts_with("# error: "))
      expected = line.substr(9);
  ASSERT_FALSE(expected.empty()) << file << " does not say what is expected";
  const auto scenario = load_scenario(file, bad_context());
  ASSERT_FALSE(scenario) << file << " was loaded";
  EXPECT_EQ(scenario.error().message, expected);
  EXPECT_EQ(scenario.error().message.find('\n'), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(All, BadScenario, testing::ValuesIn(bad_files()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Loader, ThereAreManyBadInputs) {
  EXPECT_GE(bad_files().size(), 30U);
}

TEST(Loader, AMissingFileIsNamed) {
  EXPECT_EQ(load_scenario("missing.yaml", bad_context()).error().message,
            "suites/missing.yaml: cannot be read: No such file or directory");
}

TEST(Loader, FragmentsSetupAndChecksAreResolved) {
  Desk desk;
  desk.scenario("a",
                "  - use: asked\n    sa: other\n"
                "  - expect: IKE_SA_INIT {N(COOKIE)}\n"
                "  - silence: 1s\n    checks: [RKMP-4.1-02]\n    why: nothing more\n",
                "setup: {device: {cookies: always, peers: [{name: tester, psk: other}]}}\n");
  const auto suite = desk.load();
  ASSERT_TRUE(suite) << suite.error().message;
  const Scenario& scenario = suite->scenarios.at(0);
  EXPECT_EQ(scenario.name, "rkmp/a");
  ASSERT_EQ(scenario.steps.size(), 4U);
  EXPECT_EQ(scenario.steps[0].fragment, "asked");
  EXPECT_EQ(scenario.steps[0].sa, "other");
  EXPECT_TRUE(scenario.steps[0].checks.empty());
  EXPECT_EQ(scenario.steps[2].fragment, "");
  EXPECT_THAT(scenario.steps[2].checks, testing::ElementsAre("RKMP-4.1-02"));
  EXPECT_EQ(scenario.steps[2].source.where(), "suites/rkmp/a.yaml:8:13");
  EXPECT_TRUE(scenario.device_setup);
  Json device = scenario.device;
  merge(device, scenario.device_patch);
  EXPECT_EQ(device["cookies"], "always");
  ASSERT_EQ(device["peers"].size(), 1U);
  EXPECT_EQ(device["peers"][0]["psk"], "other");
  EXPECT_EQ(device["peers"][0]["auth"], "psk");
}

TEST(Loader, SuitesAreChosenByPrefix) {
  Desk desk;
  desk.scenario("1/responder/a", "  - silence: 1s\n");
  desk.scenario("1/responder/ab", "  - silence: 1s\n");
  desk.scenario("10/responder/a", "  - silence: 1s\n");
  const auto names = [&](const std::vector<std::string>& prefixes) {
    std::string out;
    const auto suite = load_suite((fs::temp_directory_path() / "none").string(), prefixes);
    EXPECT_FALSE(suite);
    const auto all = desk.load();
    for (const Scenario& scenario : all->scenarios)
      out += scenario.name + " ";
    return out;
  };
  EXPECT_EQ(names({}), "rkmp/1/responder/a rkmp/1/responder/ab rkmp/10/responder/a ");
  const std::string path = desk.load()->path;
  const auto load = [&](const std::string& prefix) { return load_suite(path, {prefix}, 2); };
  EXPECT_EQ(load("rkmp/1")->scenarios.size(), 2U);
  EXPECT_EQ(load("rkmp/1/responder/a")->scenarios.size(), 1U);
  EXPECT_EQ(load("suites/rkmp/10/responder/a.yaml")->scenarios.size(), 1U);
  EXPECT_EQ(load("rkmp/1/responder/ac").error().message,
            "there is no suite or test 'rkmp/1/responder/ac'; did you mean 'rkmp/1/responder/a'?");
}

TEST(Loader, DurationsHaveAUnit) {
  const auto read = [](const std::string& text) {
    return read_duration(transcript::parse_yaml("t: " + text, "x")->entries()[0].second);
  };
  EXPECT_EQ(*read("200ms"), std::chrono::milliseconds{200});
  EXPECT_EQ(*read("5s"), std::chrono::seconds{5});
  EXPECT_EQ(*read("61m"), std::chrono::minutes{61});
  EXPECT_EQ(*read("2h"), std::chrono::hours{2});
  EXPECT_FALSE(read("5"));
  EXPECT_FALSE(read("s"));
  EXPECT_FALSE(read("5.5s"));
}

TEST(Requirements, AreCheckedRowByRow) {
  Desk desk;
  const std::string path = desk.load()->path;
  const auto error = [&](const std::string& row) {
    desk.write("requirements/rkmp.yaml", "document: RKMP\nrequirements:\n  - " + row + "\n");
    const auto read = load_requirements(path);
    return read ? std::string("read") : read.error().message;
  };
  const std::string rest = ", role: both, statement: x, tested: wire}";
  EXPECT_EQ(error("{id: RKMP-1-01, section: '1', level: MUST" + rest), "read");
  EXPECT_EQ(error("{id: RKMP-2-01, section: '1', level: MUST" + rest),
            "suites/requirements/rkmp.yaml:3:10: id 'RKMP-2-01' is not PREFIX-SECTION-NN of "
            "section 1");
  EXPECT_EQ(error("{id: RKMP-1-01, section: '1', level: must" + rest),
            "suites/requirements/rkmp.yaml:3:42: 'must' is no level; did you mean 'MUST'?");
  EXPECT_EQ(error("{id: RKMP-1-01, section: '1', level: MUST, role: both, statement: x, tested: "
                  "not-observable}"),
            "suites/requirements/rkmp.yaml:3:5: key 'why' is missing");
}

}  // namespace
}  // namespace karpspec::script
