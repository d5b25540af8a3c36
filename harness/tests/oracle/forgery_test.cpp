#include "tests/oracle/two_routers.h"

// What may be asked of a router, and offered to it, that it must not follow, or must not be
// disturbed by.
namespace karpspec::oracle {
namespace {

using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;
using wire::TransformType;
using Transforms = std::vector<wire::Transform>;

// Speaks for B on A's newest IKE SA, as its responder.
Datagram response_of_b(TwoRouters& net, std::uint32_t message_id, ExchangeType exchange,
                       std::vector<wire::Payload> payloads) {
  const IkeKeyLog& log = net.a().ike_keys().back();
  wire::Message message;
  message.header = {
      log.spi_i, log.spi_r, 0x20, static_cast<std::uint8_t>(exchange), wire::Header::flag_response,
      message_id};
  message.payloads = std::move(payloads);
  auto sealed = ike::seal_message(log.suite, ike::keys_of_responder(log.keys), message, net.random);
  return {net.b_config.local, net.a_config.local, sealed.value()};
}

std::uint16_t group_asked_in(TwoRouters& net, const std::vector<Datagram>& sent) {
  for (const Datagram& datagram : sent)
    if (const auto message = net.opened(datagram))
      if (const auto* ke = wire::find(message->payloads, PayloadType::KE))
        return ke->as<wire::KePayload>()->group;
  return 0;
}

// RFC 5996 section 1.3: the group must be one that was offered.
TEST(InvalidKe, OfARekeyIsFollowedIntoAnOfferedGroupOnly) {
  for (const bool offered : {false, true}) {
    TwoRouters net;
    if (offered)
      net.a_config.ike_proposals.push_back(
          *ike::suite_from_text("AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/ECP_256"));
    net.establish();
    ASSERT_TRUE(net.a().rekey_ike("b", net.now));
    const auto sent =
        net.a().receive(response_of_b(net, 2, ExchangeType::CREATE_CHILD_SA,
                                      {wire::make_notify(NotifyType::INVALID_KE_PAYLOAD, {0, 19})}),
                        net.now);
    EXPECT_EQ(group_asked_in(net, sent), offered ? 19 : 0);
  }
}

// Profile P-23.
TEST(SendId, ThatIsRefusedIsFollowedByAnotherOnce) {
  TwoRouters net;
  net.establish();
  auto request = net.a().start("b", bgp, net.now);
  std::vector<std::uint8_t> ids;
  for (std::uint32_t id = 2; id < 6 && request && !request->empty(); ++id) {
    const auto message = net.opened(request->front());
    const auto* sa = wire::find(message->payloads, PayloadType::SA)->as<wire::SaPayload>();
    ids.push_back(std::get<std::vector<wire::TcpAoTransform>>(sa->proposals.front().transforms)
                      .front()
                      .send_id);
    request = net.a().receive(response_of_b(net, id, ExchangeType::CREATE_CHILD_SA,
                                            {wire::make_notify(NotifyType::NO_PROPOSAL_CHOSEN)}),
                              net.now);
  }
  ASSERT_EQ(ids.size(), 2U) << all_events(net.a());
  EXPECT_NE(ids[0], ids[1]);
}

// A router that has lost its keys may begin with a SendID that its peer still knows.
TEST(SendId, InUseAtThePeerAfterARestartCostsNothing) {
  TwoRouters net;
  net.establish();
  const auto known = net.b().key_table().rows().front().local_key_name;
  // Until the restarted router begins with just that ID.
  for (std::uint64_t seed = 100; seed < 5000; ++seed) {
    SeededRandom random{seed};
    if (random.octets(1).front() != std::stoi(known))
      continue;
    SeededRandom again{seed};
    net.a() = Router(net.a_config.clone(), again);
    net.now += 1s;
    net.send(net.a().start("b", bgp, net.now));
    net.run(300s);
    ASSERT_EQ(net.a().key_table().rows().size(), 1U) << all_events(net.b());
    ASSERT_EQ(net.b().key_table().rows().size(), 1U) << all_events(net.b());
    EXPECT_EQ(count_events(net.b(), "child-refused"), 1U) << "the first SendID was refused";
    EXPECT_EQ(to_hex(net.a().key_table().rows().front().key.view()),
              to_hex(net.b().key_table().rows().front().key.view()));
    return;
  }
  FAIL() << "no seed begins with " << known;
}

// Nobody has signed an IKE_SA_INIT response; the right one comes a moment later.
TEST(IkeSaInit, ForgedAnswersSpoilNoAttempt) {
  const std::function<void(wire::Message&)> forgeries[] = {
      [](wire::Message& m) {
        wire::find(m.payloads, PayloadType::KE)->as<wire::KePayload>()->data.resize(5);
      },
      [](wire::Message& m) {
        wire::find(m.payloads, PayloadType::KE)->as<wire::KePayload>()->group = 14;
      },
      [](wire::Message& m) {
        wire::find(m.payloads, PayloadType::Nonce)->as<wire::NoncePayload>()->data.resize(8);
      },
      [](wire::Message& m) {
        auto* sa = wire::find(m.payloads, PayloadType::SA)->as<wire::SaPayload>();
        sa->proposals.front().number = 7;
      },
      [](wire::Message& m) { m.payloads.pop_back(); },
  };
  for (const auto& forge : forgeries) {
    TwoRouters net;
    net.power_on();
    const auto request = net.a().start("b", bgp, net.now);
    const auto right = net.b().receive(request->front(), net.now);
    auto forged = *wire::decode_message(right.front().payload);
    forged.header.spi_r = 77;
    forge(forged);
    EXPECT_TRUE(net.a()
                    .receive({net.b_config.local, net.a_config.local, wire::encode_message(forged)},
                             net.now)
                    .empty());
    net.send(net.a().receive(right.front(), net.now));
    net.deliver();
    EXPECT_EQ(net.a().key_table().rows().size(), 1U) << all_events(net.a());
  }
}

// RFC 5996 section 3.3.5: a Key Length belongs to ciphers of variable key size, and is one.
TEST(KeyLength, WhereThereIsNoneOrTwiceIsNotAccepted) {
  for (const TransformType type :
       {TransformType::ENCR, TransformType::PRF, TransformType::INTEG, TransformType::DH}) {
    TwoRouters net;
    net.power_on();
    auto message = *wire::decode_message(net.a().start("b", bgp, net.now)->front().payload);
    auto* sa = wire::find(message.payloads, PayloadType::SA)->as<wire::SaPayload>();
    for (wire::Transform& transform : std::get<Transforms>(sa->proposals.front().transforms))
      if (transform.type == static_cast<std::uint8_t>(type))
        transform.attributes.push_back({wire::Attribute::key_length, std::uint16_t{256}});
    const auto answer =
        net.ask_b({net.a_config.local, net.b_config.local, wire::encode_message(message)});
    EXPECT_EQ(first_notify(answer), number(NotifyType::NO_PROPOSAL_CHOSEN))
        << static_cast<int>(type);
  }
}

// RFC 5996 section 3.3.6: one transform of each type that is offered comes back, NONE too.
TEST(Esp, AnswerHoldsEveryTypeOffered) {
  TwoRouters net(ChildKind::esp);
  net.establish();
  const auto request = net.a().rekey_key("b", 0, false, net.now);
  auto message = *net.opened(request->front());
  auto* sa = wire::find(message.payloads, PayloadType::SA)->as<wire::SaPayload>();
  std::get<Transforms>(sa->proposals.front().transforms)
      .push_back(wire::make_transform(TransformType::DH, 0));
  const auto answer = net.ask_b(net.as_a(2, ExchangeType::CREATE_CHILD_SA, message.payloads));
  ASSERT_TRUE(answer);
  const auto* chosen = wire::find(answer->payloads, PayloadType::SA);
  ASSERT_NE(chosen, nullptr) << all_events(net.b());
  const auto& transforms =
      std::get<Transforms>(chosen->as<wire::SaPayload>()->proposals.front().transforms);
  std::vector<int> types;
  for (const wire::Transform& transform : transforms)
    types.push_back(transform.type);
  EXPECT_THAT(types, testing::ElementsAre(1, 3, 4, 5));
}

// Anybody can have IKE_SA_INIT answered, as often as he likes.
TEST(KeyLog, ForgetsStrangers) {
  TwoRouters net;
  net.establish();
  const std::size_t before = net.b().ike_keys().size();
  for (std::uint64_t i = 0; i < 200; ++i) {
    SeededRandom random{1000 + i};
    Router stranger(net.a_config.clone(), random);
    (void)net.b().receive(stranger.start("b", bgp, net.now)->front(), net.now);
    if (i % 50 == 49) {
      net.now += 31s;
      (void)net.b().tick(net.now);
    }
  }
  EXPECT_EQ(net.b().ike_keys().size(), before);
}

// RFC 5996 section 2.8.2: the peer has forgotten its own rekeying with the old SA, and never
// deletes what has come of it.
TEST(SimultaneousIkeRekey, LeavesNoRedundantSaBehind) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE(seed);
    TwoRouters net;
    net.b_config.tunables.nonce_size = static_cast<std::int64_t>(32 + seed);
    net.establish();
    auto of_a = *net.a().rekey_ike("b", net.now);
    auto of_b = *net.b().rekey_ike("a", net.now);
    const auto answer_of_a = net.a().receive(of_b.front(), net.now);
    const auto answer_of_b = net.b().receive(of_a.front(), net.now);
    ASSERT_EQ(answer_of_a.size(), 1U);
    ASSERT_EQ(answer_of_b.size(), 1U);
    // B's Delete overtakes B's answer.
    net.send(net.b().receive(answer_of_a.front(), net.now));
    net.deliver();
    net.send(answer_of_b);
    net.run(600s);
    ASSERT_EQ(net.a().sas().size(), 1U) << all_events(net.a()) << all_events(net.b());
    ASSERT_EQ(net.b().sas().size(), 1U) << all_events(net.a()) << all_events(net.b());
    EXPECT_EQ(net.a().sas()[0].spi_i, net.b().sas()[0].spi_i);
    EXPECT_EQ(net.a().sas()[0].children.size(), 1U);
    EXPECT_EQ(net.b().sas()[0].children.size(), 1U);
  }
}

}  // namespace
}  // namespace karpspec::oracle
