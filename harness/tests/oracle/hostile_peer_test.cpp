#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oracle/two_routers.h"

// What a peer can do that has not proven who it is, or that replays, or that repeats what is
// broken.
namespace karpspec::oracle {
namespace {

using namespace std::chrono_literals;
using wire::ExchangeType;
using wire::PayloadType;

constexpr bool response = true;

// Speaks for B on A's newest IKE SA; SPOIL changes the octets before they are sealed.
Datagram as_b(TwoRouters& net, std::uint32_t message_id, ExchangeType exchange,
              std::vector<wire::Payload> payloads, bool is_response,
              const ike::ClearEdit& spoil = {}) {
  const IkeKeyLog& log = net.a().ike_keys().back();
  wire::Message message;
  message.header.spi_i = log.spi_i;
  message.header.spi_r = log.spi_r;
  message.header.exchange = static_cast<std::uint8_t>(exchange);
  message.header.flags = is_response ? wire::Header::flag_response : std::uint8_t{0};
  message.header.message_id = message_id;
  message.payloads = std::move(payloads);
  auto sealed =
      ike::seal_message(log.suite, ike::keys_of_responder(log.keys), message, net.random, spoil);
  return {net.b_config.local, net.a_config.local, sealed.value()};
}

// The only payload, a notification, claims an SPI longer than itself.
void spoil_notify(Octets& octets, const std::vector<FieldAt>&) {
  octets.at(wire::Header::size + 5) = 200;
}

enum class UselessAnswer { malformed, unknown_critical };

class UnprovenResponder : public testing::TestWithParam<UselessAnswer> {};

// Whoever answers at the peer's address gets as far as an IKE_AUTH response without any secret.
// Keys of earlier, authentic IKE SAs must not be his to delete.
TEST_P(UnprovenResponder, DeletesNothing) {
  TwoRouters net;
  net.establish();
  ASSERT_EQ(net.a().key_table().rows().size(), 1U);
  const auto send_id =
      static_cast<std::uint8_t>(std::stoi(net.a().key_table().rows().begin()->peer_key_name));
  net.send(net.a().delete_ike("b", true, net.now));
  net.deliver();
  net.wire = [](Datagram& datagram) {
    return datagram.payload[18] != static_cast<std::uint8_t>(ExchangeType::IKE_AUTH);
  };
  net.send(net.a().start("b", bgp, net.now));
  net.deliver();

  Datagram answer;
  if (GetParam() == UselessAnswer::unknown_critical) {
    auto payload = wire::make_payload(static_cast<PayloadType>(200), wire::UnknownPayload{{1}});
    payload.critical = true;
    answer = as_b(net, 1, ExchangeType::IKE_AUTH, {payload}, response);
  } else {
    answer =
        as_b(net, 1, ExchangeType::IKE_AUTH,
             {wire::make_notify(static_cast<wire::NotifyType>(30000))}, response, spoil_notify);
  }
  // It is told that there is no IKE SA, and nothing of what it asks is done.
  const auto told = net.a().receive(answer, net.now);
  ASSERT_EQ(told.size(), 1U) << all_events(net.a());
  const auto told_message = net.opened(told.front());
  ASSERT_TRUE(told_message);
  EXPECT_NE(wire::find(told_message->payloads, PayloadType::D), nullptr);

  wire::DeletePayload body;
  body.protocol = wire::CodePoints{}.tcp_ao_protocol;
  body.spi_size = 1;
  body.spis = {{send_id}};
  const auto request = as_b(net, 0, ExchangeType::INFORMATIONAL,
                            {wire::make_payload(PayloadType::D, body)}, !response);
  EXPECT_TRUE(net.a().receive(request, net.now).empty());
  net.now += 61s;
  (void)net.a().tick(net.now);
  EXPECT_EQ(net.a().key_table().rows().size(), 1U) << all_events(net.a());
  EXPECT_EQ(count_events(net.a(), "ike-sa-established"), 1U);
}
INSTANTIATE_TEST_SUITE_P(All, UnprovenResponder,
                         testing::Values(UselessAnswer::malformed,
                                         UselessAnswer::unknown_critical));

// RFC 5996 section 2.1: the answer may have been lost, whatever the request was worth.
TEST(Repetition, OfAMalformedRequestIsAnsweredAlike) {
  TwoRouters net;
  net.establish();
  const IkeKeyLog& log = net.a().ike_keys().back();
  wire::Message message;
  message.header.spi_i = log.spi_i;
  message.header.spi_r = log.spi_r;
  message.header.exchange = static_cast<std::uint8_t>(ExchangeType::INFORMATIONAL);
  message.header.flags = wire::Header::flag_initiator;
  message.header.message_id = 2;
  message.payloads = {wire::make_notify(static_cast<wire::NotifyType>(30000))};
  const auto sealed = ike::seal_message(log.suite, ike::keys_of_initiator(log.keys), message,
                                        net.random, spoil_notify);
  ASSERT_TRUE(sealed);
  const Datagram request{net.a_config.local, net.b_config.local, *sealed};
  const auto first = net.b().receive(request, net.now);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first_notify(net.opened(first.front())), number(wire::NotifyType::INVALID_SYNTAX));
  const auto again = net.b().receive(request, net.now);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again.front().payload, first.front().payload);
}

// The IKE_SA_INIT response is kept for a repeated IKE_SA_INIT request, and for nothing else that
// has message ID 0.
TEST(Repetition, IsOfTheSameExchange) {
  TwoRouters net;
  net.power_on();
  net.wire = [](Datagram& datagram) {
    return datagram.payload[18] != static_cast<std::uint8_t>(ExchangeType::IKE_AUTH);
  };
  net.send(net.a().start("b", bgp, net.now));
  net.deliver();
  EXPECT_FALSE(net.ask_b(net.as_a(0, ExchangeType::IKE_AUTH, {})));
  EXPECT_FALSE(net.ask_b(net.as_a(0, ExchangeType::INFORMATIONAL, {})));
}

// RFC 5996 section 2.4: only a fresh message proves that the peer lives.
TEST(Liveness, IsNotShownByAReplay) {
  TwoRouters net;
  net.b_config.tunables.liveness_interval = 10s;
  net.establish();
  const auto old = net.as_a(2, ExchangeType::INFORMATIONAL, {});
  ASSERT_TRUE(net.ask_b(old));
  ASSERT_TRUE(net.ask_b(net.as_a(3, ExchangeType::INFORMATIONAL, {})));
  bool checked = false;
  for (int i = 0; i < 4; ++i) {
    net.now += 5s;
    EXPECT_FALSE(net.ask_b(old));
    checked = checked || !net.b().tick(net.now).empty();
  }
  EXPECT_TRUE(checked);
}

}  // namespace
}  // namespace karpspec::oracle
