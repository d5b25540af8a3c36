// karpspec-dut and other programs as devices, on loopback and in real time.
#include "dut/adapters/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <thread>

#include "dut/adapters/embedded.h"
#include "fault/fault.h"
#include "script/suite.h"
#include "support.h"

namespace karpspec::dut {
namespace {

using script::Outcome;
using testing::HasSubstr;
using verdict::Verdict;

const script::Suite& whole_suite() {
  static const script::Suite suite = [] {
    auto loaded = script::load_suite(suites, {}, 2);
    return loaded ? *std::move(loaded) : throw std::runtime_error(loaded.error().message);
  }();
  return suite;
}

script::RunOptions run_options(const DutFile& file) {
  script::RunOptions options;
  options.play.seed = 1;
  options.play.child = file.child;
  options.play.requirements = &whole_suite().requirements;
  options.play.rules = whole_suite().rules;
  options.claims = file.control.over == DutControl::Over::none
                       ? script::claims_of(file.pics, file.child)
                       : embedded_claims();
  options.claims.patience = std::chrono::seconds{20};
  options.reference = embedded_worlds();
  return options;
}

const script::Scenario& scenario(const std::string& name) {
  for (const script::Scenario& one : whole_suite().scenarios)
    if (one.name == name)
      return one;
  throw std::runtime_error("no scenario " + name);
}

script::RunOptions against(const DutFile& file) {
  script::RunOptions options = run_options(file);
  auto worlds = live_worlds(file);
  if (!worlds)
    throw std::runtime_error(worlds.error().message);
  options.device = *std::move(worlds);
  return options;
}

DutFile parsed(const std::string& text) {
  auto file = parse_dut_file(text, "test.yaml");
  return file ? *std::move(file) : throw std::runtime_error(file.error().message);
}

// Played on IP packets, or by multicast, for which a laboratory on loopback has no place.
bool without_place(const script::Scenario& one) {
  return one.role == "tcp" || one.has_groups() ||
         std::ranges::find(one.needs, "tcp-ao") != one.needs.end();
}

// The suite waits most of the time, so many devices are judged at once, each on a lane of its own.
TEST(LiveDevice, IsJudgedAsTheEmbeddedOneIs) {
  constexpr unsigned lanes = 16;
  const script::Suite& suite = whole_suite();
  std::atomic<std::size_t> next{0}, judged{0};
  std::mutex mutex;
  // A process that is being started has copies of all sockets for a moment.
  std::latch started(lanes);
  const auto play = [&] {
    const Lane lane;
    const DutFile file = lane.reference();
    script::RunOptions embedded = run_options(file);
    embedded.judge_tests = false;
    embedded.device = embedded.reference;
    script::RunOptions live = against(file);
    live.judge_tests = false;
    EXPECT_TRUE(live.device({"start", 1, nullptr, nullptr}));
    started.arrive_and_wait();
    for (std::size_t i = next++; i < suite.scenarios.size(); i = next++) {
      if (without_place(suite.scenarios[i]))
        continue;
      const Outcome wanted = script::run_test(suite.scenarios[i], embedded);
      const Outcome got = script::run_test(suite.scenarios[i], live);
      judged += got.result.verdict == Verdict::pass ? 1U : 0U;
      const std::lock_guard lock(mutex);
      EXPECT_STREQ(to_string(got.result.verdict), to_string(wanted.result.verdict))
          << got.result.test << ": " << got.result.reason;
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < lanes; ++i)
    threads.emplace_back(play);
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_GE(judged, 200U);
}

// Three hours pass, and then another test begins with a clock that is ahead.
TEST(LiveDevice, WhoseClockIsPutForwardIsNotWaitedFor) {
  const Lane lane;
  const script::RunOptions options = against(lane.reference());
  for (int i = 0; i < 2; ++i) {
    const auto result = script::run_test(scenario("rfc7210/3/router/rollover"), options).result;
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
    EXPECT_LT(result.lab_time, std::chrono::seconds{10});
  }
}

// The shortest test that the embedded device fails with FAULT; nothing where there is none.
const script::Scenario* shortest_catch(const fault::Fault& fault) {
  script::RunOptions options = run_options(Lane().reference());
  options.judge_tests = false;
  options.device = embedded_worlds({}, [&fault] { return fault::make_seams(fault, 1); });
  const script::Scenario* shortest = nullptr;
  Duration time = std::chrono::seconds{10};
  for (const script::Scenario& one : whole_suite().scenarios) {
    const bool claims = std::any_of(one.checks.begin(), one.checks.end(), [&](const auto& id) {
      return std::find(fault.violates.begin(), fault.violates.end(), id) != fault.violates.end();
    });
    if (!claims || without_place(one))
      continue;
    const auto result = script::run_test(one, options).result;
    if (result.verdict == Verdict::fail && result.lab_time < time) {
      shortest = &one;
      time = result.lab_time;
    }
  }
  return shortest;
}

// A sample of the catalogue, of which `prove` has the whole.
TEST(LiveDevice, WithAFaultIsCaughtAsTheEmbeddedOneIs) {
  const auto faults = fault::read_fault_directory(suites + "/faults");
  ASSERT_TRUE(faults) << faults.error().message;
  constexpr std::size_t every = 9;
  std::vector<std::pair<const fault::Fault*, const script::Scenario*>> sample;
  for (std::size_t i = 0; i < faults->size(); i += every) {
    if (const script::Scenario* caught = shortest_catch((*faults)[i]))
      sample.emplace_back(&(*faults)[i], caught);
  }
  EXPECT_GE(sample.size(), 8U);
  std::latch started(static_cast<std::ptrdiff_t>(sample.size()));
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (const auto& [fault, test] : sample) {
    threads.emplace_back([&, fault = fault, test = test] {
      const Lane lane;
      script::RunOptions options =
          against(lane.reference(", --suites, \"" + suites + "\", --fault, " + fault->name));
      EXPECT_TRUE(options.device({"start", 1, nullptr, nullptr}));
      started.arrive_and_wait();
      const auto result = script::run_test(*test, options).result;
      const std::lock_guard lock(mutex);
      EXPECT_STREQ(to_string(result.verdict), "fail")
          << fault->name << " in " << test->name << ": " << result.reason;
    });
  }
  for (std::thread& thread : threads)
    thread.join();
}

// What a device does that answers so many requests and is gone.
TEST(LiveDevice, ThatDiesIsToldSoAndTheRunGoesOn) {
  const Lane lane;
  const std::string command =
      "sh, -c, \"sed -u 7q | " + programs + "/karpspec-dut --listen " + lane.device + ":5500\"";
  script::RunOptions options = against(parsed(lane.file(command, "{kind: json-rpc, over: stdio}")));
  options.judge_tests = false;
  std::vector<verdict::TestResult> results;
  for (int i = 0; i < 12; ++i) {
    results.push_back(script::run_test(scenario("rkmp/3.2/responder/one-policy"), options).result);
  }
  std::size_t passed_after_death = 0;
  bool died = false;
  for (const verdict::TestResult& result : results) {
    if (result.verdict == Verdict::error) {
      died = true;
      EXPECT_EQ(result.fault, verdict::Fault::device);
      EXPECT_THAT(result.reason, HasSubstr("the device is dead: its process ended with"));
    } else {
      EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
      passed_after_death += died ? 1U : 0U;
    }
  }
  EXPECT_TRUE(died);
  EXPECT_GE(passed_after_death, 2U);
}

// It takes its configuration and dies of the first datagram; that no control method meets.
TEST(LiveDevice, ThatDiesOnTheWireIsNoFailure) {
  const Lane lane;
  const std::string command =
      "sh, -c, \"" + programs + "/karpspec-dut --listen " + lane.device +
      ":5500 <&0 & device=$!; sleep 0.7; kill -9 $device; echo no more >&2; exit 9\"";
  script::RunOptions options = against(parsed(lane.file(command, "{kind: json-rpc, over: stdio}")));
  options.judge_tests = false;
  const auto result =
      script::run_test(scenario("rfc5996/2.1/responder/no-answer-of-its-own"), options).result;
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_EQ(result.fault, verdict::Fault::device);
  EXPECT_THAT(result.reason, HasSubstr("dead")) << result.reason;
}

TEST(LiveDevice, ThatIsSilentIsToldFromOneThatIsDead) {
  const Lane lane;
  script::RunOptions options =
      against(parsed(lane.file("sleep, 100", "{kind: json-rpc, over: stdio, timeout_ms: 200}")));
  options.judge_tests = false;
  auto result = script::run_test(scenario("rkmp/3.2/responder/one-policy"), options).result;
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_THAT(result.reason, HasSubstr("the device is silent: no answer to 'reset' within 200 ms, "
                                       "though its process lives"));
  options = against(parsed(lane.file("sh, -c, 'echo out of memory >&2; exit 3'",
                                     "{kind: json-rpc, over: stdio, timeout_ms: 200}")));
  options.judge_tests = false;
  result = script::run_test(scenario("rkmp/3.2/responder/one-policy"), options).result;
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_THAT(result.reason, HasSubstr("the device is dead: its process ended with exit status 3; "
                                       "it said last: out of memory"));
}

TEST(LiveDevice, ControlledOverTcp) {
  const Lane lane;
  const std::string control = "tcp:" + lane.device + ":7500";
  lab::ChildOptions program;
  program.command = {programs + "/karpspec-dut", "--listen", lane.device + ":5500", "--control",
                     control};
  auto device = lab::ChildProcess::start(program);
  ASSERT_TRUE(device) << device.error().message;
  std::string text =
      lane.file("x", "{kind: json-rpc, timeout_ms: 1000, over: \"" + control + "\"}");
  text.replace(text.find("{kind: process, command: [x]}"), 29, "{kind: running}");
  script::RunOptions options = against(parsed(text));
  for (const char* name : {"rkmp/3.2/responder/one-policy", "rfc5996/1.2/responder/auth-answer"})
    EXPECT_EQ(script::run_test(scenario(name), options).result.verdict, Verdict::pass);
  // A running device that is gone is not ours to start; one that comes back is found again.
  device->stop();
  auto result = script::run_test(scenario("rkmp/3.2/responder/one-policy"), options).result;
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_THAT(result.reason, HasSubstr("the device is dead: cannot connect to " + lane.device));
  auto again = lab::ChildProcess::start(program);
  ASSERT_TRUE(again);
  result = script::run_test(scenario("rkmp/3.2/responder/one-policy"), options).result;
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
}

// An adapter beside the device: here one that only hands on lines.
TEST(LiveDevice, ControlledByAnAdapterOfItsOwn) {
  const Lane lane;
  const Folder folder;
  const std::string requests = folder.path("requests"), answers = folder.path("answers");
  const std::string device = "sh, -c, \"mkfifo " + requests + " " + answers + "; exec " + programs +
                             "/karpspec-dut --listen " + lane.device + ":5500 <>" + requests +
                             " >" + answers + "\"";
  const std::string adapter = "{kind: json-rpc, command: [sh, -c, \"while [ ! -p " + answers +
                              " ]; do sleep 0.01; done; cat " + answers + " & exec cat >" +
                              requests + "\"]}";
  script::RunOptions options = against(parsed(lane.file(device, adapter)));
  for (const char* name : {"rkmp/3.2/responder/one-policy", "rfc5996/1.2/responder/auth-answer"}) {
    const auto result = script::run_test(scenario(name), options).result;
    EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  }
}

// Somebody else has configured it, as the defaults have it.
TEST(LiveDevice, WithoutControlIsJudgedOnTheWireAlone) {
  const Lane lane;
  const Folder folder;
  Json params = scenario("rfc5996/1.2/responder/auth-answer").device;
  Json& peer = params["peers"][0];
  peer["address"] = lane.tester;
  peer["port"] = lane.port;
  const Json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "configure"}, {"params", params}};
  const std::string by_hand = folder.write("configure", request.dump() + "\n");
  const std::string device = "sh, -c, \"(cat " + by_hand + "; sleep 100) | " + programs +
                             "/karpspec-dut --listen " + lane.device + ":5500\"";
  script::RunOptions options = against(parsed(lane.file(device, "{kind: none}")));
  auto result = script::run_test(scenario("rfc5996/1.2/responder/auth-answer"), options).result;
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  result = script::run_test(scenario("rfc5996/2.15/responder/secret-of-64"), options).result;
  EXPECT_EQ(result.verdict, Verdict::not_applicable) << result.reason;
  options = against(parsed(lane.file("sleep, 100", "{kind: none}")));
  result = script::run_test(scenario("rfc5996/1.2/responder/auth-answer"), options).result;
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_THAT(result.reason, HasSubstr("the device is dead: nothing listens at " + lane.device));
}

TEST(LiveDevice, IsNotWaitedForLongerThanItsClaimsSay) {
  script::Scenario long_one = scenario("rkmp/3.2/responder/one-policy");
  script::Step wait = long_one.steps.front();
  wait.action = script::WaitStep{std::chrono::hours{1}};
  long_one.steps.push_back(wait);
  script::RunOptions options = run_options(Lane().reference());
  options.device = options.reference;
  options.claims.patience.reset();
  EXPECT_EQ(script::run_test(long_one, options).result.verdict, Verdict::pass);
  options.claims.patience = std::chrono::minutes{2};
  EXPECT_EQ(script::run_test(long_one, options).result.verdict, Verdict::pass);
  std::erase(options.claims.items, "clock");
  const auto result = script::run_test(long_one, options).result;
  EXPECT_EQ(result.verdict, Verdict::not_applicable);
  EXPECT_THAT(result.reason, HasSubstr("takes 3600 s"));
}

}  // namespace
}  // namespace karpspec::dut
