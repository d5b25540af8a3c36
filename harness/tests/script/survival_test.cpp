#include <gmock/gmock.h>

#include "world.h"

namespace karpspec::script {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using verdict::Verdict;

Outcome play_steps(FakeState& state, const std::string& steps) {
  Desk desk;
  desk.scenario("test", steps);
  const auto suite = desk.load();
  if (!suite)
    throw std::runtime_error(suite.error().message);
  World world = fake_world(state);
  PlayOptions options;
  options.requirements = &suite->requirements;
  return play(suite->scenarios.at(0), world, options);
}

// Refuses every IKE_SA_INIT: enough to show that it serves.
std::vector<Octets> refusal(const wire::Message& request) {
  wire::Message answer;
  answer.header = request.header;
  answer.header.flags = wire::Header::flag_response;
  wire::NotifyPayload notify;
  notify.type = 14;  // NO_PROPOSAL_CHOSEN
  answer.payloads.push_back(wire::make_payload(wire::PayloadType::N, notify));
  return {wire::encode_message(answer)};
}

TEST(Alive, IsADeviceThatAnswersAFreshExchangeWhateverElseComes) {
  FakeState state;
  state.answer = refusal;
  state.comes(std::chrono::microseconds{1}, Octets(40, 0xff));
  EXPECT_EQ(play_steps(state, "  - alive: IKE_SA_INIT\n").result.verdict, Verdict::pass);
}

TEST(Alive, IsNoDeviceThatIsSilent) {
  FakeState state;
  const Outcome out = play_steps(state, "  - alive: IKE_SA_INIT\n    within: 800ms\n");
  EXPECT_EQ(out.result.verdict, Verdict::fail);
  EXPECT_THAT(out.result.reason, HasSubstr("an answer to a fresh IKE_SA_INIT, got nothing"));
  EXPECT_GE(state.sent.size(), 2U) << "datagrams get lost";
  EXPECT_LE(out.result.lab_time, std::chrono::milliseconds{900});
}

TEST(Alive, IsNoDeviceThatDied) {
  FakeState state;
  state.alive = false;
  const Outcome out = play_steps(state, "  - alive: IKE_SA_INIT\n");
  EXPECT_EQ(out.result.verdict, Verdict::error);
  EXPECT_THAT(out.result.reason, HasSubstr("died"));
}

TEST(Repeat, DoesItsStepsEachTimeOnIkeSasOfTheirOwn) {
  FakeState state;
  state.answer = refusal;
  const Outcome out = play_steps(state,
                                 "  - repeat: 3\n    steps:\n"
                                 "      - send: IKE_SA_INIT {SAi1, KEi, Ni}\n"
                                 "      - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  EXPECT_EQ(out.result.verdict, Verdict::pass) << out.result.reason;
  ASSERT_THAT(state.sent, SizeIs(3));
  EXPECT_NE(Octets(state.sent[0].payload.begin(), state.sent[0].payload.begin() + 8),
            Octets(state.sent[1].payload.begin(), state.sent[1].payload.begin() + 8));
}

TEST(LoadSuite, TakesAScenarioThatLiesElsewhere) {
  Desk desk;
  desk.scenario("test", "  - alive: IKE_SA_INIT\n");
  const Desk other;
  other.write("finding.yaml",
              "title: A claim\nchecks: [RKMP-4.1-02]\nrole: responder\nsteps:\n"
              "  - alive: IKE_SA_INIT\n");
  const auto first = desk.load();
  ASSERT_TRUE(first);
  const auto suite = load_suite(first->path, {other.path() + "/finding.yaml"});
  ASSERT_TRUE(suite) << suite.error().message;
  ASSERT_THAT(suite->scenarios, SizeIs(1));
  EXPECT_THAT(suite->scenarios[0].name, testing::EndsWith("/finding"));
  EXPECT_THAT(suite->scenarios[0].name, testing::Not(testing::StartsWith("/")));
  EXPECT_FALSE(load_suite(first->path, {other.path() + "/nothing.yaml"}));
}

}  // namespace
}  // namespace karpspec::script
