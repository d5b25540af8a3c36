#include "engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace karpspec::script {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using verdict::Fault;
using verdict::Verdict;

TEST_F(Engine, PassesWhatFits) {
  const auto test = result(ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  EXPECT_EQ(test.verdict, Verdict::pass) << test.reason;
  EXPECT_EQ(test.fault, Fault::none);
  EXPECT_EQ(test.lab_time, std::chrono::milliseconds{1});
  EXPECT_THAT(test.exchange,
              ElementsAre("    0.000s  tester -> device  IKE_SA_INIT request, id 0 {SAi1, KEi, Ni}",
                          "    0.001s  device -> tester  IKE_SA_INIT response, id 0 "
                          "{N(NO_PROPOSAL_CHOSEN)}"));
}

TEST_F(Engine, AFailureSaysEverythingOnOneScreen) {
  const auto test = result(ask +
                           "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n"
                           "    why: our own words\n"
                           "    where: {N.protocol: 1}\n");
  EXPECT_EQ(test.verdict, Verdict::fail);
  EXPECT_EQ(test.fault, Fault::device);
  ASSERT_TRUE(test.failure);
  EXPECT_EQ(test.failure->step, 2U);
  EXPECT_EQ(test.failure->step_text, "expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}");
  EXPECT_EQ(test.failure->where, "suites/rkmp/x.yaml:6:13");
  EXPECT_EQ(test.failure->why, "our own words");
  EXPECT_EQ(test.failure->field, "N.protocol");
  EXPECT_EQ(test.failure->octet, wire::Header::size + 4);
  EXPECT_EQ(test.failure->expected, "IKE (1)");
  EXPECT_EQ(test.failure->got, "0");
  EXPECT_THAT(test.failure->requirements, ElementsAre("RKMP-4.1-02"));
  EXPECT_EQ(test.failure->clause, "RKMP section 4.1: Attributes come back unmodified");
  EXPECT_EQ(test.repeat, "karpspec run rkmp/x --seed 7");
}

TEST_F(Engine, AdviceFailsNobody) {
  const std::string otherwise =
      ask + "  - expect: IKE_SA_INIT {SAr1, KEr, Nr}\n    checks: [RKMP-4.1-03]\n";
  const auto test = result(otherwise);
  EXPECT_EQ(test.verdict, Verdict::inconclusive);
  EXPECT_EQ(test.fault, Fault::none);
  EXPECT_THAT(test.reason, HasSubstr("only advised (RKMP section 4.1), and not done: expect:"));

  // Beside a MUST the MUST alone is broken.
  const auto both = result(ask +
                           "  - expect: IKE_SA_INIT {SAr1, KEr, Nr}\n"
                           "    checks: [RKMP-4.1-03, RKMP-4.1-02]\n");
  EXPECT_EQ(both.verdict, Verdict::fail);
  ASSERT_TRUE(both.failure);
  EXPECT_THAT(both.failure->requirements, ElementsAre("RKMP-4.1-02"));

  // Who claims it has said so himself.
  const auto claimed = result(otherwise, "needs: [orderly]\n");
  EXPECT_EQ(claimed.verdict, Verdict::fail);
  ASSERT_TRUE(claimed.failure);
  EXPECT_THAT(claimed.failure->requirements, ElementsAre("RKMP-4.1-03"));
}

TEST_F(Engine, ADeviceThatDiesUnderAdviceHasDied) {
  state_.answer = nullptr;
  state_.alive = false;
  const auto test =
      result(ask + "  - expect: IKE_SA_INIT {SAr1, KEr, Nr}\n    checks: [RKMP-4.1-03]\n");
  EXPECT_EQ(test.verdict, Verdict::error);
  EXPECT_EQ(test.fault, Fault::device);
}

TEST_F(Engine, SilenceAndAnswers) {
  EXPECT_EQ(result(ask + "  - silence: 2s\n").verdict, Verdict::fail);
  const auto other = result(ask + "  - expect: IKE_SA_INIT {SAr1, KEr, Nr}\n");
  EXPECT_EQ(other.verdict, Verdict::fail);
  EXPECT_THAT(other.reason, HasSubstr("expected payload SAr1, got none, the message has "
                                      "{N(NO_PROPOSAL_CHOSEN)}"));
  state_.answer = nullptr;
  const auto silent = result(ask + "  - silence: 2s\n");
  EXPECT_EQ(silent.verdict, Verdict::pass);
  EXPECT_EQ(silent.lab_time, std::chrono::seconds{2});
  const auto nothing = result(ask + "  - expect: IKE_SA_INIT {SAr1, KEr, Nr}\n    within: 3s\n");
  EXPECT_EQ(nothing.verdict, Verdict::fail);
  EXPECT_EQ(nothing.failure->got, "nothing");
  EXPECT_EQ(nothing.lab_time, std::chrono::seconds{3});
}

TEST_F(Engine, AlternativesAreNoted) {
  const std::string steps = ask +
                            "  - any_of:\n"
                            "      - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n"
                            "        clause: RFC 5996 2.7\n"
                            "      - silence: 2s\n"
                            "        clause: RFC 5996 2.21.1\n"
                            "        verdict: inconclusive\n";
  auto test = result(steps);
  EXPECT_EQ(test.verdict, Verdict::pass);
  EXPECT_THAT(test.notes, ElementsAre("seen: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)} (RFC 5996 2.7)"));
  state_.answer = nullptr;
  test = result(steps);
  EXPECT_EQ(test.verdict, Verdict::inconclusive);
  EXPECT_EQ(test.fault, Fault::none);
  EXPECT_THAT(test.notes, ElementsAre("seen: silence (RFC 5996 2.21.1)"));
}

TEST_F(Engine, AFailureInsideAFragmentIsInconclusive) {
  state_.answer = nullptr;
  const auto test = result("  - use: asked\n  - silence: 1s\n");
  EXPECT_EQ(test.verdict, Verdict::inconclusive);
  EXPECT_EQ(test.fault, Fault::device);
  EXPECT_EQ(test.failure->where, "suites/fragments/asked.yaml:3:13");
  EXPECT_THAT(test.reason, HasSubstr("'asked' failed"));
}

TEST_F(Engine, FaultsOfDeviceAndLaboratoryAreToldApart) {
  state_.broken = true;
  auto test = result(ask + "  - silence: 1s\n");
  EXPECT_EQ(test.verdict, Verdict::error);
  EXPECT_EQ(test.fault, Fault::laboratory);
  state_.alive = false;
  test = result(ask + "  - silence: 1s\n");
  EXPECT_EQ(test.verdict, Verdict::error);
  EXPECT_EQ(test.fault, Fault::device);
  state_.broken = false;
  test = result(ask + "  - silence: 1s\n");
  EXPECT_EQ(test.verdict, Verdict::error) << "a dead device is never a pass";
  EXPECT_EQ(test.fault, Fault::device);
}

TEST_F(Engine, UnsupportedIsNotApplicableAndRefusedIsAFailure) {
  const std::string steps = "  - control: start\n    params: {peer: tester}\n";
  state_.control.insert_or_assign("start", fail(ErrorCode::unsupported, "not here"));
  EXPECT_EQ(result(steps).verdict, Verdict::not_applicable);
  EXPECT_EQ(result(steps + "    error: unsupported\n").verdict, Verdict::pass);
  state_.control.insert_or_assign("start", fail(ErrorCode::bad_value, "no such peer"));
  EXPECT_EQ(result(steps).verdict, Verdict::fail);
  EXPECT_EQ(result(steps + "    error: refused\n").verdict, Verdict::pass);
  state_.control.insert_or_assign("start", fail(ErrorCode::timeout, "no answer"));
  EXPECT_EQ(result(steps).verdict, Verdict::error);
  state_.control.insert_or_assign("start", Json{{"n", 3}});
  EXPECT_EQ(result(steps + "    result: {n: 1..5}\n").verdict, Verdict::pass);
  EXPECT_EQ(result(steps + "    result: {n: 4}\n").verdict, Verdict::fail);
}

TEST_F(Engine, AConfigurationThatIsNotOfferedMattersOnlyWhereItIsNeeded) {
  state_.control.insert_or_assign("configure", fail(ErrorCode::unsupported, "fixed"));
  const std::string steps = ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n";
  EXPECT_EQ(result(steps).verdict, Verdict::pass);
  EXPECT_EQ(result(steps, "setup: {device: {cookies: always}}\n").verdict, Verdict::not_applicable);
}

TEST_F(Engine, ATestThatAsksForNonsenseIsItsOwnFault) {
  auto test = result("  - send: IKE_SA_INIT {SAi1, KEi, Ni}\n    with: {Ni.data: $nothing}\n" +
                     std::string("  - silence: 1s\n"));
  EXPECT_EQ(test.verdict, Verdict::error);
  EXPECT_EQ(test.fault, Fault::test);
  EXPECT_EQ(test.reason, "suites/rkmp/x.yaml:6:21: nothing is bound to $nothing");
  test = result("  - resend: it\n  - silence: 1s\n");
  EXPECT_EQ(test.reason, "suites/rkmp/x.yaml:5:13: no datagram was kept as 'it'");
  test = result("  - send: INFORMATIONAL {}\n  - silence: 1s\n");
  EXPECT_THAT(test.reason, HasSubstr("there is no IKE SA 'main'"));
}

TEST_F(Engine, RepetitionsAreSetAsideUnlessAskedFor) {
  state_.answer = [](const wire::Message& request) {
    const Octets octets =
        answer_to(request, {wire::make_notify(wire::NotifyType::NO_PROPOSAL_CHOSEN)});
    return std::vector<Octets>{octets, octets};
  };
  const std::string steps = ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n    as: it\n";
  EXPECT_EQ(result(steps + "  - silence: 1s\n").verdict, Verdict::pass);
  EXPECT_EQ(result(steps + "  - silence: 1s\n    retransmission: true\n").verdict, Verdict::fail);
  EXPECT_EQ(
      result(steps + "  - expect: IKE_SA_INIT response {}\n    retransmission: true\n").verdict,
      Verdict::pass);
  EXPECT_EQ(result(steps + "  - expect: IKE_SA_INIT response {}\n    same-as: it\n").verdict,
            Verdict::pass);
  refuse();
  EXPECT_EQ(
      result(steps + "  - expect: IKE_SA_INIT response {}\n    retransmission: true\n").verdict,
      Verdict::fail);
}

TEST_F(Engine, ValuesAreKeptAndUsedAgain) {
  state_.answer = [](const wire::Message& request) {
    return std::vector<Octets>{
        answer_to(request, {wire::make_notify(wire::NotifyType::COOKIE, {1, 2, 3, 4})})};
  };
  const auto outcome = play_steps(
      ask +
      "  - expect: IKE_SA_INIT {N(COOKIE)}\n    bind: {cookie: N(COOKIE).data}\n    where: "
      "{N(COOKIE).data: {length: 4}}\n"
      "  - send: IKE_SA_INIT {N(COOKIE), SAi1, KEi, Ni}\n    as: second\n"
      "  - expect: IKE_SA_INIT {N(COOKIE)}\n    where: {N(COOKIE).data: $cookie}\n"
      "  - resend: second\n    copies: 2\n    from: {port: 4711, address: second}\n"
      "  - wait: 1s\n");
  EXPECT_EQ(outcome.result.verdict, Verdict::pass) << outcome.result.reason;
  ASSERT_EQ(state_.sent.size(), 4U);
  const auto second = wire::decode_message(state_.sent[1].payload);
  EXPECT_EQ(second->payloads[0].as<wire::NotifyPayload>()->data, (Octets{1, 2, 3, 4}));
  // RFC 5996 section 2.6: the cookie is added, nothing else changes.
  const auto first = wire::decode_message(state_.sent[0].payload);
  EXPECT_EQ(first->header, second->header);
  EXPECT_EQ(first->payloads[2], second->payloads[3]);
  EXPECT_EQ(state_.sent[3].payload, state_.sent[1].payload);
  EXPECT_EQ(state_.sent[3].source, (Endpoint{"192.0.2.3", 4711}));
  EXPECT_EQ(outcome.datagrams.size(), state_.sent.size() + 4);
}

TEST_F(Engine, MessagesFromElsewhereAreNotTheDevices) {
  state_.answer = nullptr;
  state_.coming.emplace(state_.now, Datagram{{"192.0.2.9", 500}, {"192.0.2.2", 500}, Octets(40)});
  EXPECT_EQ(result("  - expect: IKE_SA_INIT request {SAi1, KEi, Ni}\n").verdict, Verdict::fail);
}

TEST_F(Engine, RowsAreComparedInAnyOrder) {
  state_.control.insert_or_assign(
      "key-table", Json{{"rows", Json::array({{{"Protocol", "bgp"}, {"LocalKeyName", 1}},
                                              {{"Protocol", "ldp"}, {"LocalKeyName", 2}}})}});
  const auto verdict = [&](const std::string& check) {
    return result("  - check: key-table\n" + check).verdict;
  };
  EXPECT_EQ(verdict("    count: 2\n"), Verdict::pass);
  EXPECT_EQ(verdict("    count: 1\n"), Verdict::fail);
  EXPECT_EQ(verdict("    rows: [{Protocol: ldp}, {Protocol: bgp}]\n"), Verdict::pass);
  EXPECT_EQ(verdict("    rows: [{Protocol: any}, {Protocol: bgp}]\n"), Verdict::pass);
  EXPECT_EQ(verdict("    rows: [{Protocol: bgp}]\n"), Verdict::fail);
  EXPECT_EQ(verdict("    rows: [{Protocol: bgp}, {Protocol: bgp}]\n"), Verdict::fail);
  EXPECT_EQ(verdict("    contains: [{LocalKeyName: 2..3}]\n"), Verdict::pass);
  EXPECT_EQ(verdict("    contains: [{LocalKeyName: 3}]\n"), Verdict::fail);
  EXPECT_EQ(verdict("    lacks: [{Protocol: msdp}]\n"), Verdict::pass);
  EXPECT_EQ(verdict("    lacks: [{Protocol: ldp}]\n"), Verdict::fail);
  EXPECT_EQ(verdict("    contains: [{Key: =master-key}]\n"), Verdict::fail);
}

TEST_F(Engine, TheSameSeedSendsTheSameOctets) {
  const auto sent = [&](std::uint64_t seed) {
    seed_ = seed;
    state_.sent.clear();
    static_cast<void>(result(ask + "  - silence: 1s\n"));
    return state_.sent.at(0).payload;
  };
  const Octets first = sent(1);
  EXPECT_EQ(sent(1), first);
  EXPECT_NE(sent(2), first);
}

// The device that never answers right, and a reference that does.
TEST_F(Engine, TheTestItselfIsJudgedFirst) {
  desk_.scenario("x", ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  const auto suite = *desk_.load();
  FakeState silent;
  RunOptions options;
  options.reference = [&](const WorldRequest&) -> Result<World> { return fake_world(silent); };
  options.device = [&](const WorldRequest&) -> Result<World> { return fake_world(state_); };
  auto test = run_test(suite.scenarios[0], options).result;
  EXPECT_EQ(test.verdict, Verdict::error);
  EXPECT_EQ(test.fault, Fault::test);
  EXPECT_TRUE(state_.sent.empty()) << "the device was judged by a wrong test";
  std::swap(options.reference, options.device);
  test = run_test(suite.scenarios[0], options).result;
  EXPECT_EQ(test.verdict, Verdict::fail);
  EXPECT_EQ(test.fault, Fault::device);
  options.device = [](const WorldRequest&) -> Result<World> {
    return fail(ErrorCode::io, "no network");
  };
  test = run_test(suite.scenarios[0], options).result;
  EXPECT_EQ(test.verdict, Verdict::error);
  EXPECT_EQ(test.fault, Fault::laboratory);
}

TEST_F(Engine, WhatTheDeviceMustNotDeclareKeepsATestFromIt) {
  desk_.scenario("x", ask + "  - silence: 1s\n", "needs: [\"!sendid-echo\"]\n");
  const auto suite = *desk_.load();
  RunOptions options;
  options.device = [&](const WorldRequest&) -> Result<World> { return fake_world(state_); };
  options.claims =
      claims_of(Json::parse(R"({"roles": ["responder"], "claims": ["sendid-echo"]})"), "rkmp");
  const auto test = run_test(suite.scenarios[0], options).result;
  EXPECT_EQ(test.verdict, Verdict::not_applicable);
  EXPECT_EQ(test.reason, "the PICS declares 'sendid-echo'");
  EXPECT_TRUE(state_.sent.empty());
  options.claims = claims_of(Json::parse(R"({"roles": ["responder"]})"), "rkmp");
  EXPECT_NE(run_test(suite.scenarios[0], options).result.verdict, Verdict::not_applicable);
  EXPECT_FALSE(state_.sent.empty());
}

TEST_F(Engine, WhatTheDeviceDoesNotClaimIsNotPlayed) {
  desk_.scenario("x", ask + "  - silence: 1s\n", "needs: [key-table]\n");
  const auto suite = *desk_.load();
  RunOptions options;
  options.device = [&](const WorldRequest&) -> Result<World> { return fake_world(state_); };
  options.claims = claims_of(Json::parse(R"({"roles": ["responder"], "control": true})"), "rkmp");
  auto test = run_test(suite.scenarios[0], options).result;
  EXPECT_EQ(test.verdict, Verdict::not_applicable);
  EXPECT_EQ(test.reason, "the PICS does not claim 'key-table'");
  options.claims = claims_of(Json::parse(R"({"roles": ["initiator"]})"), "rkmp");
  EXPECT_THAT(run_test(suite.scenarios[0], options).result.reason, HasSubstr("role of responder"));
  options.claims = claims_of(Json::parse(R"({"claims": ["key-table"]})"), "esp");
  EXPECT_THAT(run_test(suite.scenarios[0], options).result.reason, HasSubstr("more than IKEv2"));
  EXPECT_TRUE(state_.sent.empty());
}

TEST_F(Engine, ManyJobsGiveTheSameResultsInTheSameOrder) {
  for (int i = 0; i < 40; ++i)
    desk_.scenario("t" + std::to_string(100 + i),
                   ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  const auto suite = *desk_.load();
  const auto run = [&](unsigned jobs) {
    std::mutex mutex;
    std::deque<FakeState> states;
    std::vector<std::pair<std::string, Octets>> out;
    RunOptions options;
    options.jobs = jobs;
    options.device = [&](const WorldRequest&) -> Result<World> {
      const std::lock_guard lock(mutex);
      FakeState& state = states.emplace_back();
      state.answer = state_.answer;
      return fake_world(state);
    };
    options.skip = [](const Scenario&, std::size_t index) { return index == 3; };
    options.on_outcome = [&](Outcome&& outcome) {
      out.emplace_back(outcome.result.test, outcome.datagrams.at(0).datagram.payload);
    };
    run_suite(suite, options);
    return out;
  };
  const auto alone = run(1);
  EXPECT_EQ(alone.size(), 39U);
  EXPECT_EQ(run(4), alone);
}

TEST_F(Engine, EachOutcomeIsHandledByTheThreadThatPlayedItBeforeItIsHandedOn) {
  for (int i = 0; i < 20; ++i)
    desk_.scenario("t" + std::to_string(100 + i),
                   ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  const auto suite = *desk_.load();
  std::mutex mutex;
  std::deque<FakeState> states;
  std::map<std::string, std::thread::id> played_by;
  RunOptions options;
  options.device = [&](const WorldRequest& request) -> Result<World> {
    const std::lock_guard lock(mutex);
    played_by[request.test] = std::this_thread::get_id();
    FakeState& state = states.emplace_back();
    state.answer = state_.answer;
    return fake_world(state);
  };
  for (const bool real_time : {false, true}) {
    std::set<std::string> handled, handed_on;
    options.jobs = 3;
    options.real_time = real_time;
    options.on_played = [&](Outcome& outcome) {
      const std::lock_guard lock(mutex);
      EXPECT_EQ(played_by[outcome.result.test], std::this_thread::get_id());
      EXPECT_TRUE(handled.insert(outcome.result.test).second);
      outcome.result.capture = "kept";
    };
    options.on_outcome = [&](Outcome&& outcome) {
      EXPECT_EQ(outcome.result.capture, "kept");
      handed_on.insert(outcome.result.test);
    };
    run_suite(suite, options);
    EXPECT_EQ(handed_on.size(), 20U);
  }
}

TEST_F(Engine, TheReferenceItselfIsPlayedOnce) {
  desk_.scenario("x", ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  const auto suite = *desk_.load();
  int references = 0, devices = 0;
  std::deque<FakeState> states;
  const auto worlds = [&](int& count) {
    return [&](const WorldRequest&) -> Result<World> {
      ++count;
      FakeState& state = states.emplace_back();
      state.answer = state_.answer;
      return fake_world(state);
    };
  };
  RunOptions options;
  options.reference = worlds(references);
  options.device = worlds(devices);
  const Outcome twice = run_test(suite.scenarios[0], options);
  EXPECT_EQ(std::pair(references, devices), std::pair(1, 1));
  options.device_is_reference = true;
  const Outcome once = run_test(suite.scenarios[0], options);
  EXPECT_EQ(std::pair(references, devices), std::pair(2, 1));
  EXPECT_EQ(once.result.verdict, Verdict::pass);
  EXPECT_FALSE(once.transcript.empty());
  EXPECT_EQ(once.transcript, twice.transcript);
  state_.answer = nullptr;
  EXPECT_THAT(run_test(suite.scenarios[0], options).result.reason,
              HasSubstr("the reference device does not pass"));
}

// A device may be late because of its neighbours; what is wrong with it is wrong alone too.
TEST_F(Engine, InRealTimeWhatDidNotPassBesideOthersIsPlayedAgainAlone) {
  for (int i = 0; i < 6; ++i)
    desk_.scenario("t" + std::to_string(i),
                   ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  const auto suite = *desk_.load();
  std::mutex mutex;
  std::deque<FakeState> states;
  std::map<std::string, int> plays;
  std::map<std::string, verdict::TestResult> results;
  RunOptions options;
  options.jobs = 3;
  options.real_time = true;
  options.device = [&](const WorldRequest& request) -> Result<World> {
    const std::lock_guard lock(mutex);
    const int nth = ++plays[request.test];
    if (request.test == "rkmp/t4" || (request.test == "rkmp/t2" && nth == 1))
      return tl::unexpected(Error{ErrorCode::timeout, "the device is silent", {}});
    FakeState& state = states.emplace_back();
    state.answer = state_.answer;
    return fake_world(state);
  };
  options.on_outcome = [&](Outcome&& outcome) {
    const std::string test = outcome.result.test;
    EXPECT_TRUE(results.emplace(test, std::move(outcome.result)).second) << test;
  };
  run_suite(suite, options);
  ASSERT_EQ(results.size(), 6U);
  for (const auto& [test, result] : results) {
    const bool broken = test == "rkmp/t4";
    EXPECT_EQ(result.verdict, broken ? Verdict::error : Verdict::pass) << test;
    EXPECT_EQ(plays[test], broken || test == "rkmp/t2" ? 2 : 1) << test;
  }
  EXPECT_THAT(results["rkmp/t2"].notes,
              ElementsAre(AllOf(HasSubstr("beside other tests it had come to error: "),
                                HasSubstr("the device is silent"))));
  EXPECT_TRUE(results["rkmp/t4"].notes.empty());

  // One at a time there are no neighbours.
  plays.clear();
  results.clear();
  options.jobs = 1;
  run_suite(suite, options);
  EXPECT_EQ(plays["rkmp/t4"], 1);
  EXPECT_EQ(results["rkmp/t2"].verdict, Verdict::error);
}

}  // namespace
}  // namespace karpspec::script
