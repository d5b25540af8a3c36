#include "lab/child_process.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "lab/namespaces.h"

namespace karpspec::lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

ChildOptions command(std::vector<std::string> words) {
  ChildOptions options;
  options.command = std::move(words);
  return options;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string fresh_file(const std::string& name) {
  const std::string path = testing::TempDir() + "karpspec-" + std::to_string(getpid()) + name;
  std::filesystem::remove(path);
  return path;
}

TEST(ChildProcess, TellsHowItEnded) {
  const auto good = run_command(command({"true"}));
  ASSERT_TRUE(good) << to_string(good.error());
  EXPECT_TRUE(good->status.success());

  const auto bad = run_command(command({"sh", "-c", "echo out; echo err >&2; exit 3"}));
  ASSERT_TRUE(bad);
  EXPECT_EQ(to_string(bad->status), "exit status 3");
  EXPECT_EQ(bad->output, "out\nerr\n");

  const auto killed = run_command(command({"sh", "-c", "kill -SEGV $$"}));
  ASSERT_TRUE(killed);
  EXPECT_EQ(to_string(killed->status), "killed by signal 11 (Segmentation fault)");
}

TEST(ChildProcess, NamesWhatCouldNotBeDone) {
  const auto unknown = ChildProcess::start(command({"/nonexistent/program"}));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  EXPECT_THAT(unknown.error().message, HasSubstr("/nonexistent/program: cannot be executed"));

  EXPECT_EQ(ChildProcess::start(command({})).error().code, ErrorCode::bad_value);

  ChildOptions elsewhere = command({"true"});
  elsewhere.working_directory = "/nonexistent";
  EXPECT_THAT(ChildProcess::start(elsewhere).error().message,
              HasSubstr("cannot change to /nonexistent"));

  ChildOptions nowhere = command({"true"});
  nowhere.network_namespace = "karpspec-0-none";
  EXPECT_EQ(ChildProcess::start(nowhere).error().code, ErrorCode::not_found);
}

TEST(ChildProcess, WritesItsLogAndSeesItsEnvironment) {
  ChildOptions options = command({"sh", "-c", "echo $COLOUR; pwd >&2"});
  options.environment = {{"COLOUR", "blue"}, {"PATH", "/usr/bin:/bin"}};
  options.working_directory = "/";
  options.log_file = fresh_file("log");
  auto child = ChildProcess::start(options);
  ASSERT_TRUE(child) << to_string(child.error());
  EXPECT_EQ(child->wait(seconds{10}), (ExitStatus{false, 0}));
  EXPECT_EQ(read_file(options.log_file), "blue\n/\n");
}

TEST(ChildProcess, IsNoticedWhenItDies) {
  auto child = ChildProcess::start(command({"sleep", "60"}));
  ASSERT_TRUE(child);
  EXPECT_TRUE(child->alive());
  EXPECT_EQ(child->wait(milliseconds{20}), std::nullopt);
  ASSERT_EQ(kill(child->pid(), SIGKILL), 0);
  EXPECT_EQ(child->wait(seconds{10}), (ExitStatus{true, SIGKILL}));
  EXPECT_FALSE(child->alive());
}

TEST(ChildProcess, SpeaksThroughItsPipes) {
  ChildOptions options = command({"cat"});
  options.piped = true;
  auto child = ChildProcess::start(options);
  ASSERT_TRUE(child);
  ASSERT_EQ(write(child->input(), "hello", 5), 5);
  char answer[8] = {};
  EXPECT_EQ(read(child->output(), answer, sizeof answer), 5);
  EXPECT_STREQ(answer, "hello");
  child->close_input();
  EXPECT_EQ(child->wait(seconds{10}), (ExitStatus{false, 0}));
}

TEST(ChildProcess, IsStoppedWithItsWholeGroup) {
  ChildOptions options = command({"sh", "-c", "trap '' TERM; sleep 61 & echo $!; wait; wait"});
  options.piped = true;
  auto child = ChildProcess::start(options);
  ASSERT_TRUE(child);
  char text[32] = {};
  ASSERT_GT(read(child->output(), text, sizeof text - 1), 0);
  const pid_t grandchild = std::stoi(text);
  EXPECT_EQ(kill(grandchild, 0), 0);
  EXPECT_EQ(child->stop(milliseconds{50}), (ExitStatus{true, SIGKILL}));
  const auto gone = [&] {
    // A zombie that nobody has reaped yet is gone too.
    const std::string stat = read_file("/proc/" + std::to_string(grandchild) + "/stat");
    return stat.empty() || stat.find(") Z") != std::string::npos;
  };
  const auto until = std::chrono::steady_clock::now() + seconds{10};
  while (!gone() && std::chrono::steady_clock::now() < until)
    usleep(1000);
  EXPECT_TRUE(gone());
}

TEST(ChildProcess, DoesNotOutliveTheHarness) {
  const std::string file = fresh_file("pid");
  // A harness of our own to kill: it starts a child, says its number and waits.
  const pid_t harness = fork();
  if (harness == 0) {
    auto child = ChildProcess::start(command({"sleep", "62"}));
    std::ofstream(file) << (child ? child->pid() : 0) << std::endl;
    pause();
    _exit(0);
  }
  const auto until = std::chrono::steady_clock::now() + seconds{10};
  std::string text;
  while ((text = read_file(file)).empty() && std::chrono::steady_clock::now() < until)
    usleep(1000);
  ASSERT_FALSE(text.empty());
  const pid_t child = std::stoi(text);
  ASSERT_GT(child, 0);
  EXPECT_EQ(kill(child, 0), 0);
  kill(harness, SIGKILL);
  const auto gone = [&] {
    const std::string stat = read_file("/proc/" + std::to_string(child) + "/stat");
    return stat.empty() || stat.find(") Z") != std::string::npos;
  };
  while (!gone() && std::chrono::steady_clock::now() < until)
    usleep(1000);
  EXPECT_TRUE(gone());
}

TEST(ChildProcess, ACommandThatHangsIsKilled) {
  const auto hung = run_command(command({"sleep", "63"}), milliseconds{50});
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().code, ErrorCode::timeout);
}

TEST(ChildProcess, HasARootOfItsOwn) {
  if (const std::string why = why_no_namespaces(); !why.empty())
    GTEST_SKIP() << why;
  // A root made of this machine's own directories, mounted into an empty tree.
  const std::filesystem::path tree = fresh_file("root");
  PrivateRoot root;
  root.path = tree;
  for (const char* name : {"bin", "lib", "lib64", "usr", "etc"}) {
    if (!std::filesystem::is_directory(std::string("/") + name))
      continue;
    std::filesystem::create_directories(tree / name);
    root.binds.emplace_back(std::string("/") + name, std::string("/") + name);
  }
  std::filesystem::create_directories(tree / "run");
  std::filesystem::create_directories(tree / "proc");
  ChildOptions options =
      command({"sh", "-c", "ls /; test -r /proc/self/stat && echo proc; touch /run/mine; ls /run"});
  options.root = root;
  const auto result = run_command(options);
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_THAT(result->output, HasSubstr("run\n"));
  EXPECT_THAT(result->output, HasSubstr("proc\nmine\n"));
  EXPECT_THAT(result->output, testing::Not(HasSubstr("root\n")));
  EXPECT_TRUE(std::filesystem::is_empty(tree / "run"));
  EXPECT_TRUE(std::filesystem::is_empty(tree / "usr"));

  options.root->tmpfs = {"/nowhere"};
  EXPECT_THAT(run_command(options).error().message, HasSubstr("cannot mount /nowhere"));
  for (const auto& entry : std::filesystem::directory_iterator(tree))
    std::filesystem::remove(entry.path());
  std::filesystem::remove(tree);
}

}  // namespace
}  // namespace karpspec::lab
