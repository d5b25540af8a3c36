#include <gmock/gmock.h>

#include <fstream>

#include "program.h"

// PICS, as a vendor meets it: a questionnaire, a DUT file, and a report that says what is not so.
namespace karpspec::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string dut_with(const std::string& pics) {
  return "name: mine\nstart: {kind: process, command: [karpspec-dut, --control, stdio, --listen, "
         "\"127.0.0.1:17560\"]}\naddress: 127.0.0.1\nport: 17560\n"
         "tester: {address: 127.0.0.2, port: 17560}\ncontrol: {kind: json-rpc, over: stdio}\n"
         "pics: " +
         pics + "\n";
}

TEST(Pics, QuestionnaireIsFilledInAndUsed) {
  const Program program;
  const auto asked = program.run({"list", "pics", "--questionnaire"});
  ASSERT_EQ(asked.code, 0) << asked.output;
  program.write("mine.yaml", asked.output);
  program.write("dut.yaml", dut_with("mine.yaml"));
  const std::vector<std::string> run = {"run", "rkmp/3.2/responder", "--dut", "dut.yaml", "--out",
                                        "out"};
  const auto unanswered = program.run(run);
  EXPECT_EQ(unanswered.code, 2);
  EXPECT_THAT(unanswered.output, HasSubstr("mine.yaml:"));
  EXPECT_THAT(unanswered.output, HasSubstr("'role initiator' has no answer, yes or no"));

  std::string answered = asked.output;
  const std::string empty = "    answer:\n";
  for (auto at = answered.find(empty); at != std::string::npos; at = answered.find(empty, at + 1)) {
    const auto item = answered.rfind("item: ", at) + 6;
    const std::string name = answered.substr(item, answered.find('\n', item) - item);
    const bool yes = name == "role responder" || name == "control" || name == "keeps-ike-sa";
    answered.replace(at, empty.size(), std::string("    answer: ") + (yes ? "yes" : "no") + "\n");
  }
  program.write("mine.yaml", answered);
  const auto ended = program.run(run);
  EXPECT_EQ(ended.code, 0) << ended.output;
  const Json results = json_of(program.file("out/results.json"));
  EXPECT_THAT(results["run"]["pics"].dump(), HasSubstr("\"keeps-ike-sa\""));
  EXPECT_THAT(results["run"]["pics"].dump(), Not(HasSubstr("role initiator")));
  EXPECT_GT(results["summary"]["pass"], 0);
}

TEST(Pics, WhatIsDoneAndNotClaimedIsFoundUnlessNobodyIsToTry) {
  const Program program;
  program.write(
      "dut.yaml",
      dut_with("{roles: [responder], auth: [psk], control: true, claims: [keeps-ike-sa]}"));
  const auto run = [&](const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> command = {"run", "rkmp", "--dut", "dut.yaml", "--out", out};
    command.insert(command.end(), more.begin(), more.end());
    const auto ended = program.run(command);
    EXPECT_EQ(ended.code, 0) << ended.output;
    return ended.output;
  };
  const std::string output = run("out", {});
  EXPECT_THAT(output, HasSubstr("the PICS does not claim 'key-table', and the device passes"));
  const Json results = json_of(program.file("out/results.json"));
  EXPECT_EQ(complaint("results.schema.json", results), "");
  EXPECT_THAT(results["run"]["findings"].dump(), HasSubstr("\"unclaimed\""));
  // What is not claimed is not judged for all that.
  for (const Json& test : results["tests"]) {
    for (const Json& need : test.value("needs", Json::array())) {
      if (need == "key-table") {
        EXPECT_EQ(test["verdict"], "not-applicable");
      }
    }
  }
  for (const char* file : {"out/report.html", "out/junit.xml"})
    EXPECT_THAT(text_of(program.file(file)), HasSubstr("does not claim &#39;key-table&#39;"));
  EXPECT_THAT(run("quiet", {"--no-probes"}), Not(HasSubstr("and the device passes")));
}

}  // namespace
}  // namespace karpspec::cli
