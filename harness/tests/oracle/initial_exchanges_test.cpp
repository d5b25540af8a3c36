#include "crypto/ike_keys.h"
#include "oracle/rkmp/master_key.h"
#include "tests/oracle/two_routers.h"

namespace karpspec::oracle {
namespace {

using testing::ElementsAre;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

TEST(InitialExchanges, MakeOneKeyThatBothSidesShare) {
  TwoRouters net;
  net.establish();
  ASSERT_EQ(net.seen.size(), 4u) << all_events(net.a()) << all_events(net.b());
  ASSERT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.a());
  ASSERT_EQ(net.b().key_table().rows().size(), 1u) << all_events(net.b());
  const auto& a = net.a().key_table().rows().front();
  const auto& b = net.b().key_table().rows().front();
  EXPECT_EQ(a.key.size(), 20u) << "KDF_HMAC_SHA1";
  EXPECT_EQ(to_hex(a.key.view()), to_hex(b.key.view()));
  EXPECT_EQ(a.local_key_name, b.peer_key_name);
  EXPECT_EQ(a.peer_key_name, b.local_key_name);
  EXPECT_NE(a.local_key_name, a.peer_key_name);
  EXPECT_EQ(a.protocol, "bgp");
  EXPECT_EQ(a.alg_id, "HMAC-SHA-1-96");
  EXPECT_EQ(a.kdf, "HMAC-SHA-1");
  EXPECT_THAT(a.peers, ElementsAre("192.0.2.2"));
  EXPECT_EQ(a.protocol_specific_info.at("options"), "include");
  EXPECT_TRUE(a.may_accept(net.now));
  EXPECT_TRUE(a.may_send(net.now));
  EXPECT_FALSE(b.may_send(net.now)) << "the responder waits before it sends with the key";
  EXPECT_TRUE(b.may_send(net.now + 2s));
  ASSERT_EQ(net.a().sas().size(), 1u);
  EXPECT_EQ(net.a().sas().front().state, "established");
  EXPECT_EQ(net.b().sas().front().state, "established");
  EXPECT_FALSE(net.b().sas().front().initiator);
}

TEST(InitialExchanges, TheKeyIsPrfPlusOfSkDAndTheNonces) {
  TwoRouters net;
  net.establish();
  const auto request = wire::decode_message(net.seen[0].payload);
  const auto answer = wire::decode_message(net.seen[1].payload);
  ASSERT_TRUE(request && answer);
  const auto& ni =
      wire::find(request->payloads, PayloadType::Nonce)->as<wire::NoncePayload>()->data;
  const auto& nr = wire::find(answer->payloads, PayloadType::Nonce)->as<wire::NoncePayload>()->data;
  const IkeKeyLog& log = net.a().ike_keys().front();
  EXPECT_EQ(to_hex(log.keys.SK_d.view()), to_hex(net.b().ike_keys().front().keys.SK_d.view()));
  EXPECT_EQ(to_hex(log.keys.SK_er.view()), to_hex(net.b().ike_keys().front().keys.SK_er.view()));
  const auto key =
      crypto::derive_keymat(log.suite.prf, log.keys.SK_d.view(), crypto::SharedSecret{},
                            crypto::Ni{ni}, crypto::Nr{nr}, 20);
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()), to_hex(key->view()));
}

TEST(InitialExchanges, AreTheSameOctetsEachTime) {
  TwoRouters first, second;
  first.establish();
  second.establish();
  ASSERT_EQ(first.seen.size(), second.seen.size());
  for (std::size_t i = 0; i < first.seen.size(); ++i)
    EXPECT_EQ(first.seen[i].payload, second.seen[i].payload) << i;
}

TEST(InitialExchanges, LookLikeTheFigures) {
  TwoRouters net;
  net.establish();
  const auto types = [&](std::size_t i) {
    std::vector<PayloadType> result;
    const auto message = net.opened(net.seen[i]);
    for (const auto& payload : message->payloads)
      result.push_back(payload.type);
    return result;
  };
  EXPECT_THAT(types(0), ElementsAre(PayloadType::SA, PayloadType::KE, PayloadType::Nonce));
  EXPECT_THAT(types(1), ElementsAre(PayloadType::SA, PayloadType::KE, PayloadType::Nonce));
  EXPECT_THAT(types(2),
              ElementsAre(PayloadType::IDi, PayloadType::IDr, PayloadType::AUTH, PayloadType::SA,
                          PayloadType::TSi, PayloadType::TSr, PayloadType::N));
  EXPECT_THAT(types(3), ElementsAre(PayloadType::IDr, PayloadType::AUTH, PayloadType::SA,
                                    PayloadType::TSi, PayloadType::TSr));
  EXPECT_EQ(net.opened(net.seen[2])->header.message_id, 1u);
}

class EverySuite : public testing::TestWithParam<const char*> {};

TEST_P(EverySuite, Works) {
  for (const ChildKind child : {ChildKind::tcp_ao, ChildKind::esp}) {
    TwoRouters net(child);
    const auto suite = ike::suite_from_text(GetParam());
    ASSERT_TRUE(suite) << to_string(suite.error());
    EXPECT_EQ(ike::to_text(*suite), GetParam());
    net.a_config.ike_proposals = net.b_config.ike_proposals = {*suite};
    net.a_config.tunables.nonce_size = net.b_config.tunables.nonce_size = 32;
    net.establish();
    ASSERT_EQ(net.a().sas().size(), 1u) << all_events(net.a()) << all_events(net.b());
    EXPECT_EQ(net.a().sas().front().state, "established") << all_events(net.a());
    EXPECT_EQ(net.a().sas().front().children.size(), 1u);
    EXPECT_EQ(net.b().sas().front().children.size(), 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, EverySuite,
                         testing::Values("AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048",
                                         "AES_CBC-256/HMAC_SHA2_512_256/HMAC_SHA2_512/ECP_384",
                                         "AES_CBC-128/HMAC_SHA1_96/HMAC_SHA1/CURVE25519",
                                         "AES_CBC-128/AES_XCBC_96/AES128_XCBC/ECP_256",
                                         "AES_CBC-128/AES_CMAC_96/AES128_CMAC/ECP_256",
                                         "AES_GCM_16-128//HMAC_SHA2_256/ECP_256",
                                         "AES_GCM_16-256//HMAC_SHA2_384/ECP_521",
                                         "CHACHA20_POLY1305//HMAC_SHA2_256/CURVE25519"));

TEST(InitialExchanges, SecondPairGivesA16OctetKey) {
  TwoRouters net;
  net.a_config.peers[0].protocols[0].pairs = {{2, 2}};
  net.establish();
  ASSERT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.b());
  EXPECT_EQ(net.a().key_table().rows().front().key.size(), 16u);
  EXPECT_EQ(net.a().key_table().rows().front().alg_id, "AES-128-CMAC-96");
}

TEST(InitialExchanges, TheOptionsFlagReachesTheTable) {
  TwoRouters net;
  net.a_config.peers[0].protocols[0].exclude_options = true;
  net.establish();
  for (Router* router : {&net.a(), &net.b()})
    EXPECT_EQ(router->key_table().rows().front().protocol_specific_info.at("options"), "exclude");
}

TEST(Cookies, AreReturnedWithTheRestUnchanged) {
  TwoRouters net;
  net.b_config.cookies.when = CookiePolicy::When::always;
  net.establish();
  ASSERT_EQ(net.seen.size(), 6u) << all_events(net.a()) << all_events(net.b());
  auto first = wire::decode_message(net.seen[0].payload);
  auto second = wire::decode_message(net.seen[2].payload);
  EXPECT_EQ(first_notify(*second), number(NotifyType::COOKIE));
  EXPECT_EQ(second->payloads.front().type, PayloadType::N);
  second->payloads.erase(second->payloads.begin());
  EXPECT_EQ(first->payloads, second->payloads);
  EXPECT_EQ(first->header, second->header);
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
}

TEST(Cookies, AFalseOneGetsAnother) {
  TwoRouters net;
  net.b_config.cookies.when = CookiePolicy::When::always;
  net.power_on();
  bool spoilt = false;
  net.wire = [&](Datagram& datagram) {
    auto message = wire::decode_message(datagram.payload);
    if (!spoilt && message && datagram.source.address == "192.0.2.1" &&
        first_notify(*message) == number(NotifyType::COOKIE)) {
      datagram.payload[28 + 8 + 5] ^= 1;  // an octet of the cookie's MAC
      spoilt = true;
    }
    return true;
  };
  net.send(net.a().start("b", bgp, net.now));
  net.deliver();
  EXPECT_TRUE(spoilt);
  EXPECT_EQ(count_events(net.b(), "cookie-demanded"), 2u);
  EXPECT_TRUE(net.b().sas().empty() || net.b().sas().front().state == "established");
}

TEST(Cookies, KeepNoState) {
  TwoRouters net;
  net.b_config.cookies.when = CookiePolicy::When::always;
  net.power_on();
  const auto request = net.a().start("b", bgp, net.now);
  ASSERT_TRUE(request);
  EXPECT_EQ(first_notify(net.ask_b(request->front())), number(NotifyType::COOKIE));
  EXPECT_TRUE(net.b().sas().empty());
}

TEST(InvalidKe, IsFollowedByTheGroupThatIsWanted) {
  TwoRouters net;
  const auto wanted = *ike::suite_from_text("AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/ECP_256");
  net.a_config.ike_proposals.push_back(wanted);
  net.b_config.ike_proposals = {wanted};
  net.establish();
  ASSERT_EQ(net.seen.size(), 6u) << all_events(net.a());
  EXPECT_EQ(first_notify(net.opened(net.seen[1])), number(NotifyType::INVALID_KE_PAYLOAD));
  EXPECT_EQ(net.a().sas().front().suite, wanted);
}

TEST(InvalidKe, OfAGroupThatWasNotOfferedIsIgnored) {
  TwoRouters net;
  net.power_on();
  net.wire = [&](Datagram& datagram) { return datagram.source.address == "192.0.2.1"; };
  const auto request = net.a().start("b", bgp, net.now);
  wire::Message answer;
  answer.header = wire::decode_header(request->front().payload).value();
  answer.header.flags = wire::Header::flag_response;
  answer.payloads.push_back(wire::make_notify(NotifyType::INVALID_KE_PAYLOAD, {0, 14}));
  const Datagram datagram{net.b_config.local, net.a_config.local, wire::encode_message(answer)};
  EXPECT_TRUE(net.a().receive(datagram, net.now).empty());
  EXPECT_EQ(net.a().sas().front().state, "init-sent");
}

TEST(NoProposalChosen, LeavesNothingBehind) {
  TwoRouters net;
  net.b_config.ike_proposals = {*ike::suite_from_text("AES_GCM_16-256//HMAC_SHA2_256/CURVE25519")};
  net.establish();
  EXPECT_EQ(first_notify(net.opened(net.seen[1])), number(NotifyType::NO_PROPOSAL_CHOSEN));
  EXPECT_TRUE(net.b().sas().empty());
  net.run(300s);
  EXPECT_TRUE(net.a().sas().empty());
  EXPECT_EQ(count_events(net.a(), "gave-up"), 1u);
}

TEST(Authentication, FailsWithAnotherKey) {
  TwoRouters net;
  net.a_config.peers[0].psk = Secret(octets_of("another secret altogether"));
  net.establish();
  EXPECT_EQ(first_notify(net.opened(net.seen.back())), number(NotifyType::AUTHENTICATION_FAILED));
  EXPECT_TRUE(net.a().sas().empty()) << all_events(net.a());
  EXPECT_TRUE(net.b().sas().empty());
  EXPECT_TRUE(net.a().key_table().rows().empty());
  EXPECT_TRUE(net.b().key_table().rows().empty());
}

TEST(Authentication, FailsForAnUnknownIdentity) {
  TwoRouters net;
  net.a_config.identity = fqdn("somebody else");
  net.establish();
  EXPECT_EQ(first_notify(net.opened(net.seen.back())), number(NotifyType::AUTHENTICATION_FAILED));
  EXPECT_EQ(count_events(net.b(), "peer-refused"), 1u);
}

TEST(Authentication, OfAResponderWithAnotherIdentityIsRefusedByTheInitiator) {
  TwoRouters net;
  net.b_config.identity = fqdn("not b");
  net.establish();
  EXPECT_EQ(count_events(net.a(), "peer-refused"), 1u);
  EXPECT_TRUE(net.a().sas().empty());
  EXPECT_TRUE(net.b().sas().empty()) << "told by N(AUTHENTICATION_FAILED)";
  EXPECT_TRUE(net.a().key_table().rows().empty());
}

TEST(FirstChild, RefusedLeavesTheIkeSa) {
  TwoRouters net;
  net.b_config.peers[0].protocols[0].protocol = 2;
  net.establish();
  const auto answer = net.opened(net.seen.back());
  EXPECT_EQ(first_notify(answer), number(NotifyType::TS_UNACCEPTABLE));
  EXPECT_NE(wire::find(answer->payloads, PayloadType::AUTH), nullptr);
  EXPECT_EQ(net.a().sas().front().state, "established");
  EXPECT_EQ(net.b().sas().front().state, "established");
  net.run(31s);
  EXPECT_TRUE(net.a().sas().empty()) << "an IKE SA without keys is deleted after 30 s";
  EXPECT_TRUE(net.b().sas().empty());
}

TEST(FirstChild, WithoutACommonTransformIsRefused) {
  TwoRouters net;
  net.b_config.peers[0].protocols[0].pairs = {{2, 1}};
  net.establish();
  EXPECT_EQ(first_notify(net.opened(net.seen.back())), number(NotifyType::NO_PROPOSAL_CHOSEN));
  EXPECT_EQ(net.a().sas().size(), 1u);
}

TEST(Start, RefusesWhatIsNotConfigured) {
  TwoRouters net;
  net.power_on();
  EXPECT_EQ(net.a().start("c", bgp, net.now).error().code, ErrorCode::not_found);
  EXPECT_EQ(net.a().start("b", 7, net.now).error().code, ErrorCode::bad_value);
  EXPECT_EQ(net.a().rekey_key("b", bgp, false, net.now).error().code, ErrorCode::not_found);
  EXPECT_EQ(net.a().delete_ike("b", true, net.now).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace karpspec::oracle
