// `karpspec run` against OpenIKED, whose kernel may lack PF_KEY.

#include <gmock/gmock.h>
#include <linux/pfkeyv2.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "lab/child_process.h"
#include "lab/file_descriptor.h"
#include "real_daemon.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::HasSubstr;

const std::string dut_file = KARPSPEC_SOURCE_DIR "/containers/duts/openiked.yaml";

class OpenikedRun : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "karpspec-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] lab::CommandResult run(const std::string& file,
                                       const std::vector<std::string>& tests) const {
    lab::ChildOptions options;
    options.command = {KARPSPEC_BINARY_DIR "/karpspec", "run", "--dut", file, "--out", folder_};
    options.command.insert(options.command.end(), tests.begin(), tests.end());
    auto result = lab::run_command(std::move(options), seconds{120});
    EXPECT_TRUE(result) << to_string(result.error());
    return result ? *std::move(result) : lab::CommandResult{};
  }
  std::string folder_;
};

TEST_F(OpenikedRun, JudgesNothingWhereTheKernelHasNoPfKey) {
  if (lab::FileDescriptor(::socket(AF_KEY, SOCK_RAW, PF_KEY_V2)))
    GTEST_SKIP() << "this kernel has PF_KEY";
  if (const std::string why = why_none("openiked"); why.find("PF_KEY") == std::string::npos)
    GTEST_SKIP() << why;
  const auto result = run(dut_file, {"rfc5996/1.2"});
  EXPECT_EQ(result.status.code, 3) << result.output;
  EXPECT_THAT(result.output, HasSubstr("this kernel has no PF_KEY"));
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  EXPECT_FALSE(fs::exists(folder_ + "/results.json"));
}

// With a library in the place of PF_KEY the adapter does its work on every kernel.
TEST_F(OpenikedRun, SpeaksWithIkedOverAStandIn) {
  DutFile file = daemon_file("openiked");
  file.start.pf_key_stands_in = true;
  const auto worlds = worlds_of(file);
  if (!worlds && worlds.error().code == ErrorCode::unsupported)
    GTEST_SKIP() << worlds.error().message;
  std::ifstream in(dut_file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string kind = "kind: openiked";
  text.replace(text.find(kind), kind.size(), kind + ", pf-key: stand-in");
  const std::string copy = folder_ + "/stand-in.yaml";
  std::ofstream(copy) << text;
  const auto result =
      run(copy, {"rfc5996/1.2/responder/init-answer", "rfc5996/1.4/responder/liveness",
                 "rfc5996/2.14/initiator/keys-and-auth"});
  EXPECT_TRUE(result.status.success()) << result.output;
  EXPECT_THAT(result.output, HasSubstr("3 pass 0 fail"));
}

}  // namespace
}  // namespace karpspec::dut
