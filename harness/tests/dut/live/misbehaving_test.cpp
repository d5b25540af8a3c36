// Devices that misbehave once and are well again when they are started anew: the test that met it
// says so, and all others are judged as if nothing had been. As a process, and as a container.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "container.h"
#include "dut/adapters/embedded.h"
#include "dut/adapters/live.h"
#include "script/suite.h"
#include "support.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;
using verdict::Verdict;

struct Misbehaviour {
  const char* name;
  // What a shell does in its first life; DEVICE stands for the reference device's command.
  const char* first_life;
  std::vector<std::string> reasons;  // one of which the test that met it gives
};

// FOURTH hands on requests to the fourth `configure`, and ends then: each test has one. The first
// program of a container is spared its own signals, so that it ends as if by one.
const Misbehaviour misbehaviours[] = {
    {"Crashes",
     "FOURTH | DEVICE; echo out of bounds >&2; kill -SEGV $$; exit 139",
     {"was killed by signal 11 (Segmentation fault); it said last: out of bounds"}},
    {"Hangs", "(FOURTH; sleep 1000) | DEVICE", {"the device is silent: no answer to '"}},
    {"AnswersGarbage", "DEVICE | sed -u '20,9999 s/.*/%@!/'", {"is none (", "%@!"}},
    {"TalksWithoutEnd",
     "DEVICE | (sed -u 20q; exec yes '{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"method\\\":\\\"news\\\"}')",
     {"the device is silent: no answer to '"}},
    {"EndsWithoutAWord", "FOURTH | DEVICE; exit 3", {"ended with exit status 3"}},
};
constexpr const char* fourth = "sed -u '/configure/{x;s/^/x/;/^xxxx$/{x;q};x}'";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

// FIRST in the first life, which MARK remembers, and the device itself in each later one.
std::string lives(const std::string& first, const std::string& device, const std::string& mark) {
  return "if [ -e " + mark + " ]; then exec " + device + "; fi; touch " + mark + "; " +
         replaced(replaced(first, "DEVICE", device), "FOURTH", fourth);
}

class Misbehaving : public testing::Test {
 protected:
  static const script::Suite& suite() {
    static const script::Suite some = [] {
      auto loaded = script::load_suite(suites, {"rkmp/3.2/responder", "rkmp/4.1/responder"});
      return loaded ? *std::move(loaded) : throw std::runtime_error(loaded.error().message);
    }();
    return some;
  }

  // Plays the suite against the device that TEXT describes.
  static std::vector<verdict::TestResult> played(const std::string& text) {
    const auto file = parse_dut_file(text, "test.yaml");
    if (!file)
      throw std::runtime_error(file.error().message);
    auto worlds = live_worlds(*file);
    if (!worlds)
      throw std::runtime_error(worlds.error().message);
    std::vector<verdict::TestResult> results;
    script::RunOptions options;
    options.play.seed = 1;
    options.play.child = file->child;
    options.play.requirements = &suite().requirements;
    options.play.rules = suite().rules;
    options.claims = script::claims_of(file->pics, file->child);
    options.claims.patience = std::chrono::seconds{20};
    options.reference = embedded_worlds();
    options.judge_tests = false;
    options.device = *std::move(worlds);
    options.on_outcome = [&](script::Outcome&& outcome) {
      results.push_back(std::move(outcome.result));
    };
    script::run_suite(suite(), options);
    return results;
  }

  // All as WANTED but one, which gives one of REASONS, and that not the first.
  static void expect_one_error(const std::vector<verdict::TestResult>& results,
                               const std::vector<std::string>& reasons) {
    static const std::vector<verdict::TestResult> wanted = played(Lane().file_of_reference());
    ASSERT_EQ(results.size(), wanted.size());
    std::size_t errors = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const verdict::TestResult& result = results[i];
      if (result.verdict != Verdict::error) {
        EXPECT_EQ(result.verdict, wanted[i].verdict) << result.test << ": " << result.reason;
        continue;
      }
      ++errors;
      EXPECT_GT(i, 0U);
      EXPECT_EQ(result.fault, verdict::Fault::device) << result.reason;
      const bool given =
          std::any_of(reasons.begin(), reasons.end(), [&](const std::string& reason) {
            return result.reason.find(reason) != std::string::npos;
          });
      EXPECT_TRUE(given) << result.test << ": " << result.reason;
    }
    EXPECT_EQ(errors, 1U);
  }
};

class MisbehavingProcess : public Misbehaving, public testing::WithParamInterface<Misbehaviour> {};

TEST_P(MisbehavingProcess, CostsOneTest) {
  const Lane lane;
  const Folder folder;
  const std::string device = programs + "/karpspec-dut --listen " + lane.device + ":5500";
  const std::string command = lives(GetParam().first_life, device, folder.path("mark"));
  expect_one_error(played(lane.file("sh, -c, \"" + command + "\"",
                                    "{kind: json-rpc, over: stdio, timeout_ms: 1000}")),
                   GetParam().reasons);
}

INSTANTIATE_TEST_SUITE_P(All, MisbehavingProcess, testing::ValuesIn(misbehaviours),
                         [](const auto& one) { return one.param.name; });

class MisbehavingContainer : public Misbehaving,
                             public testing::WithParamInterface<Misbehaviour> {};

TEST_P(MisbehavingContainer, CostsOneTest) {
  if (const std::string why = why_no_container("karpspec/dut"); !why.empty())
    GTEST_SKIP() << why;
  const Folder folder;
  const std::string command =
      lives(GetParam().first_life, "karpspec-dut --listen 192.0.2.1:500", "/marks/mark");
  expect_one_error(
      played(container_file(command, "  volumes: [\"" + folder.path("") + ":/marks\"]\n")),
      GetParam().reasons);
}

INSTANTIATE_TEST_SUITE_P(All, MisbehavingContainer, testing::ValuesIn(misbehaviours),
                         [](const auto& one) { return one.param.name; });

// It sends to the tester whatever it can, besides being a good device. The request that follows the
// fourth `configure`, which asks for its clock, is held back until the flood is there.
TEST_F(Misbehaving, FloodsTheWire) {
  const Lane lane;
  const Folder folder;
  const std::string flooding = folder.path("flooding");
  const std::string flood =
      "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nsent = 0\n"
      "while True:\n  s.sendto(b'x' * 40, ('" +
      lane.tester + "', 5500))\n  sent += 1\n  if sent == 200: open('" + flooding +
      "', 'w').close()\n";
  const std::string program = folder.write("flood.py", flood);
  const std::string device = programs + "/karpspec-dut --listen " + lane.device + ":5500";
  const std::string command = lives("(FOURTH; python3 " + program + " & while ! [ -e " + flooding +
                                        " ]; do sleep 0.01; done; cat) | DEVICE",
                                    device, folder.path("mark"));
  const auto results = played(
      lane.file("sh, -c, \"" + command + "\"", "{kind: json-rpc, over: stdio, timeout_ms: 10000}"));
  std::size_t bad = 0, passed_after = 0;
  for (const verdict::TestResult& result : results) {
    const bool passed = result.verdict == Verdict::pass;
    if (!passed && result.verdict != Verdict::not_applicable) {
      ++bad;
      EXPECT_EQ(result.verdict, Verdict::error) << result.reason;
      EXPECT_EQ(result.fault, verdict::Fault::device) << result.reason;
      EXPECT_THAT(result.reason, HasSubstr("floods the tester"));
    }
    passed_after += passed && bad > 0 ? 1U : 0U;
  }
  EXPECT_EQ(bad, 1U);
  EXPECT_GE(passed_after, 1U);
  EXPECT_EQ(results.size(), suite().scenarios.size());
}

// After its first life it will not start again: each further test says why, without waiting.
TEST_F(Misbehaving, RefusesToStartAgain) {
  const Lane lane;
  const Folder folder;
  const std::string device = programs + "/karpspec-dut --listen " + lane.device + ":5500";
  const std::string command = "if [ -e " + folder.path("mark") + " ]; then echo no licence >&2; " +
                              "exit 7; fi; touch " + folder.path("mark") + "; " + fourth + " | " +
                              device + "; exit 3";
  const auto results = played(
      lane.file("sh, -c, \"" + command + "\"", "{kind: json-rpc, over: stdio, timeout_ms: 1000}"));
  ASSERT_EQ(results.size(), suite().scenarios.size());
  EXPECT_EQ(results.front().verdict, Verdict::pass) << results.front().reason;
  EXPECT_EQ(results.back().verdict, Verdict::error);
  EXPECT_EQ(results.back().fault, verdict::Fault::device);
  EXPECT_THAT(results.back().reason,
              HasSubstr("the device was started 3 times without an answer, and is not started "
                        "again; the last time: the device is dead: its process ended with exit "
                        "status 7; it said last: no licence"));
}

}  // namespace
}  // namespace karpspec::dut
