// `karpspec run` against real daemons, as it is called.

#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "lab/child_process.h"
#include "lab/namespaces.h"
#include "real_daemon.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DaemonRun : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (const std::string why = why_none(GetParam()); !why.empty())
      GTEST_SKIP() << why;
    std::string name = (fs::temp_directory_path() / "karpspec-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override {
    if (!folder_.empty())
      fs::remove_all(folder_);
  }

  // The command with its --out in the folder.
  [[nodiscard]] lab::ChildOptions karpspec_run(const std::vector<std::string>& arguments) const {
    lab::ChildOptions options;
    options.command = {KARPSPEC_BINARY_DIR "/karpspec",
                       "run",
                       "--dut",
                       std::string(KARPSPEC_SOURCE_DIR "/containers/duts/") + GetParam() + ".yaml",
                       "--out",
                       folder_};
    options.command.insert(options.command.end(), arguments.begin(), arguments.end());
    return options;
  }
  [[nodiscard]] Json results() const {
    std::ifstream in(folder_ + "/results.json");
    return Json::parse(in, nullptr, false);
  }
  // Lines of the journal; the first is not of a test.
  [[nodiscard]] std::vector<std::string> journal() const {
    std::ifstream in(folder_ + "/journal.jsonl");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
      lines.push_back(line);
    return lines;
  }
  // What tshark finds malformed or cannot open in a capture, with its keys.
  [[nodiscard]] std::string tshark(const Json& test, const std::vector<std::string>& more) const {
    fs::create_directories(folder_ + "/wireshark");
    const std::string table = folder_ + "/wireshark/ikev2_decryption_table";
    fs::remove(table);
    if (test.contains("keys"))
      fs::copy_file(folder_ + "/" + test["keys"].get<std::string>(), table);
    lab::ChildOptions options;
    options.command = {"env", "XDG_CONFIG_HOME=" + folder_, "tshark", "-r",
                       folder_ + "/" + test["capture"].get<std::string>()};
    options.command.insert(options.command.end(), more.begin(), more.end());
    const auto result = lab::run_command(std::move(options), seconds{60});
    return result ? result->output : to_string(result.error());
  }
  // Kills a run of SUITES with SIGNAL once it has judged two tests; gives its number.
  int killed_run(int signal, const std::vector<std::string>& suites) const {
    auto run = lab::ChildProcess::start(karpspec_run(suites));
    EXPECT_TRUE(run) << to_string(run.error());
    const auto deadline = std::chrono::steady_clock::now() + seconds{60};
    while (journal().size() < 3 && run->alive() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    EXPECT_GE(journal().size(), 3U);
    ::kill(run->pid(), signal);  // the harness alone, not what it started
    const auto end = run->wait(seconds{10});
    EXPECT_TRUE(end && end->signalled && end->code == signal);
    return run->pid();
  }

  std::string folder_;
};

TEST_P(DaemonRun, JudgesBothRoles) {
  const auto run = lab::run_command(
      karpspec_run({"rfc5996/1.2/responder/init-answer", "rfc5996/1.2/responder/auth-answer",
                    "rfc5996/1.3.2/responder/rekey", "rfc5996/1.3.2/initiator/rekey",
                    "rfc5996/1.4/responder/liveness", "rfc5996/2.6/responder/cookie",
                    "rfc5996/2.14/initiator/keys-and-auth", "rfc5996/2.14/responder/aead",
                    "rfc5996/2/responder/3000-octets", "rfc5996/2.15/responder/rsa",
                    "rfc5996/2.15/initiator/rsa", "rfc7427/3/responder/rsa-pss-sha256",
                    "rfc7383/2.6/responder/put-together", "rkmp/3.3/initiator/started-by-responder",
                    "rkmp/1.1/responder/master-key", "--jobs", "3"}),
      seconds{120});
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_TRUE(run->status.success()) << run->output;
  const Json all = results();
  ASSERT_TRUE(all.is_object() && all["run"].contains("device_version") &&
              all["tests"].size() == 15U)
      << all.dump();
  EXPECT_THAT(all["run"]["device_version"].get<std::string>(),
              AllOf(HasSubstr("wan "), HasSubstr("ESP ")));
  for (const Json& test : all["tests"]) {
    const bool beyond = test["test"] == "rkmp/1.1/responder/master-key";
    EXPECT_EQ(test["verdict"], beyond ? "not-applicable" : "pass") << test.dump();
    if (beyond)
      continue;
    // The capture is of the wire, and has every message of the exchange.
    std::size_t messages = 0;
    for (const Json& line : test["exchange"]) {
      const std::string text = line.get<std::string>();
      messages += text.find("tester -> device") != std::string::npos ||
                          text.find("device -> tester") != std::string::npos
                      ? 1U
                      : 0U;
    }
    ASSERT_TRUE(test.contains("capture")) << test.dump();
    std::istringstream lines(tshark(test, {"-Y", "isakmp", "-T", "fields", "-e", "ip.src"}));
    std::size_t seen = 0;
    for (std::string line; std::getline(lines, line);)
      seen += line.starts_with("192.0.2.") ? 1U : 0U;
    EXPECT_GE(seen, messages) << test["test"];
    EXPECT_GT(messages, 1U);
    const std::string text = tshark(test, {"-V"});
    EXPECT_THAT(text, Not(HasSubstr("alformed"))) << test["test"];
    EXPECT_THAT(text, HasSubstr("Internet Security Association")) << test["test"];
    if (test["exchange"].dump().find("IKE_AUTH") != std::string::npos) {
      EXPECT_THAT(text, AllOf(HasSubstr("Decrypted Data"), HasSubstr("[correct]"))) << test["test"];
    }
  }
}

TEST_P(DaemonRun, LeavesNothingWhenKilledAndGoesOn) {
  const std::vector<std::string> suites = {"rfc5996/1.2/responder", "rfc5996/2.5/responder"};
  const int owner = killed_run(SIGKILL, suites);
  // The daemon dies with the harness; what the kernel keeps, the next run removes.
  const auto deadline = std::chrono::steady_clock::now() + seconds{5};
  const std::string name = "karpspec-" + std::to_string(owner) + "-" + GetParam() + "-1";
  while (!inhabitants(name).empty() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  EXPECT_THAT(inhabitants(name), IsEmpty());
  const std::vector<std::string> before = journal();

  std::vector<std::string> resumed = suites;
  resumed.emplace_back("--resume");
  const auto run = lab::run_command(karpspec_run(resumed), seconds{120});
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_TRUE(run->status.success()) << run->output;
  EXPECT_THAT(namespaces_of(owner), IsEmpty());
  EXPECT_THAT(device_folders_of(owner), IsEmpty());
  // Every test once, and what was judged before stays as it was.
  const std::vector<std::string> after = journal();
  ASSERT_GE(after.size(), before.size());
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  std::set<std::string> tests;
  const Json all = results();
  ASSERT_TRUE(all.is_object());
  for (const Json& test : all["tests"])
    EXPECT_TRUE(tests.insert(test["test"].get<std::string>()).second) << test["test"];
  EXPECT_EQ(tests.size() + 1, after.size());
}

TEST_P(DaemonRun, LeavesNothingWhenInterrupted) {
  const int owner = killed_run(SIGINT, {"rfc5996/1.2/responder"});
  const auto removed = lab::sweep();
  ASSERT_TRUE(removed) << to_string(removed.error());
  EXPECT_THAT(namespaces_of(owner), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Real, DaemonRun, testing::ValuesIn(real_daemons),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace karpspec::dut
