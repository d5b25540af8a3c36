#include "lab/namespaces.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "lab/child_process.h"
#include "lab/live_link.h"

namespace karpspec::lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;

class Namespaces : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_namespaces(); !why.empty())
      GTEST_SKIP() << why;
  }
};

bool exists(const std::string& name) {
  return std::filesystem::exists("/run/netns/" + name);
}

TEST_F(Namespaces, AreRemovedWithTheirObject) {
  std::string name;
  {
    const auto made = NetworkNamespace::create("object");
    ASSERT_TRUE(made) << to_string(made.error());
    name = made->name();
    EXPECT_EQ(name, "karpspec-" + std::to_string(getpid()) + "-object");
    EXPECT_TRUE(exists(name));
    EXPECT_FALSE(NetworkNamespace::create("object"));
  }
  EXPECT_FALSE(exists(name));
  EXPECT_EQ(NetworkNamespace::create("a b").error().code, ErrorCode::bad_value);
}

TEST_F(Namespaces, OfAKilledHarnessAreSwept) {
  const pid_t harness = fork();
  if (harness == 0) {
    auto made = NetworkNamespace::create("killed");
    ChildOptions options;
    options.command = {"ip", "netns", "exec", made ? made->name() : "", "true"};
    _exit(run_command(options)->status.success() ? 0 : 1);  // without destructors
  }
  int status = 0;
  ASSERT_EQ(waitpid(harness, &status, 0), harness);
  ASSERT_EQ(status, 0);
  const std::string name = "karpspec-" + std::to_string(harness) + "-killed";
  ASSERT_TRUE(exists(name));
  const auto mine = NetworkNamespace::create("alive");
  ASSERT_TRUE(mine);
  const auto swept = sweep();
  ASSERT_TRUE(swept) << to_string(swept.error());
  EXPECT_THAT(*swept, Contains(name));
  EXPECT_FALSE(exists(name));
  EXPECT_TRUE(exists(mine->name()));
}

TEST_F(Namespaces, SayWhatIpRefused) {
  const auto made = NetworkNamespace::create("refused");
  ASSERT_TRUE(made);
  const auto refused = made->add_address("eth7", "192.0.2.1/24");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("eth7"));
  EXPECT_EQ(inside("karpspec-0-none", [] { return Result<void>(); }).error().code,
            ErrorCode::not_found);
}

// Two routers at the two ends of a cable, with links in their own namespaces.
class Cable : public Namespaces {
 protected:
  void SetUp() override {
    Namespaces::SetUp();
    if (IsSkipped())
      return;
    a = NetworkNamespace::create("a");
    b = NetworkNamespace::create("b");
    ASSERT_TRUE(a && b);
    const auto done = connect({*a, "eth0", {"192.0.2.1/24", "2001:db8::1/64"}},
                              {*b, "eth0", {"192.0.2.2/24", "2001:db8::2/64"}});
    ASSERT_TRUE(done) << to_string(done.error());
  }
  Result<NetworkNamespace> a = fail(ErrorCode::internal, ""), b = fail(ErrorCode::internal, "");
};

TEST_F(Cable, CarriesDatagramsOfBothFamiliesAndPorts) {
  const auto here =
      LiveLink::open({{{"192.0.2.1", 500}, {"2001:db8::1", 500}, {"192.0.2.1", 4500}}, a->name()});
  const auto there =
      LiveLink::open({{{"192.0.2.2", 500}, {"2001:db8::2", 500}, {"192.0.2.2", 4500}}, b->name()});
  ASSERT_TRUE(here) << to_string(here.error());
  ASSERT_TRUE(there) << to_string(there.error());
  for (std::size_t i = 0; i < 3; ++i) {
    const Octets payload(3000, static_cast<std::uint8_t>(i));  // more than one frame takes
    const Datagram sent{(*here)->endpoints()[i], (*there)->endpoints()[i], payload};
    ASSERT_TRUE((*here)->send(sent));
    const auto got = (*there)->receive((*there)->now() + seconds{5});
    ASSERT_TRUE(got && *got);
    EXPECT_EQ((*got)->source, sent.source);
    EXPECT_EQ((*got)->destination, sent.destination);
    EXPECT_EQ((*got)->payload, payload);
  }
  // This process did not move.
  EXPECT_FALSE(LiveLink::open({{{"192.0.2.1", 0}}, ""}));
}

TEST_F(Cable, ReportsThatThereIsNoRoute) {
  const auto here = LiveLink::open({{{"192.0.2.1", 500}}, a->name()});
  ASSERT_TRUE(here);
  const auto lost = (*here)->send({{"192.0.2.1", 500}, {"198.51.100.1", 500}, octets_of("x")});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::io);
  EXPECT_THAT(lost.error().message, HasSubstr("198.51.100.1:500"));
}

TEST_F(Cable, IsWhatAChildProcessSees) {
  ChildOptions options;
  options.command = {"ip", "-brief", "address"};
  options.network_namespace = b->name();
  const auto result = run_command(options);
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_THAT(result->output, HasSubstr("192.0.2.2/24"));
  EXPECT_THAT(result->output, testing::Not(HasSubstr("192.0.2.1/24")));
}

}  // namespace
}  // namespace karpspec::lab
