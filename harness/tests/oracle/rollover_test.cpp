#include "tests/oracle/two_routers.h"

// Keys that meet: what takes the place of what, and what both sides hold in the end (RFC 5996
// section 2.8, profile P-10 to P-14).
namespace karpspec::oracle {
namespace {

using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

// One key each, and the same.
void expect_one_key(TwoRouters& net) {
  ASSERT_EQ(net.a().key_table().rows().size(), 1U) << all_events(net.a());
  ASSERT_EQ(net.b().key_table().rows().size(), 1U) << all_events(net.b());
  const keytable::Row& a = net.a().key_table().rows().front();
  const keytable::Row& b = net.b().key_table().rows().front();
  EXPECT_EQ(to_hex(a.key.view()), to_hex(b.key.view()));
  EXPECT_EQ(a.local_key_name, b.peer_key_name);
  EXPECT_EQ(a.peer_key_name, b.local_key_name);
  // Nothing is left of what had begun to go.
  EXPECT_TRUE(a.may_accept(net.now + 1h)) << all_events(net.a());
  EXPECT_TRUE(b.may_accept(net.now + 1h)) << all_events(net.b());
}

bool holds_delete(TwoRouters& net, const Datagram& datagram) {
  const auto message = net.opened(datagram);
  return message && wire::find(message->payloads, PayloadType::D) != nullptr;
}

TEST(Crossing, NewKeysForOneProtocolLeaveOne) {
  TwoRouters net;
  net.establish();
  auto from_a = net.a().start("b", bgp, net.now);
  auto from_b = net.b().start("a", bgp, net.now);
  net.send(std::move(from_a));
  net.send(std::move(from_b));
  net.deliver();
  EXPECT_EQ(net.a().key_table().rows().size(), 1U) << "both have refused for the time being";
  EXPECT_EQ(net.b().key_table().rows().size(), 1U);
  net.run(300s);
  EXPECT_EQ(count_events(net.a(), "key-installed"), 2U) << all_events(net.a());
  EXPECT_EQ(count_events(net.b(), "key-installed"), 2U) << all_events(net.b());
  expect_one_key(net);
}

// The answer to A's request is late: for A the exchanges overlap, for B its own came after A's.
TEST(Crossing, SeenByOneSideOnlyLeavesOne) {
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    SCOPED_TRACE(seed);
    TwoRouters net;
    net.b_config.tunables.nonce_size = static_cast<std::int64_t>(32 + seed);  // other nonces
    net.establish();
    const auto answer = net.b().receive(only(net.a().start("b", bgp, net.now)).front(), net.now);
    ASSERT_EQ(answer.size(), 1U);
    net.send(net.b().start("a", bgp, net.now));
    net.deliver();
    net.send(answer);
    net.run(400s);
    expect_one_key(net);
  }
}

TEST(Crossing, OfANewKeyAndARekeyLeavesOne) {
  for (const bool a_first : {false, true}) {
    SCOPED_TRACE(a_first);
    TwoRouters net;
    net.establish();
    auto fresh = net.a().start("b", bgp, net.now);
    auto rekey = net.b().rekey_key("a", bgp, false, net.now);
    net.send(a_first ? std::move(fresh) : std::move(rekey));
    net.send(a_first ? std::move(rekey) : std::move(fresh));
    net.run(400s);
    expect_one_key(net);
  }
}

// B stands after IKE_AUTH and asks for a key before A has the answer.
TEST(Crossing, OfIkeAuthAndCreateChildSaLeavesOne) {
  TwoRouters net;
  net.power_on();
  const auto init = net.b().receive(only(net.a().start("b", bgp, net.now)).front(), net.now);
  const auto auth = net.a().receive(init.front(), net.now);
  const auto answer = net.b().receive(auth.front(), net.now);
  auto from_b = net.b().start("a", bgp, net.now);
  net.send(answer);
  net.send(std::move(from_b));
  net.run(400s);
  expect_one_key(net);
}

// A withdraws its new key before B, which asked for it, has the answer.
TEST(Delete, ThatOvertakesTheAnswerLeavesNoKeyOnOneSide) {
  TwoRouters net;
  net.establish();
  const auto request = only(net.b().rekey_key("a", bgp, false, net.now));
  const auto answer = net.a().receive(request.front(), net.now);
  ASSERT_EQ(answer.size(), 1U);
  net.send(net.a().delete_key("b", bgp, net.now));
  net.deliver();
  net.send(answer);
  net.run(400s);
  EXPECT_TRUE(net.a().key_table().rows().empty()) << all_events(net.a());
  EXPECT_TRUE(net.b().key_table().rows().empty()) << all_events(net.b());
}

// Both have made a key, and B withdraws the one that stays before A's loser is deleted.
TEST(Delete, OfTheWinnerTakesTheLoserAlong) {
  TwoRouters net;
  net.establish();
  const auto of_a = only(net.a().rekey_key("b", bgp, false, net.now));
  const auto of_b = only(net.b().start("a", bgp, net.now));
  const auto answer_of_b = net.b().receive(of_a.front(), net.now);
  net.send(net.b().receive(net.a().receive(of_b.front(), net.now).front(), net.now));
  net.send(net.b().delete_key("a", bgp, net.now));
  net.deliver();
  net.send(answer_of_b);
  net.run(400s);
  EXPECT_EQ(net.a().key_table().rows().size(), net.b().key_table().rows().size())
      << all_events(net.a()) << all_events(net.b());
}

// B asks for a key on an IKE SA of its own while A's first key comes on another, and A has done
// with that when B's request comes: A leaves its key to B, and B leaves it to A. Then A withdraws
// the key that has come of it, and B must not take that for a word about A's first one.
TEST(Delete, OfAKeyTakesAlongWhatAwaitsThePeersDelete) {
  constexpr std::uint8_t ldp = 2;
  TwoRouters net;
  for (RouterConfig* config : {&net.a_config, &net.b_config})
    config->peers.front().protocols.push_back(ProtocolPolicy{ldp});
  net.power_on();
  const auto init = only(net.a().start("b", bgp, net.now));
  net.send(net.b().start("a", ldp, net.now));
  net.deliver();
  const auto request = only(net.b().start("a", bgp, net.now));
  net.send(init);
  net.deliver();
  net.send(request);
  net.deliver();
  ASSERT_EQ(count_events(net.a(), "key-installed"), 3U) << all_events(net.a());
  net.send(net.a().delete_key("b", bgp, net.now));
  net.deliver();
  for (const keytable::Row& row : net.b().key_table().rows())
    EXPECT_TRUE(row.protocol == "ldp" || !row.may_send(net.now + 5s)) << all_events(net.b());
  net.run(400s);
  expect_one_key(net);
  EXPECT_EQ(net.a().key_table().rows().front().protocol, "ldp");
}

TEST(Delete, RepeatedDoesNotLengthenTheOverlap) {
  TwoRouters net;
  net.establish();
  wire::DeletePayload body;
  body.protocol = wire::CodePoints{}.tcp_ao_protocol;
  body.spi_size = 1;
  const auto recv_id = net.a().key_table().rows().front().local_key_name;
  body.spis = {{static_cast<std::uint8_t>(std::stoi(recv_id))}};
  const auto payload = wire::make_payload(PayloadType::D, body);
  ASSERT_TRUE(net.ask_b(net.as_a(2, ExchangeType::INFORMATIONAL, {payload})));
  net.now += 40s;
  ASSERT_TRUE(net.ask_b(net.as_a(3, ExchangeType::INFORMATIONAL, {payload})));
  net.now += 21s;
  (void)net.b().tick(net.now);
  EXPECT_TRUE(net.b().key_table().rows().empty()) << all_events(net.b());
}

// RFC 5996 section 2.8.1, second figure: A's request is lost, B's is answered; when A repeats its
// own, the key that it names is replaced already.
TEST(SimultaneousRekey, ErrorIsPassedOverWhereTheKeyIsReplaced) {
  TwoRouters net;
  net.establish();
  (void)only(net.a().rekey_key("b", bgp, false, net.now));
  net.send(net.b().rekey_key("a", bgp, false, net.now));
  net.deliver();
  net.run(2s);
  const auto& rows = net.a().key_table().rows();
  ASSERT_EQ(rows.size(), 2U) << all_events(net.a());
  EXPECT_TRUE(rows.front().may_accept(net.now + 50s)) << "the overlap is not cut short";
  EXPECT_EQ(count_events(net.a(), "key-installed"), 2U) << "no third key";
  net.run(300s);
  expect_one_key(net);
}

// RFC 5996 section 2.8: whoever has made the new key deletes the old one.
TEST(Overlap, OfNothingStillDeletesTheOldKey) {
  TwoRouters net;
  net.a_config.tunables.key_overlap = net.b_config.tunables.key_overlap = 0s;
  net.establish();
  const std::size_t before = net.seen.size();
  net.send(net.a().rekey_key("b", bgp, false, net.now));
  net.run(30s);
  bool deleted = false;
  for (std::size_t i = before; i < net.seen.size(); ++i)
    deleted =
        deleted || (net.seen[i].source == net.a_config.local && holds_delete(net, net.seen[i]));
  EXPECT_TRUE(deleted);
  expect_one_key(net);
}

TEST(Overlap, OverWhileTheWindowIsTakenStillDeletesTheOldKey) {
  TwoRouters net;
  net.establish();
  net.send(net.a().rekey_key("b", bgp, false, net.now));
  net.deliver();
  net.run(55s);
  // A request of A is not answered until long after the overlap.
  const Time deaf_until = net.now + 30s;
  bool deleted = false;
  net.wire = [&](Datagram& datagram) {
    const bool from_a = datagram.source == net.a_config.local;
    deleted = deleted || (from_a && holds_delete(net, datagram));
    return net.now >= deaf_until || !from_a;
  };
  net.send(net.a().check_liveness("b", net.now));
  net.run(100s);
  EXPECT_TRUE(deleted) << all_events(net.a());
  net.run(200s);
  expect_one_key(net);
}

// --- renewal before the end of a key's life (profile P-16) -----------------------------------

TEST(Renewal, ComesBeforeTheEndOfTheShorterLife) {
  TwoRouters net;
  net.b_config.tunables.key_life = 200s;  // A's is 24 hours
  net.establish();
  const auto first = to_hex(net.a().key_table().rows().front().key.view());
  net.run(199s);
  const auto& rows = net.a().key_table().rows();
  ASSERT_FALSE(rows.empty()) << all_events(net.a());
  EXPECT_NE(to_hex(rows.back().key.view()), first) << all_events(net.b());
  net.run(3h);
  ASSERT_FALSE(net.b().key_table().rows().empty());
  EXPECT_TRUE(net.b().key_table().rows().back().may_send(net.now)) << all_events(net.b());
  EXPECT_EQ(to_hex(net.a().key_table().rows().back().key.view()),
            to_hex(net.b().key_table().rows().back().key.view()));
}

TEST(Renewal, WithoutAnIkeSaIsTriedUntilThePeerAnswers) {
  TwoRouters net;
  net.a_config.tunables.key_life = 2000s;
  net.establish();
  const auto first = to_hex(net.a().key_table().rows().front().key.view());
  net.send(net.a().delete_ike("b", true, net.now));
  net.deliver();
  ASSERT_TRUE(net.a().sas().empty());
  net.run(1500s);
  ASSERT_EQ(net.a().key_table().rows().size(), 1U);
  // The first attempt, 400 s before the end, is not heard.
  net.wire = [](Datagram&) { return false; };
  net.run(220s);
  net.wire = [](Datagram&) { return true; };
  net.run(279s);
  ASSERT_FALSE(net.a().key_table().rows().empty()) << all_events(net.a());
  EXPECT_NE(to_hex(net.a().key_table().rows().back().key.view()), first) << all_events(net.a());
  EXPECT_TRUE(net.a().key_table().rows().back().may_send(net.now));
}

}  // namespace
}  // namespace karpspec::oracle
