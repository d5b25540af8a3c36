#include "tests/oracle/two_routers.h"

namespace karpspec::oracle {
namespace {

using testing::ElementsAre;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

wire::Payload unknown_payload(bool critical) {
  wire::Payload payload =
      wire::make_payload(static_cast<PayloadType>(200), wire::UnknownPayload{{1, 2, 3}});
  payload.critical = critical;
  return payload;
}

// --- retransmission and the window of one request --------------------------------------------

TEST(Retransmission, RepeatsTheSameOctetsAfterOneTwoFourSeconds) {
  TwoRouters net;
  net.power_on();
  net.wire = [](Datagram&) { return false; };
  net.send(net.a().start("b", bgp, net.now));
  const Time start = net.now;
  std::vector<std::int64_t> times;
  while (const auto next = net.a().deadline()) {
    net.now = *next;
    const auto again = net.a().tick(net.now);
    if (again.empty())
      break;
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again.front().payload, net.seen.front().payload);
    times.push_back(std::chrono::duration_cast<std::chrono::seconds>(net.now - start).count());
  }
  EXPECT_THAT(times, ElementsAre(1, 3, 7, 15, 31, 63));
  EXPECT_TRUE(net.a().sas().empty());
}

TEST(Retransmission, GetsThroughALossyNetwork) {
  TwoRouters net;
  net.power_on();
  SeededRandom loss{5};
  net.wire = [&](Datagram&) { return loss.u64() % 2 == 0; };
  net.send(net.a().start("b", bgp, net.now));
  net.run(120s);
  EXPECT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.a());
  EXPECT_EQ(net.b().key_table().rows().size(), 1u) << all_events(net.b());
  EXPECT_EQ(count_events(net.b(), "ike-sa-established"), 1u);
}

TEST(Retransmission, OfARequestBringsTheSameAnswer) {
  TwoRouters net;
  net.establish();
  for (const std::size_t request : {0u, 2u}) {
    // IKE_SA_INIT is over once IKE_AUTH has come.
    const auto again = net.b().receive(net.seen[request], net.now);
    if (request == 0)
      continue;
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again.front().payload, net.seen[request + 1].payload);
  }
  EXPECT_EQ(net.b().key_table().rows().size(), 1u);
}

TEST(Retransmission, OfIkeSaInitBringsTheSameAnswer) {
  TwoRouters net;
  net.power_on();
  const auto request = net.a().start("b", bgp, net.now);
  const auto first = net.b().receive(request->front(), net.now);
  const auto second = net.b().receive(request->front(), net.now + 1s);
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(first.front().payload, second.front().payload);
  EXPECT_EQ(net.b().sas().size(), 1u);
}

TEST(MessageIds, OutsideTheWindowAreNotAnswered) {
  TwoRouters net;
  net.establish();
  for (const std::uint32_t id : {0u, 3u, 4u, 0xffffffffu})
    EXPECT_FALSE(net.ask_b(net.as_a(id, ExchangeType::INFORMATIONAL, {}))) << id;
  const auto answer = net.ask_b(net.as_a(2, ExchangeType::INFORMATIONAL, {}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.message_id, 2u);
  EXPECT_TRUE(answer->header.is_response());
  EXPECT_FALSE(answer->header.from_initiator());
  EXPECT_TRUE(answer->payloads.empty());
}

TEST(MessageIds, CountForEachSideByItself) {
  TwoRouters net;
  net.establish();
  net.send(net.b().check_liveness("a", net.now));
  net.deliver();
  EXPECT_EQ(net.opened(net.seen[4])->header.message_id, 0u);
  EXPECT_EQ(count_events(net.b(), "liveness-confirmed"), 1u);
  net.send(net.a().check_liveness("b", net.now));
  net.deliver();
  EXPECT_EQ(net.opened(net.seen[6])->header.message_id, 2u);
}

TEST(Window, HoldsTheSecondRequestBack) {
  TwoRouters net;
  net.establish();
  const auto first = net.a().check_liveness("b", net.now);
  EXPECT_EQ(first->size(), 1u);
  const auto second = net.a().check_liveness("b", net.now);
  EXPECT_TRUE(second->empty());
  net.send(net.b().receive(first->front(), net.now));
  net.deliver();
  EXPECT_EQ(count_events(net.a(), "liveness-confirmed"), 2u);
}

TEST(Liveness, OfADeadPeerEndsTheIkeSaAndKeepsTheKey) {
  TwoRouters net;
  net.a_config.tunables.liveness_interval = 10s;
  net.establish();
  net.wire = [](Datagram&) { return false; };
  net.run(300s);
  EXPECT_TRUE(net.a().sas().empty());
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
}

// --- what is wrong with a message -----------------------------------------------------------

TEST(Integrity, OfASpoiltMessageIsMissedInSilence) {
  TwoRouters net;
  net.establish();
  Datagram datagram = net.as_a(2, ExchangeType::INFORMATIONAL, {});
  datagram.payload.back() ^= 1;
  EXPECT_FALSE(net.ask_b(datagram));
  EXPECT_EQ(net.b().sas().front().expected_request_id, 2u);
}

TEST(CriticalPayload, UnknownIsAnsweredWithItsType) {
  TwoRouters net;
  net.establish();
  const auto answer = net.ask_b(net.as_a(2, ExchangeType::INFORMATIONAL, {unknown_payload(true)}));
  ASSERT_EQ(first_notify(answer), number(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD));
  EXPECT_EQ(answer->payloads.front().as<wire::NotifyPayload>()->data, Octets{200});
  EXPECT_EQ(net.b().sas().size(), 1u);
  const auto passed = net.ask_b(net.as_a(3, ExchangeType::INFORMATIONAL, {unknown_payload(false)}));
  ASSERT_TRUE(passed);
  EXPECT_TRUE(passed->payloads.empty());
}

TEST(MajorVersion, HigherIsAnsweredLowerIsNot) {
  TwoRouters net;
  net.power_on();
  auto request = net.a().start("b", bgp, net.now)->front();
  request.payload[17] = 0x30;
  const auto answer = net.ask_b(request);
  EXPECT_EQ(first_notify(answer), number(NotifyType::INVALID_MAJOR_VERSION));
  EXPECT_EQ(answer->header.version, 0x20);
  request.payload[17] = 0x10;
  EXPECT_FALSE(net.ask_b(request));
  request.payload[17] = 0x2f;
  EXPECT_EQ(wire::find(net.ask_b(request)->payloads, PayloadType::SA) != nullptr, true);
}

TEST(Syntax, OfAProtectedRequestIsFatal) {
  TwoRouters net;
  net.establish();
  // CREATE_CHILD_SA without a nonce.
  const auto answer = net.ask_b(net.as_a(2, ExchangeType::CREATE_CHILD_SA,
                                         {wire::make_payload(PayloadType::SA, wire::SaPayload{})}));
  EXPECT_EQ(first_notify(answer), number(NotifyType::INVALID_SYNTAX));
  EXPECT_TRUE(net.b().sas().empty());
  EXPECT_EQ(net.b().key_table().rows().size(), 1u);
}

TEST(Syntax, OfABrokenChainIsAnsweredOnceAuthentic) {
  TwoRouters net;
  net.establish();
  const IkeKeyLog& log = net.a().ike_keys().back();
  wire::Message message;
  message.header = {log.spi_i, log.spi_r, 0x20, 37, 0x08, 2};
  message.payloads = {wire::make_notify(NotifyType::INITIAL_CONTACT)};
  Octets clear = wire::encode_message(message);
  clear[28 + 2] = 0xff;  // the payload's length
  const auto sealed =
      ike::seal_clear_form(log.suite, ike::keys_of_initiator(log.keys), clear, net.random);
  ASSERT_TRUE(sealed);
  const auto answer = net.ask_b({net.a_config.local, net.b_config.local, *sealed});
  EXPECT_EQ(first_notify(answer), number(NotifyType::INVALID_SYNTAX));
  EXPECT_TRUE(net.b().sas().empty());
}

TEST(UnknownSpi, IsMetWithSilenceUnlessTuned) {
  TwoRouters net;
  net.establish();
  Datagram datagram = net.as_a(2, ExchangeType::INFORMATIONAL, {});
  datagram.payload[0] ^= 1;
  EXPECT_FALSE(net.ask_b(datagram));
  TwoRouters tuned;
  tuned.b_config.tunables.answer_unknown_spi = true;
  tuned.establish();
  EXPECT_EQ(first_notify(tuned.ask_b(datagram)), number(NotifyType::INVALID_IKE_SPI));
}

TEST(Unprotected, MessagesOfAnEstablishedSaAreNotHeard) {
  TwoRouters net;
  net.establish();
  const IkeKeyLog& log = net.a().ike_keys().back();
  wire::Message message;
  message.header = {log.spi_i, log.spi_r, 0x20, 37, 0x08, 2};
  wire::DeletePayload body;
  body.protocol = 1;
  message.payloads = {wire::make_payload(PayloadType::D, body)};
  EXPECT_FALSE(net.ask_b({net.a_config.local, net.b_config.local, wire::encode_message(message)}));
  EXPECT_EQ(net.b().sas().size(), 1u);
}

TEST(HalfOpen, IsForgottenAndBounded) {
  TwoRouters net;
  net.b_config.tunables.half_open_limit = 8;
  net.power_on();
  auto request = net.a().start("b", bgp, net.now)->front();
  int answered = 0;
  for (std::uint8_t i = 1; i <= 20; ++i) {
    request.payload[0] = i;
    answered += net.b().receive(request, net.now).empty() ? 0 : 1;
  }
  EXPECT_EQ(answered, 8);
  EXPECT_EQ(net.b().sas().size(), 8u);
  (void)net.b().tick(net.now + 30s);
  EXPECT_TRUE(net.b().sas().empty());
  EXPECT_FALSE(net.b().deadline());
}

// --- CREATE_CHILD_SA --------------------------------------------------------------------------

class Rekey : public testing::TestWithParam<bool> {};

TEST_P(Rekey, OfAKeyRollsOver) {
  TwoRouters net;
  net.establish();
  net.send(net.a().rekey_key("b", bgp, GetParam(), net.now));
  net.deliver();
  ASSERT_EQ(net.a().key_table().rows().size(), 2u) << all_events(net.a()) << all_events(net.b());
  ASSERT_EQ(net.b().key_table().rows().size(), 2u);
  const auto& a = net.a().key_table().rows();
  const auto& b = net.b().key_table().rows();
  EXPECT_EQ(to_hex(a.back().key.view()), to_hex(b.back().key.view()));
  EXPECT_NE(to_hex(a.front().key.view()), to_hex(a.back().key.view()));
  EXPECT_EQ(a.back().local_key_name, b.back().peer_key_name);
  EXPECT_TRUE(a.front().may_accept(net.now + 60s));
  EXPECT_FALSE(a.front().may_accept(net.now + 61s));
  const auto request = net.opened(net.seen[4]);
  EXPECT_EQ(wire::find(request->payloads, PayloadType::KE) != nullptr, GetParam());
  const auto* rekey = wire::find_notify(request->payloads, NotifyType::REKEY_SA);
  ASSERT_NE(rekey, nullptr);
  EXPECT_EQ(std::to_string(rekey->spi.at(0)), a.front().local_key_name) << "our RecvID";
  net.run(61s);
  EXPECT_EQ(net.a().key_table().rows().size(), 1u) << "the initiator deletes the old key";
  net.run(61s);
  EXPECT_EQ(net.b().key_table().rows().size(), 1u) << "its receiver keeps it for the overlap";
  EXPECT_EQ(net.a().sas().front().children.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Ke, Rekey, testing::Values(false, true));

TEST(Rekey, ByTheResponderWorksToo) {
  TwoRouters net;
  net.establish();
  net.send(net.b().rekey_key("a", bgp, false, net.now));
  net.run(200s);
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
  EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()),
            to_hex(net.b().key_table().rows().front().key.view()));
}

TEST(Rekey, OfTheIkeSaInheritsTheChildren) {
  TwoRouters net;
  net.establish();
  const auto old = net.a().sas().front();
  net.send(net.a().rekey_ike("b", net.now));
  net.deliver();
  ASSERT_EQ(net.a().sas().size(), 1u) << all_events(net.a()) << all_events(net.b());
  ASSERT_EQ(net.b().sas().size(), 1u);
  EXPECT_NE(net.a().sas()[0].spi_i, old.spi_i);
  EXPECT_EQ(net.a().sas()[0].spi_i, net.b().sas()[0].spi_i);
  EXPECT_EQ(net.a().sas()[0].spi_r, net.b().sas()[0].spi_r);
  EXPECT_EQ(net.a().sas()[0].next_request_id, 0u);
  EXPECT_EQ(net.a().sas()[0].children.size(), 1u);
  EXPECT_EQ(net.b().sas()[0].children.size(), 1u);
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
  net.send(net.b().rekey_key("a", bgp, true, net.now));
  net.deliver();
  ASSERT_EQ(net.a().key_table().rows().size(), 2u) << all_events(net.a()) << all_events(net.b());
  EXPECT_EQ(to_hex(net.a().key_table().rows().back().key.view()),
            to_hex(net.b().key_table().rows().back().key.view()));
}

TEST(Rekey, OfTheIkeSaByBothAtOnceLeavesOne) {
  TwoRouters net;
  net.establish();
  auto from_a = net.a().rekey_ike("b", net.now);
  auto from_b = net.b().rekey_ike("a", net.now);
  net.send(std::move(from_a));
  net.send(std::move(from_b));
  net.run(5s);
  ASSERT_EQ(net.a().sas().size(), 1u) << all_events(net.a());
  ASSERT_EQ(net.b().sas().size(), 1u) << all_events(net.b());
  EXPECT_EQ(net.a().sas()[0].spi_i, net.b().sas()[0].spi_i);
  EXPECT_EQ(net.a().sas()[0].children.size(), 1u);
  EXPECT_EQ(net.b().sas()[0].children.size(), 1u);
}

TEST(Rekey, OfAKeyByBothAtOnceLeavesOne) {
  TwoRouters net;
  net.establish();
  auto from_a = net.a().rekey_key("b", bgp, false, net.now);
  auto from_b = net.b().rekey_key("a", bgp, false, net.now);
  net.send(std::move(from_a));
  net.send(std::move(from_b));
  net.run(300s);
  ASSERT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.a());
  ASSERT_EQ(net.b().key_table().rows().size(), 1u) << all_events(net.b());
  EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()),
            to_hex(net.b().key_table().rows().front().key.view()));
}

TEST(Rekey, OfAnUnknownKeyIsAnsweredWithItsSpi) {
  TwoRouters net;
  net.establish();
  auto request = net.a().rekey_key("b", bgp, false, net.now);
  auto message = net.opened(request->front());
  auto* notify = message->payloads.front().as<wire::NotifyPayload>();
  notify->spi[0] = static_cast<std::uint8_t>(notify->spi[0] + 1);
  const Octets spi = notify->spi;
  const auto answer =
      net.ask_b(net.as_a(2, ExchangeType::CREATE_CHILD_SA, std::move(message->payloads)));
  ASSERT_EQ(first_notify(answer), number(NotifyType::CHILD_SA_NOT_FOUND));
  EXPECT_EQ(answer->payloads.front().as<wire::NotifyPayload>()->spi, spi);
}

TEST(CreateChild, ForAnotherProtocol) {
  TwoRouters net;
  for (RouterConfig* config : {&net.a_config, &net.b_config}) {
    ProtocolPolicy ldp;
    ldp.protocol = 2;
    config->peers[0].protocols.push_back(ldp);
  }
  net.establish();
  net.send(net.a().start("b", 2, net.now));
  net.deliver();
  ASSERT_EQ(net.b().key_table().rows().size(), 2u) << all_events(net.b());
  EXPECT_EQ(net.b().key_table().rows().back().protocol, "ldp");
  EXPECT_EQ(net.a().sas().front().children.size(), 2u);
  EXPECT_EQ(count_events(net.a(), "key-replaced"), 0u);
}

TEST(CreateChild, TemporaryFailureIsTriedAgainLater) {
  TwoRouters net;
  net.b_config.tunables.temporary_failure = true;
  net.establish();
  net.send(net.a().rekey_key("b", bgp, false, net.now));
  net.deliver();
  EXPECT_EQ(net.seen.size(), 6u) << "not at once";
  net.run(60s);
  EXPECT_EQ(net.seen.size(), 16u) << "five times";
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
}

TEST(CreateChild, RefusedForGoodIsMadeByAnotherIkeSa) {
  for (const bool of_key : {true, false}) {
    TwoRouters net;
    net.b_config.tunables.refuse_new_children = net.b_config.tunables.refuse_ike_rekey = true;
    net.establish();
    const auto before = net.a().sas().front().spi_i;
    net.send(of_key ? net.a().rekey_key("b", bgp, false, net.now)
                    : net.a().rekey_ike("b", net.now));
    net.deliver();
    EXPECT_EQ(first_notify(net.opened(net.seen[5])), number(NotifyType::NO_ADDITIONAL_SAS));
    ASSERT_EQ(net.a().sas().size(), 1u) << all_events(net.a());
    ASSERT_EQ(net.b().sas().size(), 1u) << all_events(net.b());
    EXPECT_NE(net.a().sas().front().spi_i, before);
    EXPECT_EQ(net.a().key_table().rows().size(), 2u) << "the old one for the overlap";
    net.run(300s);
    ASSERT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.a());
    ASSERT_EQ(net.b().key_table().rows().size(), 1u) << all_events(net.b());
    EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()),
              to_hex(net.b().key_table().rows().front().key.view()));
  }
}

TEST(CreateChild, RefusedForGoodWithoutAnotherIkeSaLeavesEverything) {
  TwoRouters net;
  net.a_config.tunables.new_ike_sa_when_refused = false;
  net.b_config.tunables.refuse_new_children = true;
  net.establish();
  net.send(net.a().rekey_key("b", bgp, false, net.now));
  net.deliver();
  EXPECT_EQ(net.a().sas().size(), 1u);
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
}

// --- Delete and restart ---------------------------------------------------------------------

TEST(Delete, OfTheIkeSaLeavesTheKeys) {
  TwoRouters net;
  net.establish();
  net.send(net.a().delete_ike("b", true, net.now));
  net.deliver();
  EXPECT_TRUE(net.a().sas().empty());
  EXPECT_TRUE(net.b().sas().empty());
  EXPECT_EQ(net.a().key_table().rows().size(), 1u);
  EXPECT_EQ(net.b().key_table().rows().size(), 1u);
  net.run(3600s);
  EXPECT_EQ(net.b().key_table().rows().size(), 1u);
}

TEST(Delete, OfAKeyStopsSendingAtOnceAndReceivingLater) {
  TwoRouters net;
  net.establish();
  net.run(10s);
  net.send(net.a().delete_key("b", bgp, net.now));
  net.deliver();
  EXPECT_TRUE(net.a().key_table().rows().empty());
  ASSERT_EQ(net.b().key_table().rows().size(), 1u);
  EXPECT_FALSE(net.b().key_table().rows().front().may_send(net.now));
  EXPECT_TRUE(net.b().key_table().rows().front().may_accept(net.now));
  const auto answer = net.opened(net.seen.back());
  const auto* body = answer->payloads.at(0).as<wire::DeletePayload>();
  ASSERT_NE(body, nullptr);
  EXPECT_EQ(std::to_string(body->spis.at(0)[0]), net.b().key_table().rows().front().local_key_name);
  net.run(61s);
  EXPECT_TRUE(net.b().key_table().rows().empty());
}

TEST(Delete, OfAnEspChildEndsItAtOnce) {
  TwoRouters net(ChildKind::esp);
  net.establish();
  EXPECT_EQ(net.a().sas()[0].children[0].spi_in, net.b().sas()[0].children[0].spi_out);
  net.send(net.b().rekey_key("a", 0, false, net.now));
  net.deliver();
  EXPECT_EQ(net.a().sas()[0].children.size(), 1u) << all_events(net.a());
  net.send(net.a().delete_key("b", 0, net.now));
  net.deliver();
  EXPECT_TRUE(net.a().sas()[0].children.empty());
  EXPECT_TRUE(net.b().sas()[0].children.empty());
}

TEST(InitialContact, AfterARestartEndsTheOldSaAndKeepsItsKey) {
  TwoRouters net;
  net.establish();
  SeededRandom other{77};
  net.a() = Router(net.a_config.clone(), other);
  net.now += 10s;
  net.send(net.a().start("b", bgp, net.now));
  net.deliver();
  EXPECT_EQ(net.b().sas().size(), 1u) << all_events(net.b());
  EXPECT_EQ(net.b().key_table().rows().size(), 2u) << "the old key ends after the overlap";
  net.run(400s);
  EXPECT_EQ(net.b().key_table().rows().size(), 1u);
}

TEST(Simultaneous, InitialExchangesBothComplete) {
  TwoRouters net;
  net.power_on();
  auto from_a = net.a().start("b", bgp, net.now);
  auto from_b = net.b().start("a", bgp, net.now);
  net.send(std::move(from_a));
  net.send(std::move(from_b));
  net.run(200s);
  EXPECT_EQ(count_events(net.a(), "ike-sa-established"), 2u) << all_events(net.a());
  ASSERT_EQ(net.a().key_table().rows().size(), 1u) << all_events(net.a());
  ASSERT_EQ(net.b().key_table().rows().size(), 1u) << all_events(net.b());
  EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()),
            to_hex(net.b().key_table().rows().front().key.view()));
}

}  // namespace
}  // namespace karpspec::oracle
