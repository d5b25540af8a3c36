#include "tests/oracle/two_routers.h"

// An IKE SA from scratch beside one that stands (RFC 5996 section 2.8.3, profile P-13 and P-57).
namespace karpspec::oracle {
namespace {

constexpr std::uint8_t ldp = 2;

// A has made keys for two protocols on one IKE SA.
void establish_two(TwoRouters& net) {
  for (RouterConfig* config : {&net.a_config, &net.b_config})
    config->peers.front().protocols.push_back(ProtocolPolicy{ldp});
  net.establish();
  net.send(net.a().start("b", ldp, net.now));
  net.deliver();
  ASSERT_EQ(net.a().key_table().rows().size(), 2U) << all_events(net.a());
}

// What is drawn for a peer comes before the nonces.
void other_nonces(TwoRouters& net, std::int64_t seed) {
  for (std::int64_t i = 0; i < seed; ++i)
    for (RouterConfig* config : {&net.a_config, &net.b_config})
      config->peers.push_back(peer_config("x", "192.0.2.3", ChildKind::tcp_ao));
}

void expect_one_sa(TwoRouters& net) {
  EXPECT_EQ(net.a().sas().size(), 1U) << all_events(net.a());
  EXPECT_EQ(net.b().sas().size(), 1U) << all_events(net.b());
}

// B has asked for such a key itself, and so refuses A's request for the time being.
TEST(Reauthentication, KeepsTheOldIkeSaUntilTheLastKey) {
  TwoRouters net;
  establish_two(net);
  const auto request = only(net.b().start("a", ldp, net.now));
  net.send(net.a().reauthenticate("b", net.now));
  net.deliver();
  ASSERT_EQ(net.a().sas().size(), 2U) << all_events(net.a());
  for (const SaInfo& sa : net.a().sas())
    EXPECT_EQ(sa.state, "established") << "a key is missing yet" << all_events(net.a());
  net.send(request);
  net.run(400s);
  expect_one_sa(net);
  EXPECT_EQ(net.a().key_table().rows().size(), 2U) << all_events(net.a());
  EXPECT_EQ(net.b().key_table().rows().size(), 2U) << all_events(net.b());
}

TEST(Reauthentication, OfAnIkeSaThatThePeerRekeysEndsWhatCameOfIt) {
  TwoRouters net;
  net.establish();
  const auto init = only(net.a().reauthenticate("b", net.now));
  net.send(net.b().rekey_ike("a", net.now));
  net.deliver();
  net.send(init);
  net.run(400s);
  expect_one_sa(net);
}

TEST(Reauthentication, IsTheReplacementsWhereThePeerRekeysTheNewIkeSa) {
  TwoRouters net;
  establish_two(net);
  const auto request = only(net.b().start("a", ldp, net.now));
  net.send(net.a().reauthenticate("b", net.now));
  net.deliver();
  ASSERT_EQ(net.b().sas().size(), 2U) << all_events(net.b());
  net.send(net.b().rekey_ike("a", net.now));
  net.deliver();
  net.send(request);
  net.run(400s);
  expect_one_sa(net);
}

// Whoever began the old one: the peer has known it for long.
TEST(Reauthentication, IsNotTakenForInitialExchangesThatCrossed) {
  for (std::int64_t seed = 0; seed < 16; ++seed) {
    SCOPED_TRACE(seed);
    TwoRouters net;
    other_nonces(net, seed);
    net.establish();
    net.now += 60s;
    net.send(net.b().reauthenticate("a", net.now));
    net.run(400s);
    EXPECT_EQ(count_events(net.a(), "collision"), 0U) << all_events(net.a());
    expect_one_sa(net);
  }
}

// B's first request is late, so that A cannot know that they have crossed. B knows.
TEST(InitialExchanges, ThatCrossedUnseenLeaveOneIkeSa) {
  std::size_t by_b = 0;
  for (std::int64_t seed = 0; seed < 16; ++seed) {
    SCOPED_TRACE(seed);
    TwoRouters net;
    other_nonces(net, seed);
    net.power_on();
    const auto init = only(net.b().start("a", bgp, net.now));
    net.send(net.a().start("b", bgp, net.now));
    net.deliver();
    net.now += 5s;
    net.send(init);
    net.deliver();
    EXPECT_EQ(count_events(net.a(), "ike-sa-established"), 2U) << all_events(net.a());
    by_b += net.b().sas().size() == 2 ? 1U : 0U;
    net.run(400s);
    expect_one_sa(net);
    EXPECT_EQ(net.a().key_table().rows().size(), 1U) << all_events(net.a());
  }
  EXPECT_NE(by_b, 0U) << "A's had the lowest nonce, and B has ended it";
}

}  // namespace
}  // namespace karpspec::oracle
