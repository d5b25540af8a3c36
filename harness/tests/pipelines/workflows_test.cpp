// The workflows of containers/ci, step by step as a runner would: everything in their shell steps
// is run, karpspec itself included; what a runner has and this machine may not (root, the
// registries of packages and images) is stood in for.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <set>

#include "place.h"

namespace karpspec::pipelines {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

// A runner: what the steps call that is not karpspec. The package is a file whose digest is known.
class Workflow : public testing::Test {
 protected:
  Workflow() {
    place_.put_program("sudo", "echo \"sudo $1\" >>\"$CALLS\"; exec \"$@\"");
    for (const char* name : {"apt-get", "podman"})
      place_.put_program(name, std::string("echo \"") + name + " $*\" >>\"$CALLS\"");
    std::ofstream(place_.file("package.deb")) << "a package\n";
    const Ended digest = place_.bash("sha256sum < " + place_.file("package.deb").string());
    variables_ = {{"KARPSPEC_DEB", "file://" + place_.file("package.deb").string()},
                  {"KARPSPEC_DEB_SHA256", digest.output.substr(0, 64)},
                  {"DUT_FILE", "embedded"},
                  {"TESTS", some_tests},
                  {"CI", "true"}};
  }
  void SetUp() override {
    if (place_.run({"curl", "--version"}).code != 0)
      GTEST_SKIP() << "curl is not installed";
  }

  Place place_;
  Variables variables_;
};

class GitHub : public Workflow {
 protected:
  GitHub() {
    workflow_ = YAML::LoadFile(containers / "ci/github.yml");
    for (const auto& [name, value] : variables_of(workflow_["env"]))
      variables_.emplace(name, value);  // what a user sets stands already
    variables_["RUNNER_TEMP"] = place_.folder();
    variables_["GITHUB_STEP_SUMMARY"] = place_.file("step-summary.md");
  }

  // Runs the steps of a job: its exit code is that of the first step that failed, behind which only
  // those run that always do.
  Ended job(const std::string& name, const std::string& part = "") {
    Ended whole{0, ""};
    for (const YAML::Node& step : workflow_["jobs"][name]["steps"]) {
      if (!step["run"])
        continue;
      const std::string condition = step["if"].as<std::string>("");
      if (whole.code != 0 && condition != "always()")
        continue;
      std::string script = step["run"].as<std::string>();
      for (std::size_t at; (at = script.find("${{ matrix.part }}")) != std::string::npos;)
        script.replace(at, 18, part);
      EXPECT_THAT(script, Not(HasSubstr("${{"))) << "what a runner would put there is not known";
      const Ended ended = place_.bash(script, variables_);
      whole.output += ended.output;
      if (whole.code == 0)
        whole.code = ended.code;
    }
    return whole;
  }

  // What upload and download of artifacts come to on one machine: nothing has to be moved.
  Ended whole_workflow() {
    for (const YAML::Node& part : workflow_["jobs"]["part"]["strategy"]["matrix"]["part"])
      parts_.push_back(job("part", part.as<std::string>()));
    return job("report");
  }

  YAML::Node workflow_;
  std::vector<Ended> parts_;
};

TEST_F(GitHub, IsAWorkflow) {
  EXPECT_TRUE(workflow_["on"] && workflow_["name"]);
  std::set<std::string> jobs;
  for (const auto& job : workflow_["jobs"]) {
    jobs.insert(job.first.as<std::string>());
    EXPECT_TRUE(job.second["runs-on"]);
    for (const YAML::Node& step : job.second["steps"]) {
      EXPECT_NE(step["run"].IsDefined(), step["uses"].IsDefined()) << YAML::Dump(step);
      for (const auto& item : step)
        EXPECT_THAT((std::set<std::string>{"name", "run", "uses", "with", "if", "env",
                                           "continue-on-error"}),
                    Contains(item.first.as<std::string>()));
      // A version, so that what is used does not change under the user.
      if (step["uses"]) {
        EXPECT_TRUE(std::regex_match(step["uses"].as<std::string>(), std::regex(R"(.+@v\d+)")));
      }
    }
  }
  EXPECT_TRUE(jobs.contains(workflow_["jobs"]["report"]["needs"].as<std::string>()));
  EXPECT_EQ(workflow_["jobs"]["report"]["if"].as<std::string>(), "always()")
      << "the report is wanted where a part was not judged too";
  // The number of parts stands in two places.
  const std::size_t parts = workflow_["jobs"]["part"]["strategy"]["matrix"]["part"].size();
  EXPECT_THAT(YAML::Dump(workflow_["jobs"]["part"]["steps"]),
              HasSubstr("/" + std::to_string(parts) + " --out"));
}

TEST_F(GitHub, PublishesWhatItHasWritten) {
  ASSERT_EQ(whole_workflow().code, 0);
  for (const YAML::Node& step : workflow_["jobs"]["report"]["steps"]) {
    const std::string uses = step["uses"].as<std::string>("");
    if (!uses.starts_with("actions/upload-artifact") && !uses.starts_with("github/codeql-action"))
      continue;
    std::istringstream paths(
        step["with"][uses.starts_with("github") ? "sarif_file" : "path"].as<std::string>());
    for (std::string path; paths >> path;)
      EXPECT_TRUE(fs::exists(place_.file("work") / path)) << path;
  }
}

TEST_F(GitHub, ADeviceThatConformsPasses) {
  const Ended report = whole_workflow();
  EXPECT_EQ(report.code, 0) << report.output;
  for (const Ended& part : parts_)
    EXPECT_EQ(part.code, 0) << part.output;
  const auto verdicts = verdicts_in(place_.file("work/out/whole"));
  EXPECT_THAT(verdicts, SizeIs(tests_in(place_, some_tests)));
  EXPECT_THAT(verdicts, Each(Pair(testing::_, "pass")));
  EXPECT_THAT(text_of(place_.file("step-summary.md")), HasSubstr("karpspec"));
  EXPECT_THAT(place_.calls(), Contains("podman tag ghcr.io/your/router:latest localhost/dut:ci"));
  EXPECT_THAT(place_.calls(), Contains("sudo karpspec"));
}

TEST_F(GitHub, ADeviceThatDoesNotConformFailsInTheReport) {
  place_.alter_run("--fault kdf-changed");
  const Ended report = whole_workflow();
  EXPECT_EQ(report.code, 1) << report.output;
  for (const Ended& part : parts_)
    EXPECT_EQ(part.code, 0) << part.output;
  EXPECT_THAT(verdicts_in(place_.file("work/out/whole")), Contains(Pair(testing::_, "fail")));
  EXPECT_TRUE(fs::exists(place_.file("work/out/whole/report.html")))
      << "it is published all the same";
}

TEST_F(GitHub, APartThatWasNotJudgedFails) {
  variables_["DUT_FILE"] = "no-such-device.yaml";
  const Ended part = job("part", "1");
  EXPECT_NE(part.code, 0);
  EXPECT_THAT(part.output, HasSubstr("no-such-device.yaml"));
}

TEST_F(GitHub, APackageWithAnotherDigestIsNotInstalled) {
  variables_["KARPSPEC_DEB_SHA256"] = std::string(64, '0');
  EXPECT_NE(job("part", "1").code, 0);
  EXPECT_THAT(place_.calls(), Not(Contains(StartsWith("apt-get install"))));
}

class GitLab : public Workflow {
 protected:
  GitLab() {
    workflow_ = YAML::LoadFile(containers / "ci/gitlab.yml");
    for (const auto& [name, value] : variables_of(workflow_["variables"]))
      variables_.emplace(name, value);
  }

  Ended job(const std::string& name, int part = 0) {
    Variables variables = variables_;
    const YAML::Node job = workflow_[name];
    for (const auto& [own, value] : variables_of(job["variables"]))
      variables[own] = value;
    const int parts = job["parallel"].as<int>(1);
    variables["CI_NODE_TOTAL"] = std::to_string(parts);
    if (parts > 1)
      variables["CI_NODE_INDEX"] = std::to_string(part);
    std::string script;
    for (const YAML::Node& lines :
         {workflow_[job["extends"].as<std::string>()]["before_script"], job["script"]})
      for (const YAML::Node& line : lines)
        script += line.as<std::string>() + "\n";
    return place_.bash(script, variables);
  }

  Ended whole_pipeline() {
    for (int part = 1; part <= workflow_["karpspec"]["parallel"].as<int>(); ++part)
      parts_.push_back(job("karpspec", part));
    return job("karpspec-report");
  }

  YAML::Node workflow_;
  std::vector<Ended> parts_;
};

TEST_F(GitLab, IsAPipeline) {
  std::set<std::string> stages;
  for (const YAML::Node& stage : workflow_["stages"])
    stages.insert(stage.as<std::string>());
  for (const char* name : {"karpspec", "karpspec-report"}) {
    const YAML::Node job = workflow_[name];
    EXPECT_THAT(stages, Contains(job["stage"].as<std::string>()));
    EXPECT_TRUE(workflow_[job["extends"].as<std::string>()]["image"]) << name;
    EXPECT_EQ(job["artifacts"]["when"].as<std::string>(), "always");
    for (const YAML::Node& line : job["script"])
      EXPECT_TRUE(line.IsScalar()) << YAML::Dump(line);
  }
  EXPECT_EQ(workflow_["karpspec-report"]["when"].as<std::string>(), "always");
}

TEST_F(GitLab, ADeviceThatConformsPasses) {
  const Ended report = whole_pipeline();
  EXPECT_EQ(report.code, 0) << report.output;
  for (const Ended& part : parts_)
    EXPECT_EQ(part.code, 0) << part.output;
  const auto verdicts = verdicts_in(place_.file("work/out/whole"));
  EXPECT_THAT(verdicts, SizeIs(tests_in(place_, some_tests)));
  EXPECT_THAT(verdicts, Each(Pair(testing::_, "pass")));
  const YAML::Node artifacts = workflow_["karpspec-report"]["artifacts"];
  for (const YAML::Node& path : artifacts["paths"])
    EXPECT_TRUE(fs::exists(place_.file("work") / path.as<std::string>())) << path;
  EXPECT_TRUE(fs::exists(place_.file("work") / artifacts["reports"]["junit"].as<std::string>()));
}

TEST_F(GitLab, ADeviceThatDoesNotConformFailsInTheReport) {
  place_.alter_run("--fault kdf-changed");
  const Ended report = whole_pipeline();
  EXPECT_EQ(report.code, 1) << report.output;
  for (const Ended& part : parts_)
    EXPECT_EQ(part.code, 0) << part.output;
  EXPECT_TRUE(fs::exists(place_.file("work/out/whole/junit.xml")));
}

TEST_F(GitLab, APartThatWasNotJudgedFails) {
  variables_["DUT_FILE"] = "no-such-device.yaml";
  EXPECT_NE(job("karpspec", 1).code, 0);
}

}  // namespace
}  // namespace karpspec::pipelines
