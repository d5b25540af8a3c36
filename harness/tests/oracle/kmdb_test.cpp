#include "tests/oracle/two_routers.h"

// The KMDB between the client protocols and RKMP (profile P-65 to P-74).
namespace karpspec::oracle {
namespace {

using kmdb::KeyRequest;
using kmdb::RequestState;
using testing::ElementsAre;
using testing::HasSubstr;

KeyRequest request_of(std::string client, std::string peer) {
  KeyRequest request;
  request.client = std::move(client);
  request.peer = std::move(peer);
  request.protocol = bgp;
  return request;
}

std::vector<std::string> kinds(const Router& router, std::string_view client) {
  std::vector<std::string> result;
  for (const auto& one : router.notifications(client, 0))
    result.push_back(one.kind);
  return result;
}

std::size_t requests_sent(TwoRouters& net, wire::ExchangeType exchange) {
  std::size_t count = 0;
  for (const Datagram& datagram : net.seen)
    if (const auto message = net.opened(datagram))
      count += message->header.exchange == static_cast<std::uint8_t>(exchange) &&
                       !message->header.is_response()
                   ? 1
                   : 0;
  return count;
}

TEST(Kmdb, ARequestBringsAKeyAndItsClientIsTold) {
  TwoRouters net;
  net.power_on();
  net.send(net.a().request_key(request_of("bgp", "b"), net.now));
  EXPECT_EQ(net.a().requests().at(0).state, RequestState::negotiating);
  net.deliver();
  ASSERT_EQ(net.a().requests().size(), 1u);
  EXPECT_EQ(net.a().requests()[0].state, RequestState::keyed);
  EXPECT_THAT(kinds(net.a(), "bgp"), ElementsAre("key-installed"));
  EXPECT_EQ(net.a().notifications("bgp", 0)[0].mode, kmdb::Mode::initial);
  ASSERT_EQ(net.a().key_table().rows().size(), 1u);
  EXPECT_EQ(net.a().key_table().rows().front().protocol_specific_info.at("clients"), "bgp");
  EXPECT_TRUE(net.b().notifications("", 0).empty()) << "nobody has asked there";
}

TEST(Kmdb, WhatCannotBeServedIsRefusedAndBeginsNothing) {
  TwoRouters net;
  net.power_on();
  KeyRequest none = request_of("bgp", "nobody");
  EXPECT_EQ(net.a().request_key(none, net.now).error().code, ErrorCode::not_found);
  KeyRequest nameless = request_of("", "b");
  EXPECT_EQ(net.a().request_key(nameless, net.now).error().code, ErrorCode::bad_value);
  KeyRequest other = request_of("ldp", "b");
  other.protocol = 2;
  EXPECT_EQ(net.a().request_key(other, net.now).error().code, ErrorCode::bad_value);
  KeyRequest short_life = request_of("bgp", "b");
  short_life.life = 9s;
  EXPECT_EQ(net.a().request_key(short_life, net.now).error().code, ErrorCode::bad_value);
  KeyRequest unknown_pair = request_of("bgp", "b");
  unknown_pair.pairs = {{77, 77}};
  EXPECT_EQ(net.a().request_key(unknown_pair, net.now).error().code, ErrorCode::bad_value);
  EXPECT_FALSE(net.a().deadline());
  EXPECT_TRUE(net.a().requests().empty());
  EXPECT_EQ(net.a().withdraw_request("bgp", "b", bgp, net.now).error().code, ErrorCode::not_found);
  EXPECT_EQ(net.a().purge_row("no such row", net.now).error().code, ErrorCode::not_found);
}

TEST(Kmdb, TwoSidesThatAskAtOnceEndWithOneKey) {
  TwoRouters net;
  net.power_on();
  auto from_a = net.a().request_key(request_of("bgp", "b"), net.now);
  auto from_b = net.b().request_key(request_of("bgp", "a"), net.now);
  net.send(std::move(from_a));
  net.send(std::move(from_b));
  net.run(300s);
  ASSERT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.a());
  ASSERT_EQ(net.b().key_table().rows().size(), 1u) << all_events(net.b());
  EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()),
            to_hex(net.b().key_table().rows().front().key.view()));
  EXPECT_EQ(net.a().requests()[0].state, RequestState::keyed);
  EXPECT_EQ(net.b().requests()[0].state, RequestState::keyed);
}

TEST(Kmdb, AKeyIsRefreshedAtFourFifthsOfTheLifeThatIsAskedFor) {
  TwoRouters net;
  net.power_on();
  KeyRequest request = request_of("bgp", "b");
  request.life = 100s;
  net.send(net.a().request_key(request, net.now));
  net.run(79s);
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
  net.run(2s);
  EXPECT_EQ(requests_sent(net, wire::ExchangeType::CREATE_CHILD_SA), 1u);
  EXPECT_THAT(kinds(net.a(), "bgp"), ElementsAre("key-installed", "key-installed", "key-replaced"));
  EXPECT_EQ(net.a().notifications("bgp", 0)[1].mode, kmdb::Mode::rollover);
}

TEST(Kmdb, AShorterLifeMovesTheRefreshOfTheKeyThatStands) {
  TwoRouters net;
  net.power_on();
  net.send(net.a().request_key(request_of("bgp", "b"), net.now));
  net.run(30s);
  KeyRequest second = request_of("bgp-vrf", "b");
  second.life = 100s;
  net.send(net.a().request_key(second, net.now));
  net.run(49s);
  EXPECT_EQ(count_events(net.a(), "key-installed"), 1u);
  net.run(2s);
  EXPECT_EQ(count_events(net.a(), "key-installed"), 2u) << all_events(net.a());
}

TEST(Kmdb, ARefreshThatFailsIsToldAndTheKeyStands) {
  TwoRouters net;
  net.b_config.tunables.temporary_failure = true;
  net.power_on();
  KeyRequest request = request_of("bgp", "b");
  request.life = 100s;
  net.send(net.a().request_key(request, net.now));
  net.run(87s);
  EXPECT_THAT(kinds(net.a(), "bgp"), ElementsAre("key-installed", "request-failed"));
  EXPECT_EQ(net.a().notifications("bgp", 0)[1].reason, "refused");
  EXPECT_EQ(net.a().requests()[0].state, RequestState::keyed);
  // While the old key lasts it is tried again (profile P-16).
  net.run(8s);
  EXPECT_THAT(kinds(net.a(), "bgp"),
              ElementsAre("key-installed", "request-failed", "request-failed"));
}

TEST(Kmdb, SilenceIsToldAndTriedAgainLessOften) {
  TwoRouters net;
  net.power_on();
  net.wire = [](Datagram&) { return false; };
  net.send(net.a().request_key(request_of("bgp", "b"), net.now));
  net.run(2000s);
  const auto told = net.a().notifications("bgp", 0);
  ASSERT_GE(told.size(), 5u);
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].kind, "request-failed");
    EXPECT_EQ(told[i].reason, "no-answer");
    // A try lasts as long as its retransmissions, 127 s, and the wait at most 60 s.
    if (i > 0) {
      EXPECT_LE(told[i].time - told[i - 1].time, 187s + 1s);
    }
  }
  net.wire = [](Datagram&) { return true; };
  net.run(200s);
  EXPECT_EQ(net.a().requests()[0].state, RequestState::keyed) << all_events(net.a());
}

TEST(Kmdb, TheLastWithdrawalPurgesTheKeyAtBothEnds) {
  TwoRouters net;
  net.power_on();
  net.send(net.a().request_key(request_of("bgp", "b"), net.now));
  net.send(net.a().request_key(request_of("bgp-vrf", "b"), net.now));
  net.deliver();
  EXPECT_THAT(net.a().key_table().rows().front().protocol_specific_info.at("clients"),
              HasSubstr("bgp,bgp-vrf"));
  net.send(net.a().withdraw_request("bgp", "b", bgp, net.now));
  net.deliver();
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
  net.send(net.a().withdraw_request("bgp-vrf", "b", bgp, net.now));
  net.deliver();
  EXPECT_TRUE(net.a().key_table().rows().empty());
  net.run(61s);
  EXPECT_TRUE(net.b().key_table().rows().empty());
  EXPECT_TRUE(net.a().requests().empty());
}

TEST(Kmdb, AWithdrawalDuringTheExchangesLeavesNoKey) {
  TwoRouters net;
  net.power_on();
  auto first = net.a().request_key(request_of("bgp", "b"), net.now);
  net.send(net.a().withdraw_request("bgp", "b", bgp, net.now));
  net.send(std::move(first));
  net.run(100s);
  EXPECT_TRUE(net.a().key_table().rows().empty()) << all_events(net.a());
  EXPECT_TRUE(net.b().key_table().rows().empty()) << all_events(net.b());
}

TEST(Kmdb, APurgedRowThatIsNeededIsReplaced) {
  TwoRouters net;
  net.power_on();
  net.send(net.a().request_key(request_of("bgp", "b"), net.now));
  net.deliver();
  const std::string old = net.a().key_table().rows().front().admin_key_name;
  net.send(net.a().purge_row(old, net.now));
  net.run(70s);
  ASSERT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.a());
  EXPECT_NE(net.a().key_table().rows().front().admin_key_name, old);
  ASSERT_EQ(net.b().key_table().rows().size(), 1u) << all_events(net.b());
  EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()),
            to_hex(net.b().key_table().rows().front().key.view()));
}

TEST(Kmdb, APassiveClientIsToldAndBeginsNothing) {
  TwoRouters net;
  net.power_on();
  KeyRequest passive = request_of("bgp", "a");
  passive.passive = true;
  net.send(net.b().request_key(passive, net.now));
  EXPECT_FALSE(net.b().deadline());
  EXPECT_EQ(net.b().requests()[0].state, RequestState::idle);
  net.send(net.a().start("b", bgp, net.now));
  net.deliver();
  EXPECT_EQ(net.b().requests()[0].state, RequestState::keyed);
  EXPECT_THAT(kinds(net.b(), "bgp"), ElementsAre("key-installed"));
}

}  // namespace
}  // namespace karpspec::oracle
