// `karpspec run` against devices in containers, as it is called.
#include "container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <set>
#include <sstream>
#include <thread>

#include "real_daemon.h"
#include "support.h"
#include "support/engine.h"

namespace karpspec::dut {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class ContainerRun : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_container("karpspec/dut"); !why.empty())
      GTEST_SKIP() << why;
  }

  // `karpspec run ARGUMENTS` against the device of FILE, into OUT of the folder.
  [[nodiscard]] lab::ChildOptions command(const std::string& file, const std::string& out,
                                          const std::vector<std::string>& arguments) const {
    lab::ChildOptions options;
    options.command = {programs + "/karpspec", "run", "--dut", file, "--out", folder_.path(out)};
    options.command.insert(options.command.end(), arguments.begin(), arguments.end());
    return options;
  }
  [[nodiscard]] lab::CommandResult run(const std::string& file, const std::string& out,
                                       const std::vector<std::string>& arguments) const {
    auto done = lab::run_command(command(file, out, arguments), seconds{250});
    return done ? *std::move(done) : throw std::runtime_error(done.error().message);
  }
  [[nodiscard]] Json results(const std::string& out) const {
    return Json::parse(read_text(folder_.path(out) + "/results.json"), nullptr, false);
  }
  // Lines of the journal; the first is not of a test.
  [[nodiscard]] std::size_t journal(const std::string& out) const {
    const std::string text = read_text(folder_.path(out) + "/journal.jsonl");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  // In real time the times are others, and nothing else.
  static void expect_the_same(const Json& one, const Json& other) {
    ASSERT_TRUE(one.is_object() && other.is_object());
    EXPECT_EQ(one["summary"], other["summary"]);
    ASSERT_EQ(one["tests"].size(), other["tests"].size());
    for (std::size_t i = 0; i < one["tests"].size(); ++i) {
      for (const char* member : {"test", "verdict", "fault", "reason", "checks", "notes", "failure",
                                 "capture", "keys", "transcript", "repeat"}) {
        EXPECT_EQ(one["tests"][i].value(member, Json()), other["tests"][i].value(member, Json()))
            << one["tests"][i]["test"] << ": " << member;
      }
    }
    EXPECT_EQ(one["requirements"], other["requirements"]);
  }

  Folder folder_;
};

TEST_F(ContainerRun, JudgesTheReferenceDevice) {
  const auto done = run(source + "/containers/duts/reference-container.yaml", "out",
                        {"rkmp/3.2/responder", "rkmp/3.2/initiator"});
  EXPECT_TRUE(done.status.success()) << done.output;
  const Json all = results("out");
  ASSERT_TRUE(all.is_object());
  const tests::Schema schema(source + "/reports/schema/results.schema.json");
  EXPECT_EQ(schema.complaint(all.dump()), "");
  EXPECT_GT(all["summary"]["pass"], 5);
  EXPECT_THAT(all["run"]["device_version"].get<std::string>(), HasSubstr(", image "));
  const Json use = all["run"]["device_use"];
  EXPECT_GT(use["peak_memory_octets"], 1'000'000);
  EXPECT_LT(use["peak_memory_octets"], 256U << 20U);
  EXPECT_GT(use["cpu_microseconds"], 0);
  EXPECT_EQ(use["starts"], 1);
  EXPECT_EQ(use["deaths"], 0);
  EXPECT_THAT(read_text(folder_.path("out") + "/report.html"),
              AllOf(HasSubstr("the device took"), HasSubstr("started once")));
  for (const Json& test : all["tests"]) {
    if (test["verdict"] == "pass") {
      EXPECT_TRUE(test.contains("capture")) << test["test"];
    }
  }
}

// As many devices as tests at a time, each with a network, a capture and keys of its own, and the
// same results as one after the other.
TEST_F(ContainerRun, ComesToTheSameWithSeveralDevicesAtATime) {
  const std::string file = folder_.write("dut.yaml", container_file(""));
  const std::vector<std::string> suites = {"rfc5996/3.6/responder", "rfc5996/2.15/responder"};
  ASSERT_TRUE(run(file, "one", suites).status.success());
  std::vector<std::string> beside = suites;
  beside.insert(beside.end(), {"--jobs", "3"});
  const auto done = run(file, "beside", beside);
  EXPECT_TRUE(done.status.success()) << done.output;
  const Json one = results("one"), three = results("beside");
  ASSERT_TRUE(three.is_object());
  EXPECT_EQ(three["run"]["device_use"]["starts"], 3);
  EXPECT_EQ(three["run"]["device_use"]["deaths"], 0);
  expect_the_same(one, three);
  // A capture is of its own test and no other.
  std::set<std::string> spis;
  std::size_t captures = 0;
  for (const Json& test : three["tests"]) {
    if (!test.contains("capture"))
      continue;
    ++captures;
    lab::ChildOptions tshark;
    tshark.command = {
        "tshark", "-r",     folder_.path("beside") + "/" + test["capture"].get<std::string>(),
        "-Y",     "isakmp", "-T",
        "fields", "-e",     "isakmp.ispi"};
    const auto seen = lab::run_command(std::move(tshark), seconds{60});
    ASSERT_TRUE(seen) << to_string(seen.error());
    std::istringstream lines(seen->output);
    std::set<std::string> mine;
    for (std::string line; std::getline(lines, line);) {
      if (line.size() == 16 && line.find_first_not_of("0123456789abcdef") == std::string::npos)
        mine.insert(line);
    }
    EXPECT_FALSE(mine.empty()) << test["test"];
    for (const std::string& spi : mine)
      EXPECT_TRUE(spis.insert(spi).second) << test["test"] << " has messages of another test";
  }
  EXPECT_GE(captures, 5U);
}

// Killed in the middle, it leaves nothing, and goes on to what it would have come to.
TEST_F(ContainerRun, GoesOnAfterItWasKilledAsIfItHadNotBeen) {
  const std::string file = folder_.write("dut.yaml", container_file(""));
  const std::vector<std::string> suites = {"rkmp/3.2/responder", "rkmp/4.1/responder"};
  ASSERT_TRUE(run(file, "whole", suites).status.success());
  std::vector<std::string> beside = suites;
  beside.insert(beside.end(), {"--jobs", "2"});
  auto child = lab::ChildProcess::start(command(file, "killed", beside));
  ASSERT_TRUE(child) << to_string(child.error());
  while (child->alive() && journal("killed") < 4)
    std::this_thread::sleep_for(milliseconds{1});
  ::kill(child->pid(), SIGKILL);  // the harness alone, not what it started
  ASSERT_TRUE(child->wait(seconds{10}));
  const std::size_t judged = journal("killed");
  EXPECT_FALSE(fs::exists(folder_.path("killed") + "/results.json"));

  const auto nothing_left = [owner = child->pid()] {
    return containers_of(owner).empty() && namespaces_of(owner).empty() &&
           device_folders_of(owner).empty();
  };
  for (int i = 0; i < 300 && !nothing_left(); ++i)
    std::this_thread::sleep_for(milliseconds{100});
  EXPECT_THAT(containers_of(child->pid()), IsEmpty());
  EXPECT_THAT(namespaces_of(child->pid()), IsEmpty());
  EXPECT_THAT(device_folders_of(child->pid()), IsEmpty());

  beside.emplace_back("--resume");
  const auto done = run(file, "killed", beside);
  EXPECT_TRUE(done.status.success()) << done.output;
  ASSERT_LT(judged, results("whole")["tests"].size() + 1) << "it was not killed in the middle";
  expect_the_same(results("whole"), results("killed"));
}

TEST_F(ContainerRun, SaysWhyNothingCouldBeJudged) {
  struct Case {
    std::string start;
    std::string says;
  };
  const Case cases[] = {
      {container_file("echo no licence >&2; exit 7"),
       "the device is dead: its container ended with exit status 7; it said last: no licence"},
      {container_file("exec sleep 1000", "  ready: {within_ms: 500}\n"),
       "the device is silent: no answer to 'describe' within 500 ms, though its container lives"},
      {container_file("exec sleep 1000", "  ready: {log: up and running, within_ms: 500}\n"),
       "the device is silent: it has not printed 'up and running' within 500 ms"},
      {container_file("sleep 1; exec dd if=/dev/zero of=/dev/null bs=200M count=1",
                      "  memory: 20M\n"),
       "the device is dead: its container was killed at its memory limit of 20 MiB"},
      {container_file("true", "  arguments: [--no-such-option]\n"),
       "the device cannot be started: " +
           std::string(lab::ContainerEngine(tests::engine()).name()) +
           " cannot start the container"},
  };
  for (const Case& one : cases) {
    const std::string file = folder_.write("dut.yaml", one.start);
    lab::ChildOptions options;
    options.command = {programs + "/karpspec", "run", "rfc5996/1.2", "--dut", file};
    const auto done = lab::run_command(options, seconds{60});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->status, (lab::ExitStatus{false, 3})) << one.start << done->output;
    EXPECT_THAT(done->output, HasSubstr(one.says)) << one.start;
    EXPECT_EQ(std::count(done->output.begin(), done->output.end(), '\n'), 1) << done->output;
  }
}

// Whatever a device has done to its network, the next one finds it as the first did.
TEST_F(ContainerRun, StartsEachDeviceInANetworkAsItWasMade) {
  for (const char* mess :
       {"ip address flush dev device; ip link set device down",
        "ip link set device down; ip link set device name mine", "ip link del device"}) {
    const Folder marks;
    // Its first life ends with the configuration for the second test or so.
    const std::string device = "karpspec-dut --listen 192.0.2.1:500";
    const std::string file = folder_.write(
        "dut.yaml", container_file("if [ -e /marks/mark ]; then exec " + device +
                                       "; fi; touch /marks/mark; "
                                       "sed -u '/configure/{x;s/^/x/;/^xxx$/{x;q};x}' | " +
                                       device + "; " + mess + "; exit 3",
                                   "  volumes: [\"" + marks.path("") + ":/marks\"]\n"));
    const auto done = run(file, "out", {"rkmp/4.1/responder", "--force"});
    const Json all = results("out");
    ASSERT_TRUE(all.is_object()) << mess << "\n" << done.output;
    EXPECT_EQ(all["run"]["device_use"]["deaths"], 1) << mess << "\n" << done.output;
    EXPECT_EQ(all["summary"]["error"], 1) << mess << "\n" << done.output;
    EXPECT_GT(all["summary"]["pass"], 4) << mess << "\n" << done.output;
    EXPECT_EQ(all["summary"]["fail"], 0) << mess << "\n" << done.output;
  }
}

// An adapter on this machine reaches the device by the network that is between tester and device.
TEST_F(ContainerRun, ControlsByAnAdapterBesideIt) {
  const std::string relay = folder_.write("relay.py",
                                          "import socket, sys, threading\n"
                                          "device = socket.create_connection(('192.0.2.1', 7500))\n"
                                          "def answers():\n"
                                          "    for line in device.makefile():\n"
                                          "        print(line, end='', flush=True)\n"
                                          "threading.Thread(target=answers, daemon=True).start()\n"
                                          "for line in sys.stdin:\n"
                                          "    device.sendall(line.encode())\n");
  std::string text =
      container_file("exec karpspec-dut --listen 192.0.2.1:500 --control tcp:192.0.2.1:7500",
                     "  ready: {tcp: 7500}\n");
  const std::string stdio = "over: stdio, timeout_ms: 10000";
  text.replace(text.find(stdio), stdio.size(), "command: [python3, \"" + relay + "\"]");
  const auto done = run(folder_.write("dut.yaml", text), "out", {"rkmp/3.2/responder/one-policy"});
  EXPECT_TRUE(done.status.success()) << done.output;
}

// By each way of control that a container has.
TEST_F(ContainerRun, ControlsByTcpAndByAProgramInside) {
  if (const std::string why = why_no_exec("karpspec/dut"); !why.empty())
    GTEST_SKIP() << why;
  std::string text = container_file(
      "exec karpspec-dut --listen 192.0.2.1:500 --control "
      "tcp:192.0.2.1:7500",
      "  ready: {tcp: 7500}\n");
  const std::string stdio = "over: stdio, timeout_ms: 10000";
  text.replace(text.find(stdio), stdio.size(), "over: \"tcp:192.0.2.1:7500\"");
  auto done = run(folder_.write("tcp.yaml", text), "tcp", {"rkmp/3.2/responder/one-policy"});
  EXPECT_TRUE(done.status.success()) << done.output;
  text = container_file("echo I wait; exec sleep 1000", "  ready: {log: I wait}\n");
  text.replace(text.find(stdio), stdio.size(), "exec: [karpspec-dut, --listen, \"192.0.2.1:500\"]");
  done = run(folder_.write("exec.yaml", text), "exec", {"rkmp/3.2/responder/one-policy"});
  EXPECT_TRUE(done.status.success()) << done.output;
}

class DaemonContainer : public ContainerRun, public testing::WithParamInterface<const char*> {};

TEST_P(DaemonContainer, JudgesBothRoles) {
  // Charon is told everything by a socket.
  const std::string image = std::string("karpspec/") + GetParam();
  const bool by_socket = std::string(GetParam()) == "strongswan";
  if (const std::string why = by_socket ? why_no_container(image) : why_no_exec(image);
      !why.empty())
    GTEST_SKIP() << why;
  const auto done = run(source + "/containers/duts/" + GetParam() + "-container.yaml", "out",
                        {"rfc5996/1.2/responder/init-answer", "rfc5996/1.2/responder/auth-answer",
                         "rfc5996/1.3.2/responder/rekey", "rfc5996/1.3.2/initiator/rekey",
                         "rfc5996/1.4/responder/liveness"});
  EXPECT_TRUE(done.status.success()) << done.output;
  const Json all = results("out");
  ASSERT_TRUE(all.is_object());
  EXPECT_EQ(all["summary"]["pass"], 5) << done.output;
  EXPECT_THAT(all["run"]["device_version"].get<std::string>(),
              AllOf(HasSubstr("wan "), HasSubstr("ESP ")));
  EXPECT_GE(all["run"]["device_use"]["starts"], 5);
  EXPECT_GT(all["run"]["device_use"]["cpu_microseconds"], 0);
}

INSTANTIATE_TEST_SUITE_P(Real, DaemonContainer, testing::ValuesIn(real_daemons),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace karpspec::dut
