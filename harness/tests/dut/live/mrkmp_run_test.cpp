// A router of MRKMP, or of the DKS and LKS architecture, on a real link is played against by its
// scenarios: the tester is three routers at the other end of a cable, and speaks multicast with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/namespaces.h"
#include "support.h"

namespace karpspec::dut {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class LiveGroupRun : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = lab::why_no_namespaces(); !why.empty())
      GTEST_SKIP() << why;
    auto device = lab::NetworkNamespace::create("device");
    auto tester = lab::NetworkNamespace::create("tester");
    ASSERT_TRUE(device) << device.error().message;
    ASSERT_TRUE(tester) << tester.error().message;
    device_.emplace(*std::move(device));
    tester_.emplace(*std::move(tester));
    const auto connected =
        lab::connect({*device_, "eth0", {"192.0.2.5/24"}},
                     {*tester_, "eth0", {"192.0.2.2/24", "192.0.2.9/24", "192.0.2.12/24"}});
    ASSERT_TRUE(connected) << connected.error().message;
    file_ = folder_.write("device.yaml", R"(name: a router of MRKMP
start:
  kind: process
  command: [ip, netns, exec, )" + device_->name() +
                                             ", " + programs +
                                             R"(/karpspec-dut, --listen, "192.0.2.5:1021"]
address: 192.0.2.5
port: 1021
tester:
  address: 192.0.2.2
  routers: {second: 192.0.2.9, third: 192.0.2.12}
control: {kind: json-rpc, over: stdio}
pics:
  control: true
  key-table: true
  claims: [mrkmp, keyservers, timers]
)");
  }

  // Runs TESTS in the tester's namespace; what the program says.
  std::string run(const std::vector<std::string>& tests, int wanted) {
    lab::ChildOptions options;
    options.command = {programs + "/karpspec", "run"};
    options.command.insert(options.command.end(), tests.begin(), tests.end());
    for (const std::string& more :
         {std::string("--dut"), file_, std::string("--out"), folder_.path("report"),
          std::string("--seed"), std::string("1")})
      options.command.push_back(more);
    options.network_namespace = tester_->name();
    options.log_file = folder_.path("run.log");
    auto process = lab::ChildProcess::start(options);
    EXPECT_TRUE(process) << process.error().message;
    const auto ended = process->wait(120s);
    const std::string text = read_text(folder_.path("run.log"));
    EXPECT_TRUE(ended) << text;
    EXPECT_EQ(ended ? to_string(*ended) : "", "exit status " + std::to_string(wanted)) << text;
    return text;
  }

  Folder folder_;
  std::optional<lab::NetworkNamespace> device_, tester_;
  std::string file_;
};

TEST_F(LiveGroupRun, AnElectionAndAJoinAreJudgedAndDrawn) {
  const std::string text =
      run({"mrkmp/3/candidate/first-advertisement", "mrkmp/3/member/registers"}, 0);
  EXPECT_THAT(text, HasSubstr("2 tests: 2 pass 0 fail"));
  const std::string page = read_text(folder_.path("report/report.html"));
  EXPECT_THAT(page, HasSubstr(">second</text>"));
  EXPECT_THAT(page, HasSubstr("mrkmp_advert initial, priority 32768"));
  // What was captured opens with what was kept, KEKs and all.
  lab::ChildOptions options;
  const std::string base = folder_.path("report/tests/mrkmp/3/member/registers");
  options.command = {programs + "/karpspec", "decode", base + ".pcapng", "--keys", base + ".keys"};
  options.log_file = folder_.path("decode.log");
  auto decode = lab::ChildProcess::start(options);
  ASSERT_TRUE(decode) << decode.error().message;
  ASSERT_TRUE(decode->wait(30s));
  const std::string decoded = read_text(folder_.path("decode.log"));
  EXPECT_THAT(decoded, HasSubstr("mrkmp_auth request, id 1 {IDi"));
  EXPECT_THAT(decoded, HasSubstr("mrkmp_group update 1 {SEQ, GROUP, GKM, KD}"));
}

TEST_F(LiveGroupRun, AKeyServerIsJudged) {
  const std::string text = run({"keyserver/5.1/lks/authentic-not-permitted",
                                "keyserver/6/dks/policy-pull", "keyserver/6/lks/sas-restored"},
                               0);
  EXPECT_THAT(text, HasSubstr("3 tests: 3 pass 0 fail"));
}

}  // namespace
}  // namespace karpspec::dut
