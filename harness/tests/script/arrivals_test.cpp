#include <gmock/gmock.h>

#include "engine.h"

// What comes when nothing is awaited, or something else is.
namespace karpspec::script {
namespace {

using testing::HasSubstr;
using verdict::Verdict;

class Arrivals : public Engine {
 protected:
  // An IKE_SA_INIT request of the device, with SPIS_FIRST in all octets of its SPI.
  static Octets request(std::uint8_t spis_first) {
    wire::Message message;
    message.header.spi_i = 0x0101010101010101U * spis_first;
    message.header.exchange = static_cast<std::uint8_t>(wire::ExchangeType::IKE_SA_INIT);
    message.header.flags = wire::Header::flag_initiator;
    message.payloads = {
        wire::make_payload(wire::PayloadType::SA, wire::SaPayload{}),
        wire::make_payload(wire::PayloadType::KE, wire::KePayload{14, 0, {1, 2}}),
        wire::make_payload(wire::PayloadType::Nonce, wire::NoncePayload{Octets(32, 7)})};
    return wire::encode_message(message);
  }
};

TEST_F(Arrivals, DuringAWaitBreakTheSilenceAfterIt) {
  const auto test = result(ask + "  - wait: 1s\n  - silence: 2s\n");
  EXPECT_EQ(test.verdict, Verdict::fail);
  EXPECT_EQ(test.failure->expected, "silence");
}

TEST_F(Arrivals, BeforeTheTesterSpeaksAgainBreakNoSilence) {
  state_.answer = nullptr;
  state_.comes(std::chrono::milliseconds{500}, request(1));
  const auto test = result("  - wait: 1s\n" + ask + "  - silence: 2s\n");
  EXPECT_EQ(test.verdict, Verdict::pass) << test.reason;
}

TEST_F(Arrivals, DuringAWaitAreThereForTheExpectationAfterIt) {
  const auto test = result(ask + "  - wait: 1s\n  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n");
  EXPECT_EQ(test.verdict, Verdict::pass) << test.reason;
}

// RKMP section 5.1: its routing protocol may still want a key.
TEST_F(Arrivals, OfADeviceThatBeginsAnewBreakNoSilence) {
  state_.answer = nullptr;
  state_.comes(std::chrono::milliseconds{500}, request(1));
  EXPECT_EQ(result(ask + "  - silence: 2s\n").verdict, Verdict::pass);
  state_.comes(std::chrono::milliseconds{500}, request(2));
  const auto taken =
      result(ask + "  - silence: 2s\n  - expect: IKE_SA_INIT request {SA, KE, Ni}\n");
  EXPECT_EQ(taken.verdict, Verdict::pass) << taken.reason;
}

TEST_F(Arrivals, OfADeviceThatBeginsUnaskedBreakTheSilence) {
  state_.comes(std::chrono::milliseconds{500}, request(1));
  EXPECT_EQ(result("  - silence: 2s\n").verdict, Verdict::fail);
}

// A device repeats its request until it is answered, also while nobody listens.
TEST_F(Arrivals, OfARequestAgainDuringAWaitAreSetAside) {
  state_.answer = nullptr;
  for (const int after : {100, 600, 1100})
    state_.comes(std::chrono::milliseconds{after}, request(1));
  const auto test = result(
      "  - wait: 2s\n  - expect: IKE_SA_INIT request {SA, KE, Ni}\n"
      "  - send: IKE_SA_INIT response {N(NO_PROPOSAL_CHOSEN)}\n"
      "  - silence: 1s\n");
  EXPECT_EQ(test.verdict, Verdict::pass) << test.reason;
}

// RFC 5996 section 2.1, where a datagram can be lost.
TEST_F(Arrivals, AreAskedForAgainInALiveLaboratory) {
  int asked = 0;
  state_.answer = [&](const wire::Message& request) -> std::vector<Octets> {
    if (++asked < 2)
      return {};
    return {answer_to(request, {wire::make_notify(wire::NotifyType::NO_PROPOSAL_CHOSEN)})};
  };
  const std::string steps = ask + "  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n";
  EXPECT_EQ(result(steps).verdict, Verdict::fail) << "nothing is lost in a simulated one";
  asked = 0;
  simulated_ = false;
  const auto test = result(steps);
  EXPECT_EQ(test.verdict, Verdict::pass) << test.reason;
  ASSERT_EQ(asked, 2);
  EXPECT_EQ(state_.sent[state_.sent.size() - 2].payload, state_.sent.back().payload);
  asked = -10;
  state_.sent.clear();
  EXPECT_EQ(result(ask + "  - silence: 4s\n").verdict, Verdict::pass);
  EXPECT_EQ(state_.sent.size(), 1U);
}

// What a device that cannot be reset still holds of earlier tests is not held against it.
TEST_F(Arrivals, RowsOfEarlierTestsAreNotCounted) {
  state_.control.emplace("reset", fail(ErrorCode::unsupported, "no"));
  state_.control.emplace("key-table", Json{{"rows", Json::array({{{"Protocol", "bgp"}}})}});
  EXPECT_EQ(result("  - check: key-table\n    count: 0\n").verdict, Verdict::not_applicable);
  EXPECT_EQ(result("  - check: key-table\n    contains: [{Protocol: bgp}]\n").verdict,
            Verdict::pass);
}

}  // namespace
}  // namespace karpspec::script
