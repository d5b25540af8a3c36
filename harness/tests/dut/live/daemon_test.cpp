#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "dut/control.h"
#include "real_daemon.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Json params() {
  return Json::parse(R"({
    "identity": {"type": "ID_FQDN", "value": "device.example"},
    "ike_proposals": ["AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048"],
    "peers": [{"name": "tester", "address": "192.0.2.2", "port": 500, "child": "esp",
               "identity": {"type": "ID_FQDN", "value": "tester.example"},
               "psk": "a preshared key", "protocols": []}]})");
}

// What a daemon says of itself, and what it is called in its root.
struct Names {
  const char* version;
  const char* program;
};
Names names_of(const std::string& daemon) {
  return daemon == "libreswan" ? Names{"Libreswan 4.", "pluto"}
                               : Names{"strongSwan 5.", "charon-systemd"};
}

// A real daemon in namespaces of its own.
class Daemons : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto worlds = worlds_of(daemon_file(GetParam()));
    if (!worlds && worlds.error().code == ErrorCode::unsupported)
      GTEST_SKIP() << worlds.error().message;
    ASSERT_TRUE(worlds) << to_string(worlds.error());
    worlds_ = *std::move(worlds);
    auto world = worlds_({"test", 1, nullptr, nullptr});
    ASSERT_TRUE(world) << to_string(world.error());
    world_ = *std::move(world);
  }

  [[nodiscard]] Device& device() const { return *world_.device; }
  Error refused(std::string_view method, const Json& with = Json::object()) const {
    const auto answer = device().call(method, with);
    EXPECT_FALSE(answer) << method << ": " << answer->dump();
    return answer ? Error{} : answer.error();
  }
  static std::vector<int> processes() {
    std::vector<int> found;
    for (const std::string& name : namespaces_of(::getpid())) {
      for (const int process : inhabitants(name))
        found.push_back(process);
    }
    return found;
  }

  script::MakeWorld worlds_;
  script::World world_;
};

TEST_P(Daemons, DescribeWhatRuns) {
  const auto answer = device().call("describe", Json::object());
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_TRUE(check_result("describe", *answer));
  EXPECT_EQ((*answer)["child"], "esp");
  EXPECT_THAT((*answer)["version"].get<std::string>(), StartsWith(names_of(GetParam()).version));
  EXPECT_THAT((*answer)["version"].get<std::string>(), HasSubstr("ESP "));
  EXPECT_THAT(processes(), IsEmpty()) << "what was asked is gone again";
}

TEST_P(Daemons, RefuseWhatTheyHaveNot) {
  for (const char* method : {"start", "sas", "rekey-ike", "delete-key"})
    EXPECT_EQ(refused(method, {{"peer", "tester"}}).code, ErrorCode::bad_value) << method;
  ASSERT_TRUE(device().call("configure", params()));
  for (const char* method : {"key-table", "events", "check-liveness", "no-such-method"})
    EXPECT_EQ(refused(method).code, ErrorCode::unsupported) << method;
  EXPECT_EQ(refused("start", {{"peer", "nobody"}}).code, ErrorCode::bad_value);
  EXPECT_EQ(refused("rekey-ike", {{"peer", "tester"}}).code, ErrorCode::bad_value)
      << "there is no SA";
  EXPECT_EQ(refused("start", Json::array()).code, ErrorCode::bad_value);
  Json wrong = params();
  wrong["peers"][0]["child"] = "rkmp";
  EXPECT_EQ(refused("configure", wrong).code, ErrorCode::unsupported);
}

TEST_P(Daemons, SendTheirFirstMessageWhenToldTo) {
  ASSERT_TRUE(device().call("configure", params()));
  const auto started = device().call("start", {{"peer", "tester"}, {"protocol", "BGP"}});
  ASSERT_TRUE(started) << to_string(started.error());
  const auto got = world_.link->receive(world_.link->now() + std::chrono::seconds{5});
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->source, device().endpoint());
  EXPECT_GT((*got)->payload.size(), 28U);
  const auto sas = device().call("sas", Json::object());
  ASSERT_TRUE(sas) << to_string(sas.error());
  EXPECT_TRUE(check_result("sas", *sas)) << sas->dump();
  EXPECT_EQ((*sas)["sas"].size(), 1U);
  ASSERT_TRUE(device().call("reset", Json::object()));
  EXPECT_THAT(processes(), IsEmpty());
}

TEST_P(Daemons, AreSaidToBeDeadWhenTheyAre) {
  ASSERT_TRUE(device().call("configure", params()));
  EXPECT_TRUE(device().alive());
  const std::vector<int> started = processes();
  ASSERT_EQ(started.size(), 1U);
  ASSERT_EQ(::kill(started[0], SIGKILL), 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (device().alive() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  EXPECT_FALSE(device().alive());
  const Error error = refused("sas");
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_THAT(error.message,
              HasSubstr(std::string(names_of(GetParam()).program) + " died (killed by signal 9"));
  EXPECT_THAT(error.message, testing::Not(HasSubstr("\n")));
  EXPECT_TRUE(device().call("configure", params())) << "and can be there again";
  EXPECT_TRUE(device().alive());
}

TEST_P(Daemons, LeaveNothingBehind) {
  ASSERT_TRUE(device().call("configure", params()));
  const std::vector<std::string> names = namespaces_of(::getpid());
  EXPECT_EQ(names.size(), 2U);
  world_ = {};
  EXPECT_THAT(processes(), IsEmpty());
  EXPECT_EQ(namespaces_of(::getpid()), names) << "they are there for the next test";
  worlds_ = {};
  EXPECT_THAT(namespaces_of(::getpid()), IsEmpty());
}

TEST_P(Daemons, SayHowToMakeAMissingRoot) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "network namespaces need root";
  DutFile file = daemon_file(GetParam());
  file.start.root = "/nonexistent";
  const auto worlds = worlds_of(file);
  ASSERT_FALSE(worlds);
  EXPECT_EQ(worlds.error().code, ErrorCode::unsupported);
  EXPECT_THAT(worlds.error().message,
              HasSubstr(std::string("containers/roots/build ") + GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Real, Daemons, testing::ValuesIn(real_daemons),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace karpspec::dut
