#include "lab/container.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "lab/leftovers.h"
#include "support/engine.h"

namespace karpspec::lab {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* image = "karpspec/base";

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class ContainerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = engine_.why_not(); !why.empty())
      GTEST_SKIP() << why;
    if (const auto there = engine_.id_of(image); !there)
      GTEST_SKIP() << there.error().message;
    std::string name = (fs::temp_directory_path() / "karpspec-container-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty())
      fs::remove_all(folder_, ignored);
  }

  // One that a shell runs TEXT in.
  ContainerOptions shell(const std::string& text) const {
    ContainerOptions options;
    options.image = image;
    options.label = "test";
    options.command = {"sh", "-c", text};
    options.log_file = folder_ + "/log";
    return options;
  }
  Result<ContainerNetwork> network(const std::string& label) const {
    return ContainerNetwork::create(engine_, image, label);
  }

  ContainerEngine engine_{tests::engine()};
  std::string folder_;
  std::shared_ptr<ContainerRecord> record_ = std::make_shared<ContainerRecord>();
};

TEST_F(ContainerTest, ItsEndAndItsLogAreTold) {
  const auto place = network("ends");
  ASSERT_TRUE(place) << to_string(place.error());
  const std::pair<const char*, const char*> cases[] = {
      {"echo so it is; exit 7", "exit status 7"},
      // The first program of a container is spared its own signals.
      {"echo so it is; exit 139", "killed by signal 11 (Segmentation fault)"},
  };
  record_->gather_logs_in(folder_ + "/device.log");
  for (const auto& [command, how] : cases) {
    ContainerOptions options = shell(command);
    options.purpose = "the first test";
    const auto container = Container::start(engine_, *place, options, record_);
    ASSERT_TRUE(container) << to_string(container.error());
    const auto end = (*container)->end(seconds{20});
    ASSERT_TRUE(end);
    EXPECT_EQ(end->how, how);
    EXPECT_FALSE((*container)->alive());
    EXPECT_EQ((*container)->pid(), 0);
    EXPECT_EQ(text_of(folder_ + "/log"), "so it is\n");
  }
  const ContainerUse use = record_->use();
  EXPECT_EQ(use.starts, 2U);
  EXPECT_EQ(use.deaths, 2U);
  EXPECT_EQ(use.out_of_memory, 0U);
  const std::string header = "--- karpspec: the device, started for the first test\nso it is\n";
  EXPECT_EQ(text_of(folder_ + "/device.log"), header + header);
  // What holds the network of docker's is there as long as the network is.
  EXPECT_THAT(*engine_.list(getpid()), Each(EndsWith("-holder")));
}

TEST_F(ContainerTest, IsTalkedToAndHasWhatItWasGiven) {
  auto place = network("talks");
  ASSERT_TRUE(place);
  std::ofstream(folder_ + "/shared") << "from outside\n";
  ContainerOptions options =
      shell("cat /given/shared; echo $WORD; read line; echo you said $line; read line");
  options.binds = {{folder_, "/given"}};
  options.environment = {{"WORD", "a word"}};
  options.piped = true;
  const auto container = Container::start(engine_, *place, options, record_);
  ASSERT_TRUE(container) << to_string(container.error());
  EXPECT_GT((*container)->pid(), 0);
  const ChildProcess& client = *(*container)->client();
  ASSERT_EQ(::write(client.input(), "hello\n", 6), 6);
  const std::string wanted = "from outside\na word\nyou said hello\n";
  std::string got;
  for (char c = 0; got.size() < wanted.size() && ::read(client.output(), &c, 1) == 1;)
    got += c;
  EXPECT_EQ(got, wanted);
  ChildOptions beside;
  beside.command = (*container)->inside({"cat", "/proc/1/comm"});
  const auto seen = run_command(beside, seconds{20});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->output, "sh\n");
}

TEST_F(ContainerTest, HasItsInterfaceAgainWhenItIsStartedAgain) {
  auto place = network("again");
  const auto tester = NetworkNamespace::create("again-tester");
  ASSERT_TRUE(place && tester);
  const auto cable = connect({place->place(), "device", {"192.0.2.1/24"}}, {*tester, "tester", {}});
  ASSERT_TRUE(cable) << to_string(cable.error());
  for (int i = 0; i < 2; ++i) {
    const auto container =
        Container::start(engine_, *place, shell("cat /proc/net/fib_trie"), record_);
    ASSERT_TRUE(container) << to_string(container.error());
    ASSERT_TRUE((*container)->end(seconds{20}));
    EXPECT_THAT(text_of(folder_ + "/log"), HasSubstr("192.0.2.1"));
  }
}

TEST_F(ContainerTest, WhatItTakesIsCountedAndLimited) {
  const auto place = network("takes");
  ASSERT_TRUE(place);
  {
    const auto container = Container::start(engine_, *place,
                                            shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); "
                                                  "done; dd if=/dev/zero of=/dev/null bs=30M "
                                                  "count=1 2>/dev/null; echo done; sleep 100"),
                                            record_);
    ASSERT_TRUE(container) << to_string(container.error());
    for (int i = 0; i < 2000 && text_of(folder_ + "/log").empty(); ++i)
      std::this_thread::sleep_for(milliseconds{10});
  }
  const ContainerUse use = record_->use();
  EXPECT_GT(use.peak_memory, 20'000'000U);
  EXPECT_GT(use.cpu_time, milliseconds{10});
  EXPECT_EQ(use.deaths, 0U);

  ContainerOptions greedy = shell("sleep 1; exec dd if=/dev/zero of=/dev/null bs=200M count=1");
  greedy.memory = 20U << 20U;
  {
    const auto container = Container::start(engine_, *place, greedy, record_);
    ASSERT_TRUE(container) << to_string(container.error());
    const auto end = (*container)->end(seconds{60});
    ASSERT_TRUE(end);
    EXPECT_EQ(end->how, "killed at its memory limit of 20 MiB");
  }
  EXPECT_EQ(record_->use().out_of_memory, 1U);
}

TEST_F(ContainerTest, ThatPrintsWithoutEndIsEnded) {
  const auto place = network("floods");
  ASSERT_TRUE(place);
  const auto container = Container::start(engine_, *place, shell("exec yes"), record_);
  ASSERT_TRUE(container) << to_string(container.error());
  const auto end = (*container)->end(seconds{60});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->how, "killed, having printed more than 64 MiB");
}

TEST_F(ContainerTest, ThatCannotBeIsRefusedWithTheReason) {
  const auto place = network("refused");
  ASSERT_TRUE(place);
  const auto none = engine_.id_of("karpspec/no-such-image");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unsupported);
  EXPECT_THAT(none.error().message, HasSubstr("containers/images/build no-such-image makes it"));
  ContainerOptions options = shell("true");
  options.arguments = {"--no-such-option"};
  const auto refused = Container::start(engine_, *place, options, record_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no-such-option"));
  options = shell("true");
  options.command = {"/no/such/program"};
  const auto container = Container::start(engine_, *place, options, record_);
  ASSERT_TRUE(container) << to_string(container.error());
  const auto end = (*container)->end(seconds{20});
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->status.success());
  EXPECT_THAT(text_of(folder_ + "/log"), HasSubstr("/no/such/program"));
}

// A harness that starts a container and is gone, with WATCHED or without somebody who looks after
// what it leaves. Gives its number.
template <class Act>
int killed_harness(const Act& act) {
  const pid_t harness = ::fork();
  if (harness == 0) {
    act();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(harness, &status, 0), harness);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it could not start its container";
  return harness;
}

TEST_F(ContainerTest, OfAKilledHarnessIsRemovedByWhoWatches) {
  const std::string left = folder_ + "/karpspec-device-";
  const int harness = killed_harness([&] {
    const auto watch = Leftovers::watch(engine_, left);
    fs::create_directory(left + "x");
    auto place = network("killed");
    if (!watch || !place || !Container::start(engine_, *place, shell("sleep 1000"), record_))
      ::_exit(1);
    auto container = Container::start(engine_, *place, shell("sleep 1000"), record_);
    if (!container)
      ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  });
  const auto gone = [&] {
    const auto list = engine_.list(harness);
    return list && list->empty() &&
           !fs::exists("/run/netns/karpspec-" + std::to_string(harness) + "-killed") &&
           !fs::exists(left + "x");
  };
  for (int i = 0; i < 300 && !gone(); ++i)
    std::this_thread::sleep_for(milliseconds{100});
  EXPECT_THAT(*engine_.list(harness), IsEmpty());
  EXPECT_TRUE(gone());
}

TEST_F(ContainerTest, OfAKilledHarnessIsSweptByTheNext) {
  const int harness = killed_harness([&] {
    auto place = network("swept");
    if (!place)
      ::_exit(1);
    auto container = Container::start(engine_, *place, shell("sleep 1000"), record_);
    if (!container)
      ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  });
  const auto place = network("alive");
  const auto alive = Container::start(engine_, *place, shell("sleep 1000"), record_);
  ASSERT_TRUE(alive) << to_string(alive.error());
  const auto swept = engine_.sweep();
  ASSERT_TRUE(swept) << to_string(swept.error());
  EXPECT_THAT(*swept, Contains("karpspec-" + std::to_string(harness) + "-test-1"));
  EXPECT_THAT(*swept, Not(Contains((*alive)->name())));
  EXPECT_TRUE((*alive)->alive());
  EXPECT_THAT(*engine_.list(harness), IsEmpty());
  ASSERT_TRUE(sweep());
}

}  // namespace
}  // namespace karpspec::lab
