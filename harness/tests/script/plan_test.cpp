// Scenarios in words: nothing of what was written is left out, and no key is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "script/pics.h"
#include "script/plan/test_plan.h"
#include "whole_suite.h"
#include "world.h"

namespace karpspec::script {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Scenario& scenario_of(const std::string& name) {
  for (const Scenario& scenario : whole_suite().scenarios)
    if (scenario.name == name)
      return scenario;
  throw std::out_of_range(name);
}

// The first of STEPS, written as YAML.
PlannedStep planned(const std::string& steps) {
  const Desk desk;
  desk.scenario("3.2/responder/x", steps);
  const auto suite = desk.load();
  if (!suite)
    throw std::runtime_error(suite.error().message);
  return make_plan(suite->scenarios.front(), {}).steps.front();
}

class GoldenPlan : public testing::TestWithParam<const char*> {};

// The faults are played by the program and grow with the catalogue; here stand two made up.
TEST_P(GoldenPlan, IsAsItWas) {
  TestPlan plan = make_plan(scenario_of(GetParam()), plan_context(whole_suite()));
  plan.faults = {{"one-fault", "does what this test sees", true},
                 {"another-fault", "does what another test sees", false}};
  std::string name = GetParam();
  std::replace(name.begin(), name.end(), '/', '_');
  const std::string path = KARPSPEC_SOURCE_DIR "/harness/tests/script/plans/" + name + ".txt";
  if (const char* mode = std::getenv("KARPSPEC_GOLDEN"); mode != nullptr && *mode == 'w')
    std::ofstream(path, std::ios::binary) << to_text(plan);
  EXPECT_EQ(to_text(plan), text_of(path)) << "if that is meant: KARPSPEC_GOLDEN=write";
}
INSTANTIATE_TEST_SUITE_P(Plans, GoldenPlan,
                         testing::Values("rkmp/3.4/responder/refusal-keeps-sa",
                                         "rkmp/3.4/initiator/refused-by-informational",
                                         "rfc5996/2.6/responder/cookie"));

TEST(Plan, EveryScenarioHasAllItsParts) {
  const PlanContext context = plan_context(whole_suite());
  for (const Scenario& scenario : whole_suite().scenarios) {
    SCOPED_TRACE(scenario.name);
    const TestPlan plan = make_plan(scenario, context);
    EXPECT_EQ(plan.references.size(), scenario.checks.size());
    EXPECT_EQ(plan.steps.size(), scenario.steps.size());
    EXPECT_THAT(plan.figure, Not(IsEmpty()));
    EXPECT_THAT(plan.purpose, testing::StartsWith("To see whether this holds: "));
    EXPECT_EQ(to_json(plan)["background"], scenario.background);
    EXPECT_THAT(plan.device, Not(IsEmpty()));
    EXPECT_THAT(plan.tester, Not(IsEmpty()));
    // A test of nothing but advice, which fails nobody, tells that the advice was not followed.
    const std::string negative =
        scenario.advice.size() == scenario.checks.size() ? "inconclusive" : "fail";
    bool can_fail = false;
    for (const PlannedStep& step : plan.steps) {
      EXPECT_THAT(step.words, testing::EndsWith("."));
      EXPECT_TRUE(!step.words.starts_with("The tester waits") ||
                  step.words.starts_with("The tester waits for at most "))
          << step.words;
      for (const PlannedResult& result : step.results) {
        can_fail = can_fail || (step.fragment.empty() && result.verdict == negative);
        EXPECT_TRUE(step.fragment.empty() || result.verdict != "fail")
            << "a preamble never fails a device";
      }
    }
    EXPECT_TRUE(can_fail);
    for (const PicsItem& item : plan.needs)
      EXPECT_NE(item.meaning, "") << item.item << " is not in suites/scenario-guide.md";
    const std::string text = to_text(plan);
    for (const char* part : {"PURPOSE", "REFERENCES", "TOPOLOGY", "PICS ITEMS NEEDED", "PROCEDURE",
                             "OBSERVABLE RESULTS", "FAULTS"})
      EXPECT_THAT(text, HasSubstr("\n" + std::string(part) + "\n"));
    EXPECT_THAT(text, Not(HasSubstr("-----BEGIN")));
  }
}

TEST(Plan, AdviceIsBindingForWhoClaimsThatItIsFollowed) {
  const auto verdicts = [](const std::string& name) {
    std::set<std::string> out;
    for (const Scenario& scenario : whole_suite().scenarios)
      if (scenario.name == name)
        for (const PlannedStep& step : make_plan(scenario, plan_context(whole_suite())).steps)
          for (const PlannedResult& result : step.results)
            if (step.fragment.empty())
              out.insert(result.verdict);
    return out;
  };
  EXPECT_THAT(verdicts("rfc7383/2.4/responder/short-answer-whole"),
              testing::ElementsAre("inconclusive", "pass"));
  EXPECT_THAT(verdicts("ops/4.2/responder/fingerprint"), testing::ElementsAre("fail", "pass"));

  const auto pics = read_pics(whole_suite().path);
  for (const auto& [id, row] : whole_suite().requirements)
    EXPECT_TRUE(row.claim.empty() || pics.contains(row.claim)) << id << ": " << row.claim;
}

// Where the scenario leaves it out: what is unanswered decides, as it does when it is played.
TEST(Plan, SaysWhichWayEachMessageGoes) {
  const std::string plan =
      to_text(make_plan(scenario_of("rfc5996/2.3/initiator/one-at-a-time"), {}));
  for (const char* words :
       {"1. The tester sends IKE_SA_INIT request {", "for IKE_SA_INIT response {",
        "for INFORMATIONAL request {}.", "9. The tester sends INFORMATIONAL response {}."})
    EXPECT_THAT(plan, HasSubstr(words));
}

TEST(Plan, SaysWhatIsOtherwiseInAMessage) {
  const PlannedStep step = planned(
      "  - send: IKE_SA_INIT {SAi1, KEi, Ni}\n"
      "    with: {Ni.data: =random(8)}\n"
      "    mutate:\n"
      "      - {add: N(COOKIE), at: first, with: {N(COOKIE).data: 0x0a}}\n"
      "      - remove: KEi\n"
      "      - patch: {HDR.length: 7}\n"
      "      - truncate: -3\n"
      "      - octets: {at: -4, set: 0x00000000}\n"
      "    from: {port: 501, address: second}\n"
      "    copies: 3\n"
      "    as: first\n"
      "    sa: other\n"
      "    why: Because\n"
      "  - silence: 1s\n");
  EXPECT_EQ(step.words, "The tester sends IKE_SA_INIT request {SAi1, KEi, Ni}.");
  EXPECT_EQ(step.why, "Because");
  EXPECT_THAT(step.details,
              ElementsAre("Ni.data is 8 random octets", "a payload N(COOKIE) more, placed first",
                          "in it N(COOKIE).data is 0x0a", "without the payload KEi",
                          "HDR.length is 7, and nothing else follows the change",
                          "the last 3 octets of the datagram are cut off",
                          "the octets 4 octets before the end of the datagram are overwritten "
                          "with 0x00000000",
                          "from port 501", "from the tester's second address", "3 times",
                          "the datagram is kept as 'first'", "on the IKE SA called 'other'"));
  EXPECT_THAT(step.results, IsEmpty()) << "what the tester sends is not judged";
}

TEST(Plan, SaysEveryPermittedAnswerWithItsClauseAndVerdict) {
  const PlannedStep step = planned(
      "  - any_of:\n"
      "      - expect: IKE_SA_INIT response {SAr1, KEr, Nr}\n"
      "        where: {Nr.data: {length: 16..256}, KEr.group: {one-of: [1, 2]}, HDR.spi_r: "
      "\"!0\"}\n"
      "        clause: RFC 1 2.3\n"
      "      - silence: 2s\n"
      "        clause: RFC 1 2.4\n"
      "        verdict: inconclusive\n"
      "        note: it may\n"
      "    within: 7s\n");
  EXPECT_EQ(step.words, "The tester waits for at most 7s for one of the permitted answers.");
  ASSERT_EQ(step.results.size(), 3U);
  EXPECT_EQ(step.results[0].seen, "IKE_SA_INIT response {SAr1, KEr, Nr}");
  EXPECT_THAT(step.results[0].details, ElementsAre("Nr.data is from 16 to 256 octets long",
                                                   "KEr.group is 1 or is 2", "HDR.spi_r is not 0"));
  EXPECT_EQ(step.results[0].clause, "RFC 1 2.3");
  EXPECT_EQ(step.results[0].verdict, "pass");
  EXPECT_EQ(step.results[1].seen, "nothing for 2s");
  EXPECT_EQ(step.results[1].verdict, "inconclusive");
  EXPECT_EQ(step.results[1].note, "it may");
  EXPECT_EQ(step.results[2].verdict, "fail");
}

TEST(Plan, SaysWhatIsAskedOfTheDevice) {
  const PlannedStep step = planned(
      "  - check: key-table\n"
      "    contains: [{Protocol: bgp, SendLifetimeEnd: future}]\n"
      "    lacks: [{KDF: any}]\n"
      "    count: 1..2\n");
  EXPECT_EQ(step.words,
            "The device is asked for its key table, until it is as expected or 1s is over.");
  ASSERT_EQ(step.results.size(), 3U);
  EXPECT_THAT(
      step.results[0].details,
      ElementsAre("among others: an entry where Protocol is bgp, SendLifetimeEnd is future",
                  "not: an entry where KDF is there", "the number of entries is from 1 to 2"));
  EXPECT_EQ(step.results[1].verdict, "not-applicable");
}

TEST(Plan, NamesKeysAndCertificatesAndNeverShowsThem) {
  Scenario scenario = scenario_of("rkmp/3.2/responder/one-policy");
  const std::string key = text_of(suites + "/credentials/device-ec256.key");
  ASSERT_THAT(key, HasSubstr("PRIVATE KEY"));
  scenario.device_patch = {
      {"credentials",
       {{{"name", "ec"},
         {"private_key", key},
         {"certificates", {text_of(suites + "/credentials/device-ec256.crt")}}}}},
      {"peers",
       {{{"name", "tester"},
         {"trust",
          {{"keys", {"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"}}}}}}}};
  const TestPlan plan = make_plan(scenario, plan_context(whole_suite()));
  const auto setting = [&plan](const std::string& name) {
    for (const Setting& each : plan.device)
      if (each.name == name)
        return std::string(each.own ? "* " : "") + each.value;
    return std::string("no such setting");
  };
  EXPECT_EQ(setting("credential ec, private_key"), "* file:device-ec256.key (private key)");
  EXPECT_THAT(setting("credential ec, certificates"),
              HasSubstr("file:device-ec256.crt (certificate of "));
  EXPECT_EQ(setting("peer tester, trust, keys"), "* public key");
  EXPECT_EQ(setting("cookies"), "never");
  const std::string middle = key.substr(key.find('\n') + 1, 40);
  EXPECT_THAT(to_text(plan), Not(HasSubstr(middle)));
  EXPECT_THAT(to_json(plan).dump(), Not(HasSubstr(middle)));
}

TEST(Plan, ShowsASharedSecretOnlyWhereOneIsUsed) {
  Scenario scenario = scenario_of("rkmp/3.2/responder/one-policy");
  const auto secrets = [&scenario](const Json& peer) {
    scenario.device_patch = {{"peers", Json::array({peer})}};
    const TestPlan plan = make_plan(scenario, plan_context(whole_suite()));
    std::size_t count = 0;
    for (const auto* settings : {&plan.device, &plan.tester})
      for (const Setting& each : *settings)
        count += each.name == "psk" || each.name.ends_with(", psk") ? 1U : 0U;
    return count;
  };
  EXPECT_EQ(secrets({{"name", "tester"}}), 2U);
  EXPECT_EQ(secrets({{"name", "tester"}, {"auth", "signature"}}), 0U);
  EXPECT_EQ(secrets({{"name", "tester"}, {"auth", "signature"}, {"own_auth", "psk"}}), 2U);
}

TEST(Plan, SaysThatTheTesterAnswersNothingOnItsOwn) {
  Scenario scenario = scenario_of("rkmp/3.2/responder/one-policy");
  EXPECT_THAT(to_text(make_plan(scenario, {})), HasSubstr("no step expects is answered."));
  scenario.background = false;
  EXPECT_THAT(to_text(make_plan(scenario, {})), HasSubstr("no step expects is left"));
}

TEST(Plan, ExplainsEachPicsItemByItself) {
  std::map<std::string, std::string> items;
  for (const auto& [item, meaning] : plan_context(whole_suite()).pics)
    items[item] = meaning;
  EXPECT_NE(items["sas"], items["events"]);
  EXPECT_NE(items["raw-key"], items["fingerprint"]);
  EXPECT_NE(items["liveness"], items["rekey-ike"]);
}

}  // namespace
}  // namespace karpspec::script
