// What is judged, and what is not, message by message.
#include "observer/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "wire/message.h"

namespace karpspec::observer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using transcript::Observed;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;
using Body = Observed::Body;

constexpr std::uint8_t from_i = wire::Header::flag_initiator;
constexpr std::uint8_t answers = wire::Header::flag_response;
const Endpoint initiator{"192.0.2.1", 500}, responder{"192.0.2.2", 500};

wire::Message message(ExchangeType exchange, std::uint8_t flags, std::uint32_t id,
                      std::vector<wire::Payload> payloads) {
  wire::Message out;
  out.header.spi_i = 0x0102030405060708;
  out.header.spi_r =
      exchange == ExchangeType::IKE_SA_INIT && (flags & answers) == 0 ? 0 : 0x1112131415161718;
  out.header.exchange = static_cast<std::uint8_t>(exchange);
  out.header.flags = flags;
  out.header.message_id = id;
  out.payloads = std::move(payloads);
  return out;
}

wire::Payload key_offer(std::uint8_t send_id, std::uint8_t flags = 0, std::uint8_t number = 1) {
  wire::Proposal proposal;
  proposal.number = number;
  proposal.protocol = 201;
  proposal.transforms = std::vector<wire::TcpAoTransform>{{0, send_id, 1, 1, flags}};
  return wire::make_payload(PayloadType::SA, wire::SaPayload{{proposal}});
}

wire::Payload selector(PayloadType type, std::uint8_t protocol = 1) {
  return wire::make_payload(type, wire::TsPayload{0, {wire::RpSelector{241, protocol}}});
}

wire::Payload identity(PayloadType type) {
  return wire::make_payload(type, wire::IdPayload{2, 0, octets_of("router.example")});
}

wire::Payload proof() {
  return wire::make_payload(PayloadType::AUTH, wire::AuthPayload{2, 0, Octets(32, 0xaa)});
}

wire::Message auth_request(std::uint8_t flags = 0) {
  return message(ExchangeType::IKE_AUTH, from_i, 1,
                 {identity(PayloadType::IDi), proof(), key_offer(100, flags),
                  selector(PayloadType::TSi), selector(PayloadType::TSr)});
}

wire::Message auth_answer(std::uint8_t flags = 0) {
  return message(ExchangeType::IKE_AUTH, answers, 1,
                 {identity(PayloadType::IDr), proof(), key_offer(7, flags),
                  selector(PayloadType::TSi), selector(PayloadType::TSr)});
}

wire::Message deletes_key(std::uint8_t flags, std::uint32_t id, std::uint8_t key_id) {
  return message(ExchangeType::INFORMATIONAL, flags, id,
                 {wire::make_payload(PayloadType::D, wire::DeletePayload{201, 1, {{key_id}}})});
}

// Messages of one IKE SA, in the order of the capture.
class Conversation {
 public:
  Observed seen(const wire::Message& message) {
    Observed out;
    out.frame = ++frame_;
    out.conversation = 1;
    const bool by_initiator = message.header.from_initiator();
    out.source = by_initiator ? initiator : responder;
    out.destination = by_initiator ? responder : initiator;
    out.digest = crypto::half_digest(wire::encode_message(message));
    out.message = message;
    describe_message(out);
    return out;
  }
  Observed opened(const wire::Message& message) {
    Observed out = seen(message);
    out.body = Body::opened;
    out.authentic = true;
    out.by_initiator = message.header.from_initiator();
    return out;
  }

 private:
  std::uint64_t frame_ = 0;
};

std::vector<std::string> broken(const Judge& judge) {
  std::vector<std::string> out;
  for (const Breach& breach : judge.ledger().breaches())
    out.push_back(breach.address + " " + breach.requirement);
  return out;
}

TEST(Judge, NamesTheSideThatChangedAnAttribute) {
  Conversation talk;
  Judge judge;
  judge.add(talk.opened(auth_request(0x80)));
  judge.add(talk.opened(auth_answer(0)));
  ASSERT_EQ(judge.ledger().breaches().size(), 1U);
  const Breach& breach = judge.ledger().breaches().front();
  EXPECT_EQ(breach.address, responder.address);
  EXPECT_EQ(breach.role, Role::responder);
  EXPECT_EQ(breach.requirement, "RKMP-4.1-02");
  EXPECT_EQ(breach.frame, 2U);
  EXPECT_TRUE(breach.authentic);
  EXPECT_EQ(breach.message, "IKE_AUTH response {IDr, AUTH, SAr2, TSi, TSr}");
  EXPECT_EQ(breach.got, "Auth Alg 1, KDF 1, O 0");
  EXPECT_TRUE(breach.octet);
}

TEST(Judge, CountsWhatHolds) {
  Conversation talk;
  Judge judge;
  judge.add(talk.opened(auth_request()));
  judge.add(talk.opened(auth_answer()));
  EXPECT_THAT(broken(judge), IsEmpty());
  const auto& sides = judge.ledger().sides();
  ASSERT_EQ(sides.size(), 2U);
  EXPECT_EQ(sides.at(responder.address).requirements.at("RKMP-4.1-02").judged, 1U);
  EXPECT_EQ(sides.at(initiator.address).requirements.at("RKMP-3.2-01").judged, 1U);
}

TEST(Judge, AnAnswerWithoutItsRequestIsHeldAgainstNothing) {
  Conversation talk;
  Judge judge;
  judge.add(talk.opened(auth_answer(0)));
  judge.add(talk.opened(message(ExchangeType::INFORMATIONAL, answers, 9, {})));
  EXPECT_THAT(broken(judge), IsEmpty());
}

TEST(Judge, MessageIdsThatAreMissingAreLostFrames) {
  Conversation talk;
  Judge judge;
  for (const std::uint32_t id : {4U, 9U, 7U})
    judge.add(talk.opened(message(ExchangeType::INFORMATIONAL, from_i, id, {})));
  EXPECT_THAT(broken(judge), IsEmpty());
}

TEST(Judge, ARequestThatIsSentAgainStaysTheSame) {
  Conversation talk;
  Judge judge;
  Observed copy = talk.opened(auth_request());
  judge.add(copy);
  copy.again = true;
  judge.add(copy);
  EXPECT_THAT(broken(judge), IsEmpty());
  judge.add(talk.opened(auth_request(0x80)));
  EXPECT_THAT(broken(judge), ElementsAre("192.0.2.1 IKE-2.1-02"));
  // Which of the two is answered nobody can say.
  judge.add(talk.opened(auth_answer(0)));
  EXPECT_EQ(judge.ledger().broken(), 1U);
}

TEST(Judge, NobodyIsBlamedForWhatAnybodyMayHaveSent) {
  Conversation talk;
  Judge judge;
  judge.add(talk.opened(auth_request()));
  Observed forged = talk.seen(
      message(ExchangeType::INFORMATIONAL, from_i, 2,
              {wire::make_payload(PayloadType::SK, wire::EncryptedPayload{0, {1, 2, 3}})}));
  forged.body = Body::broken;
  judge.add(forged);
  EXPECT_THAT(broken(judge), IsEmpty());
  EXPECT_EQ(judge.counts().not_authentic, 1U);
}

TEST(Judge, AWrongFlagUnderTheKeysOfTheOtherIsItsOwn) {
  Conversation talk;
  Judge judge;
  Observed wrong = talk.seen(
      message(ExchangeType::INFORMATIONAL, 0, 2,
              {wire::make_payload(PayloadType::SK, wire::EncryptedPayload{0, {1, 2, 3}})}));
  wrong.body = Body::broken;
  wrong.by_initiator = true;
  wrong.source = initiator;
  judge.add(wrong);
  EXPECT_THAT(broken(judge), ElementsAre("192.0.2.1 IKE-3.1-08"));
}

TEST(Judge, WhatIsInClearIsProvenByTheAuthThatCoversIt) {
  Conversation talk;
  Judge judge;
  wire::Message first =
      message(ExchangeType::IKE_SA_INIT, from_i, 0,
              {wire::make_payload(PayloadType::Nonce, wire::NoncePayload{Octets(32, 5)})});
  judge.add(talk.seen(first));
  ASSERT_THAT(broken(judge), Contains("192.0.2.1 IKE-1.2-01"));
  EXPECT_FALSE(judge.ledger().breaches().front().authentic);
  Observed proven = talk.opened(auth_request());
  proven.auth_holds = true;
  judge.add(proven);
  EXPECT_TRUE(judge.ledger().breaches().front().authentic);
}

TEST(Judge, ATakenProofThatIsNoneIsTheRespondersBreach) {
  Conversation talk;
  Judge judge(Judge::Frames::all_there);
  Observed request = talk.opened(auth_request());
  request.auth_holds = false;
  judge.add(request);
  judge.add(talk.opened(auth_answer()));
  EXPECT_THAT(broken(judge), ElementsAre("192.0.2.1 IKE-2.15-03", "192.0.2.2 IKE-1.2-06"));
}

TEST(Judge, AProofThatWasTakenMayCoverARequestWithACookieThatWasLost) {
  Conversation talk;
  Judge judge;
  Observed request = talk.opened(auth_request());
  request.auth_holds = false;
  judge.add(request);
  EXPECT_EQ(judge.counts().not_settled, 1U);
  judge.add(talk.opened(auth_answer()));
  EXPECT_THAT(broken(judge), IsEmpty());
  EXPECT_EQ(judge.counts().not_settled, 1U);
}

TEST(Judge, AProofThatTheResponderRefusesTooIsWrong) {
  Conversation talk;
  Judge judge;
  Observed request = talk.opened(auth_request());
  request.auth_holds = false;
  judge.add(request);
  judge.add(talk.opened(message(
      ExchangeType::IKE_AUTH, answers, 1,
      {wire::make_payload(
          PayloadType::N,
          wire::NotifyPayload{
              0, static_cast<std::uint16_t>(NotifyType::AUTHENTICATION_FAILED), {}, {}})})));
  EXPECT_THAT(broken(judge), ElementsAre("192.0.2.1 IKE-2.15-03"));
  EXPECT_EQ(judge.ledger().breaches().front().frame, request.frame);
  EXPECT_TRUE(judge.ledger().breaches().front().authentic);
  EXPECT_EQ(judge.counts().not_settled, 0U);
}

TEST(Judge, TheAnswerToADeleteNamesTheOtherIdOfTheKey) {
  Conversation talk;
  Judge judge;
  judge.add(talk.opened(auth_request()));
  judge.add(talk.opened(auth_answer()));
  judge.add(talk.opened(deletes_key(from_i, 2, 7)));
  judge.add(talk.opened(deletes_key(answers, 2, 100)));
  EXPECT_THAT(broken(judge), IsEmpty());
  // The IDs of a key that is gone may be another's, and of a key that was made before the capture
  // began nobody knows the other ID.
  for (const std::uint8_t id : {std::uint8_t{7}, std::uint8_t{33}}) {
    judge.add(talk.opened(deletes_key(from_i, 3U + (id == 33 ? 1U : 0U), id)));
    judge.add(talk.opened(deletes_key(answers, 3U + (id == 33 ? 1U : 0U), 8)));
  }
  EXPECT_THAT(broken(judge), IsEmpty());
}

TEST(Judge, TheAnswerToADeleteWithAnotherIdIsSeenWhereNothingIsMissing) {
  for (const std::uint32_t id : {2U, 3U}) {
    Conversation talk;
    Judge judge;
    judge.add(talk.opened(auth_request()));
    judge.add(talk.opened(auth_answer()));
    judge.add(talk.opened(deletes_key(from_i, id, 7)));
    judge.add(talk.opened(deletes_key(answers, id, 8)));
    if (id == 2)
      EXPECT_THAT(broken(judge), ElementsAre("192.0.2.2 RKMP-3.4-05"));
    else
      EXPECT_THAT(broken(judge), IsEmpty());
  }
}

TEST(Judge, AnUnknownCriticalPayloadIsRefusedByWhoCannotKnowIt) {
  for (const int type : {100, 200}) {
    Conversation talk;
    Judge judge;
    wire::Payload unknown =
        wire::make_payload(static_cast<PayloadType>(type), wire::UnknownPayload{{1}});
    unknown.critical = true;
    judge.add(talk.opened(message(ExchangeType::INFORMATIONAL, from_i, 2, {unknown})));
    judge.add(talk.opened(message(ExchangeType::INFORMATIONAL, answers, 2, {})));
    // A private type may have been agreed on in an IKE_SA_INIT that the capture has not.
    if (type == 100)
      EXPECT_THAT(broken(judge), ElementsAre("192.0.2.2 IKE-2.5-07"));
    else
      EXPECT_THAT(broken(judge), IsEmpty());
  }
}

TEST(Judge, AnotherVersionIsNotJudged) {
  Conversation talk;
  Judge judge;
  Observed old = talk.seen(auth_request());
  old.message.reset();
  old.body = Body::malformed;
  old.octet = 17;
  judge.add(old);
  EXPECT_TRUE(judge.ledger().empty());
  EXPECT_EQ(judge.counts().not_spoken, 1U);
}

// A segment that is judged as REASON says, with TCP-AO under KEY where that is given.
Observed segment(const char* reason, std::optional<std::uint64_t> key) {
  Observed out;
  out.kind = "TCP";
  out.conversation = 3;
  out.source = {"192.0.2.1", 40000};
  out.destination = {"192.0.2.2", 179};
  out.parts = {"ACK"};
  out.segment_values.push_back({"judged", {octets_of(reason), transcript::Names::text, 0}});
  if (key) {
    out.segment_values.push_back({"AO.key_id", {*key, transcript::Names::none, 8}});
    out.segment_values.push_back({"AO.mac", {Octets(12, 1), transcript::Names::none, 0}});
  }
  const bool accepted = std::string_view(reason) == "accepted";
  out.body = accepted ? Body::opened : Body::broken;
  out.trouble = accepted ? "" : "refused";
  return out;
}

TEST(Judge, ASegmentWithoutAnOptionCountsOnlyAfterOneThatHadIt) {
  Judge judge;
  judge.add(segment("no-option", {}));
  EXPECT_THAT(broken(judge), IsEmpty());
  judge.add(segment("accepted", 5));
  judge.add(segment("no-option", {}));
  ASSERT_THAT(broken(judge), ElementsAre("192.0.2.1 AO-7.4-01"));
  EXPECT_FALSE(judge.ledger().breaches().front().authentic);
}

// The table may be of a time before the key was changed, or its ID given away again.
TEST(Judge, AMacCountsOnlyUnderAKeyThatHasHeld) {
  Judge judge;
  judge.add(segment("mac", 5));
  judge.add(segment("accepted", 6));
  judge.add(segment("mac", 5));
  judge.add(segment("unknown-key", 7));
  EXPECT_THAT(broken(judge), IsEmpty());
  judge.add(segment("mac", 6));
  EXPECT_THAT(broken(judge), ElementsAre("192.0.2.1 AO-5.1-02"));
}

// RFC 9242 puts exchanges before IKE_AUTH, RFC 4739 more of them behind it; what of IKE_SA_INIT is
// not in the capture may have announced that.
TEST(Judge, AnIkeAuthThatIsNotTheFirstExchangeIsNobodysFault) {
  Conversation talk;
  Judge judge;
  Observed request = talk.opened(auth_request());
  request.message->header.message_id = 2;
  judge.add(request);
  EXPECT_THAT(broken(judge), IsEmpty());
}

// RFC 5723's IKE_SESSION_RESUME is one.
TEST(Judge, AnExchangeThatNobodyKnowsMayBeInClear) {
  Conversation talk;
  Judge judge;
  judge.add(talk.seen(
      message(static_cast<ExchangeType>(38), from_i, 1,
              {wire::make_payload(PayloadType::Nonce, wire::NoncePayload{Octets(32, 1)})})));
  EXPECT_THAT(broken(judge), IsEmpty());
}

TEST(Judge, ForgetsWhatHasBeenSilentForLongest) {
  Judge judge(Judge::Frames::may_be_missing, 4);
  Conversation talk;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    Observed request = talk.opened(auth_request(0x80));
    request.conversation = i;
    judge.add(request);
  }
  Observed answer = talk.opened(auth_answer(0));
  answer.conversation = 1;
  judge.add(answer);
  EXPECT_THAT(broken(judge), IsEmpty());
  answer.conversation = 100;
  judge.add(answer);
  EXPECT_THAT(broken(judge), ElementsAre("192.0.2.2 RKMP-4.1-02"));
}

TEST(Ledger, KeepsTheFirstBreachesAndCountsTheOthers) {
  Ledger ledger;
  Observed observed;
  const Said said{observed, "192.0.2.1", Role::initiator, true};
  for (std::size_t i = 0; i < Ledger::most_breaches + 5; ++i)
    ledger.judge(said, "IKE-3.1-04", transcript::Difference{"HDR.flags", 19, "0", "1"});
  EXPECT_EQ(ledger.breaches().size(), Ledger::most_breaches);
  EXPECT_EQ(ledger.broken(), Ledger::most_breaches + 5);
  EXPECT_EQ(ledger.sides().at("192.0.2.1").broken(), 1U);
}

}  // namespace
}  // namespace karpspec::observer
