// `karpspec observe` as it is called, on captures of the reference device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/commands.h"
#include "report/run_results.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using report::Json;
using testing::HasSubstr;
using testing::Not;

class ObserveCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "karpspec-observe-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    common_.suites = KARPSPEC_SOURCE_DIR "/suites";
  }
  void TearDown() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  // The capture of a test, played against a device with FAULT.
  std::string capture_of(const std::string& test, const std::string& fault = "") {
    RunCommand command;
    command.tests = {test};
    command.jobs = 1;
    command.fault = fault;
    command.out = (folder_ / "run").string();
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    run(common_, command);
    testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    return (folder_ / "run/tests" / test).string();
  }
  struct Ended {
    int code = -1;
    std::string output, errors;
  };
  Ended observe_it(const ObserveCommand& command) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ended out;
    out.code = observe(common_, command);
    out.output = testing::internal::GetCapturedStdout();
    out.errors = testing::internal::GetCapturedStderr();
    return out;
  }

  fs::path folder_;
  Common common_;
};

const std::string test = "rkmp/3.2/responder/one-policy";

TEST_F(ObserveCommandTest, NamesNobodyWhereNothingIsBroken) {
  const std::string base = capture_of(test);
  const Ended ended = observe_it({base + ".pcapng", {base + ".keys"}, false, ""});
  EXPECT_EQ(ended.code, conforms);
  EXPECT_THAT(ended.output, HasSubstr("2 sides, 0 breaches"));
  EXPECT_THAT(ended.output, HasSubstr("192.0.2.1 (responder): "));
  EXPECT_THAT(ended.output, HasSubstr("  RKMP-4.1-02 judged 1 time\n"));
}

TEST_F(ObserveCommandTest, NamesTheSideWithItsRequirementAndField) {
  const std::string base = capture_of(test, "two-transforms-accepted");
  const Ended ended =
      observe_it({base + ".pcapng", {base + ".keys"}, false, (folder_ / "out").string()});
  EXPECT_EQ(ended.code, does_not);
  EXPECT_THAT(ended.output, HasSubstr("IKE_AUTH response {IDr, AUTH, SAr2, TSi, TSr}\n"
                                      "  192.0.2.1 (responder) broke RKMP-4.1.1-01 (implied, RKMP "
                                      "section 4.1.1): "));
  EXPECT_THAT(ended.output, HasSubstr("      expected one transform\n      got      2\n"));
  EXPECT_THAT(ended.output, Not(HasSubstr("192.0.2.2 (initiator) broke")));
  std::ifstream in(folder_ / "out/observation.json");
  const Json json = Json::parse(in);
  ASSERT_FALSE(json.at("found").empty());
  const Json& first = json.at("found").front();
  EXPECT_EQ(first.at("side"), "192.0.2.1");
  EXPECT_EQ(first.at("role"), "responder");
  EXPECT_EQ(first.at("authentic"), true);
  EXPECT_EQ(json.at("sides").front().at("requirements").front().at("broken"), 1);
  std::ifstream text(folder_ / "out/observation.txt");
  std::stringstream whole;
  whole << text.rdbuf();
  EXPECT_EQ(whole.str(), ended.output);
}

TEST_F(ObserveCommandTest, WithoutKeysSaysWhatItDidNotJudge) {
  const std::string base = capture_of(test, "two-transforms-accepted");
  const Ended ended = observe_it({base + ".pcapng", {}, true, ""});
  EXPECT_EQ(ended.code, conforms);
  const Json json = Json::parse(ended.output);
  EXPECT_GT(json.at("not_judged").at("not_opened").get<int>(), 0);
  EXPECT_EQ(json.at("breaches"), 0);
}

TEST_F(ObserveCommandTest, WhatIsInClearMayBeForged) {
  const std::string base = capture_of(test, "init-answer-without-nonce");
  const Ended ended = observe_it({base + ".pcapng", {}, false, ""});
  EXPECT_EQ(ended.code, does_not);
  EXPECT_THAT(ended.output, HasSubstr("whoever sent frame 2 as 192.0.2.1 (responder) broke"));
}

TEST_F(ObserveCommandTest, ACaptureThatIsCutShortIsBadInput) {
  const std::string base = capture_of(test);
  fs::resize_file(base + ".pcapng", fs::file_size(base + ".pcapng") - 20);
  const Ended ended = observe_it({base + ".pcapng", {base + ".keys"}, false, ""});
  EXPECT_EQ(ended.code, bad_input);
  EXPECT_THAT(ended.errors, HasSubstr("ends within a frame"));
}

TEST_F(ObserveCommandTest, NothingToJudgeAndNoCapture) {
  const std::string file = (folder_ / "empty.pcap").string();
  const std::string header("\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0",
                           24);
  std::ofstream(file, std::ios::binary) << header;
  EXPECT_EQ(observe_it({file, {}, false, ""}).code, not_judged);
  EXPECT_EQ(observe_it({(folder_ / "none.pcap").string(), {}, false, ""}).code, bad_input);
  EXPECT_EQ(observe_it({file, {"no-such.keys"}, false, ""}).code, bad_input);
}

}  // namespace
}  // namespace karpspec::cli
