#include <gmock/gmock.h>

#include "program.h"

namespace karpspec::cli {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;

// The device with planted bugs, at a port that no other run of it has.
std::string planted_in(const Program& program) {
  std::string text = text_of(KARPSPEC_SOURCE_DIR "/containers/duts/planted.yaml");
  for (std::size_t at; (at = text.find("5700")) != std::string::npos;)
    text.replace(at, 4, "5791");
  return program.write("planted.yaml", text);
}

TEST(Fuzz, BadUsageEndsWithTwo) {
  const Program program;
  const std::pair<std::vector<std::string>, const char*> bad[] = {
      {{"fuzz"}, "expected --dut FILE"},
      {{"fuzz", "--dut", "embedded", "--only", "ike-sa-unit"}, "did you mean 'ike-sa-init'?"},
      {{"fuzz", "--dut", "embedded", "--resume"}, "--resume goes with --out"},
      {{"fuzz", "--dut", "embedded", "--time", "soon"}, "--time"},
      {{"fuzz", "--dut", "nowhere.yaml"}, "nowhere.yaml"},
      {{"fuzz", "message", "--dut", "embedded"}, "not both"},
  };
  for (const auto& [arguments, text] : bad) {
    const Ended ended = program.run(arguments);
    EXPECT_EQ(ended.code, 2) << arguments.back();
    EXPECT_THAT(ended.output, HasSubstr(text));
  }
}

TEST(Fuzz, NothingIsFoundInTheReferenceDevice) {
  const Program program;
  const Ended ended = program.run({"fuzz", "--dut", "embedded", "--cases", "60", "--time", "100",
                                   "--out", "out", "--only", "ike-sa-init,ike-auth,rekey-ike"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  const Json run = json_of(program.file("out/fuzz.json"));
  EXPECT_EQ(complaint("fuzz.schema.json", run), "");
  EXPECT_EQ(run["findings"].size(), 0U);
  EXPECT_GT(run["cells_played"], 30);
  EXPECT_THAT(text_of(program.file("out/fuzz.html")), HasSubstr("Nothing was found"));

  EXPECT_EQ(program.run({"fuzz", "--dut", "embedded", "--out", "out"}).code, 2) << "holds a run";
  const Ended on =
      program.run({"fuzz", "--dut", "embedded", "--cases", "80", "--time", "100", "--out", "out",
                   "--only", "ike-sa-init,ike-auth,rekey-ike", "--resume"});
  EXPECT_EQ(on.code, 0) << on.output;
  EXPECT_GT(json_of(program.file("out/fuzz.json"))["cases"], run["cases"]);
}

// Counted in cases, so that a slow machine finds the same.
TEST(Fuzz, FindsPlantedBugsAndShowsThemAgain) {
  const Program program;
  const std::string planted = planted_in(program);
  const Ended ended =
      program.run({"fuzz", "--dut", planted, "--cases", "60", "--time", "250", "--deadline", "3000",
                   "--out", "out", "--only", "ike-sa-init,delete-in-clear,use-after-delete"});
  ASSERT_EQ(ended.code, 1) << ended.output;
  const Json run = json_of(program.file("out/fuzz.json"));
  EXPECT_EQ(complaint("fuzz.schema.json", run), "");
  std::vector<std::string> found;
  const Json* shown = nullptr;
  for (const Json& finding : run["findings"]) {
    if (!finding["reproduced"])
      continue;
    found.push_back(finding["signature"]);
    if (found.back().find("touch_sa") != std::string::npos)
      shown = &finding;
  }
  EXPECT_GE(found.size(), 5U) << ended.output;
  EXPECT_THAT(found, IsSupersetOf({std::string("state: delete-in-clear")}));
  EXPECT_THAT(found, testing::Contains(HasSubstr("touch_sa")));
  ASSERT_NE(shown, nullptr);
  const std::string folder = "out/findings/" + (*shown)["name"].get<std::string>();
  for (const char* file : {"capture.pcapng", "keys", "stderr.txt", "README.md"})
    EXPECT_TRUE(std::filesystem::exists(program.file(folder + "/" + file))) << file;
  // What a device says may tell of keys.
  for (const char* file : {"keys", "stderr.txt"})
    EXPECT_EQ(std::filesystem::status(program.file(folder + "/" + file)).permissions(),
              std::filesystem::perms{0600})
        << file;
  // The scenario shows it to anybody, and the faultless device passes it.
  const std::string scenario = folder + "/scenario.yaml";
  EXPECT_THAT(program.run({"run", scenario, "--dut", planted}).output,
              HasSubstr("the device died"));
  EXPECT_EQ(program.run({"run", scenario, "--dut", "embedded"}).code, 0);
}

}  // namespace
}  // namespace karpspec::cli
