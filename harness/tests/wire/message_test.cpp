#include "wire/message.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/random.h"
#include "tests/wire/samples.h"

namespace karpspec::wire {
namespace {

using testing::SizeIs;

// One payload of every kind, with every reserved bit set.
Message everything() {
  Message message;
  message.header.spi_i = 0x0102030405060708;
  message.header.spi_r = 0x1112131415161718;
  message.header.version = 0x2f;
  message.header.exchange = 37;
  message.header.flags = 0xff;
  message.header.message_id = 0xdeadbeef;
  SaPayload sa;
  Transform encr{0xaa, 1, 0xbb, 12, {{14, std::uint16_t{256}}, {99, Octets{1, 2, 3}}}};
  sa.proposals.push_back({0x55, 1, 1, Octets(8, 7), std::vector<Transform>{encr, encr}});
  sa.proposals.push_back(
      {0x66, 2, 201, {}, std::vector<TcpAoTransform>{{0x77, 1, 2, 3, 0xff}, {0, 4, 5, 6, 0x80}}});
  sa.proposals.push_back({0, 3, 202, {1}, std::vector<Transform>{}});
  TsPayload ts;
  ts.reserved = 0xabcdef;
  ts.selectors = {AddressSelector{7, 6, 1, 2, Octets(4, 1), Octets(4, 2)},
                  AddressSelector{8, 0, 0, 65535, Octets(16, 1), Octets(16, 2)}, RpSelector{241, 1},
                  UnknownSelector{200, 9, {1, 2, 3}}};
  message.payloads = {
      make_payload(PayloadType::SA, sa),
      make_payload(PayloadType::KE, KePayload{31, 0xffff, Octets(32, 3)}),
      make_payload(PayloadType::IDi, IdPayload{2, 0xffffff, octets_of("a.example")}),
      make_payload(PayloadType::IDr, IdPayload{1, 1, {1, 2, 3, 4}}),
      make_payload(PayloadType::CERT, CertPayload{4, {1, 2}}),
      make_payload(PayloadType::CERTREQ, CertReqPayload{4, {}}),
      make_payload(PayloadType::AUTH, AuthPayload{2, 0x010203, Octets(32, 4)}),
      make_payload(PayloadType::Nonce, NoncePayload{Octets(16, 5)}),
      make_notify(NotifyType::COOKIE, Octets(4, 6), 3, Octets(4, 9)),
      make_payload(PayloadType::D, DeletePayload{201, 1, {{5}, {6}}}),
      make_payload(PayloadType::V, VendorIdPayload{{1}}),
      make_payload(PayloadType::TSi, ts),
      make_payload(PayloadType::TSr, TsPayload{}),
      make_payload(PayloadType::CP, ConfigPayload{1, 7, {{true, 8, {1, 2, 3, 4}}}}),
      make_payload(PayloadType::EAP, EapPayload{{1, 2, 3, 4}}),
      make_payload(static_cast<PayloadType>(200), UnknownPayload{{9, 9}}),
      make_payload(PayloadType::SKF, EncryptedFragmentPayload{35, 1, 2, {7, 7}})};
  for (Payload& payload : message.payloads) {
    payload.critical = true;
    payload.reserved = 0x7f;
  }
  return message;
}

TEST(Message, ReadsAHandWrittenIkeSaInit) {
  const Octets octets = hand_written_init();
  const auto message = decode_message(octets);
  ASSERT_TRUE(message) << to_string(message.error());
  EXPECT_EQ(message->header.exchange_type(), ExchangeType::IKE_SA_INIT);
  EXPECT_TRUE(message->header.from_initiator());
  EXPECT_FALSE(message->header.is_response());
  ASSERT_THAT(message->payloads, SizeIs(4));
  const auto& proposal = message->payloads[0].as<SaPayload>()->proposals.at(0);
  const auto& transforms = std::get<std::vector<Transform>>(proposal.transforms);
  ASSERT_THAT(transforms, SizeIs(4));
  EXPECT_EQ(transforms[0].key_length(), 128);
  EXPECT_EQ(transforms[3].id, 31);
  EXPECT_EQ(message->payloads[1].as<KePayload>()->data.size(), 32U);
  EXPECT_EQ(message->payloads[2].as<NoncePayload>()->data.size(), 16U);
  EXPECT_NE(find_notify(message->payloads, NotifyType::INITIAL_CONTACT), nullptr);
  EXPECT_EQ(encode_message(*message), octets);
}

TEST(Message, ReadsAHandWrittenRkmpChain) {
  const Octets octets = hand_written_rkmp_chain();
  const auto chain = decode_chain(PayloadType::SA, octets);
  ASSERT_TRUE(chain) << to_string(chain.error());
  ASSERT_THAT(*chain, SizeIs(3));
  const auto& proposal = (*chain)[0].as<SaPayload>()->proposals.at(0);
  ASSERT_TRUE(proposal.is_tcp_ao());
  const auto& transforms = std::get<std::vector<TcpAoTransform>>(proposal.transforms);
  ASSERT_THAT(transforms, SizeIs(2));
  EXPECT_EQ(transforms[1], (TcpAoTransform{0, 8, 2, 2, TcpAoTransform::flag_options}));
  EXPECT_EQ((*chain)[2].as<TsPayload>()->selectors.at(0), TrafficSelector(RpSelector{241, 1}));
  EXPECT_EQ(encode_chain(*chain), octets);
}

TEST(Message, ThePrivateNumbersCanBeOthers) {
  CodePoints others;
  others.tcp_ao_protocol = 210;
  others.rp_ts_type = 242;
  const auto chain = decode_chain(PayloadType::SA, hand_written_rkmp_chain(), others);
  ASSERT_TRUE(chain);
  EXPECT_FALSE((*chain)[0].as<SaPayload>()->proposals.at(0).is_tcp_ao());
  EXPECT_TRUE(
      std::holds_alternative<UnknownSelector>((*chain)[1].as<TsPayload>()->selectors.at(0)));
  EXPECT_EQ(encode_chain(*chain), hand_written_rkmp_chain());
}

TEST(Message, KeepsEveryFieldOfEveryPayload) {
  const Message message = everything();
  const auto again = decode_message(encode_message(message));
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(*again, message);
}

TEST(Message, RefusesEveryTruncation) {
  for (const Octets& whole : {hand_written_init(), encode_message(everything())}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Octets part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decode_message(part)) << size;
      if (size < Header::size)
        continue;
      // The same with a header that tells the truth about the size.
      for (std::size_t i = 0; i < 4; ++i)
        part[24 + i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
      // The whole chain may end where a payload of octets does; then its length field objects.
      EXPECT_FALSE(decode_message(part)) << size;
    }
  }
}

TEST(Message, WhatItAcceptsItWritesBackTheSame) {
  SeededRandom random(1);
  const std::vector<Octets> seeds = {hand_written_init(), encode_message(everything())};
  std::size_t accepted = 0;
  for (int i = 0; i < 40'000; ++i) {
    Octets octets = seeds[static_cast<std::size_t>(i) % seeds.size()];
    for (std::uint64_t n = 1 + random.u64() % 3; n > 0; --n) {
      octets[random.u64() % octets.size()] = static_cast<std::uint8_t>(random.u64());
    }
    const auto message = decode_message(octets);
    if (!message)
      continue;
    ++accepted;
    ASSERT_EQ(to_hex(encode_message(*message)), to_hex(octets));
  }
  EXPECT_GT(accepted, 1000U);
}

TEST(Message, TheFieldLogSaysWhereEachFieldStands) {
  const auto message = decode_message(hand_written_init());
  ASSERT_TRUE(message);
  std::vector<FieldAt> log;
  const Octets octets = encode_message(*message, &log);
  const auto at = [&log](std::string_view path) {
    for (const FieldAt& field : log) {
      if (field.path == path)
        return field.offset;
    }
    ADD_FAILURE() << path << " is not in the log";
    return std::size_t{0};
  };
  EXPECT_EQ(at("HDR.length"), 24U);
  EXPECT_EQ(octets[at("HDR.exchange")], 34);
  EXPECT_EQ(octets[at("SA.proposals[1].num_transforms")], 4);
  EXPECT_EQ(octets[at("SA.proposals[1].transforms[4].id") + 1], 31);
  EXPECT_EQ(octets[at("SA.proposals[1].transforms[1].attributes[1].value") + 1], 128);
  EXPECT_EQ(octets[at("Nonce.data")], 0xa0);
  for (const FieldAt& field : log)
    EXPECT_LE(field.offset + field.size, octets.size());
}

TEST(Message, SeveralOfAKindAreCountedInTheLog) {
  std::vector<FieldAt> log;
  (void)encode_chain({make_notify(NotifyType::COOKIE), make_notify(NotifyType::REKEY_SA)}, &log);
  std::vector<std::string> paths;
  for (const FieldAt& field : log)
    paths.push_back(field.path);
  EXPECT_THAT(paths, testing::Contains("N[1].type"));
  EXPECT_THAT(paths, testing::Contains("N[2].type"));
}

// One octet of the hand-written messages changed, and what is said of it.
struct Refusal {
  const char* what;
  std::size_t at;
  std::uint8_t value;
  ErrorCode code;
};

std::string refusal_name(const testing::TestParamInfo<Refusal>& tested) {
  std::string name = tested.param.what;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

class RefusedInit : public testing::TestWithParam<Refusal> {};
TEST_P(RefusedInit, WithCodeAndOffset) {
  Octets octets = hand_written_init();
  octets.at(GetParam().at) = GetParam().value;
  const auto message = decode_message(octets);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, GetParam().code) << to_string(message.error());
  EXPECT_TRUE(message.error().offset.has_value());
}
INSTANTIATE_TEST_SUITE_P(
    Changes, RefusedInit,
    testing::Values(Refusal{"major version 3", 17, 0x30, ErrorCode::bad_value},
                    Refusal{"length in the header", 27, 0x91, ErrorCode::bad_length},
                    Refusal{"payload shorter than its head", 31, 3, ErrorCode::bad_length},
                    Refusal{"payload longer than the message", 30, 0xff, ErrorCode::truncated},
                    Refusal{"more proposals than there are", 32, 2, ErrorCode::bad_value},
                    Refusal{"proposal shorter than its head", 35, 7, ErrorCode::bad_length},
                    Refusal{"fewer transforms counted", 39, 3, ErrorCode::bad_length},
                    Refusal{"more transforms counted", 39, 5, ErrorCode::bad_length},
                    Refusal{"last transform too early", 40, 0, ErrorCode::bad_value},
                    Refusal{"transform shorter than its head", 43, 7, ErrorCode::bad_length},
                    Refusal{"attribute longer than its transform", 48, 0, ErrorCode::truncated}),
    refusal_name);

class RefusedChain : public testing::TestWithParam<Refusal> {};
TEST_P(RefusedChain, WithCodeAndOffset) {
  Octets octets = hand_written_rkmp_chain();
  octets.at(GetParam().at) = GetParam().value;
  const auto chain = decode_chain(PayloadType::SA, octets);
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().code, GetParam().code) << to_string(chain.error());
}
INSTANTIATE_TEST_SUITE_P(
    Changes, RefusedChain,
    testing::Values(Refusal{"TCP_AO transform of 9 octets", 15, 9, ErrorCode::bad_length},
                    Refusal{"TCP_AO transform of 7 octets", 15, 7, ErrorCode::bad_length},
                    Refusal{"RP selector of 5 octets", 39, 5, ErrorCode::bad_length},
                    Refusal{"RP selector of 3 octets", 39, 3, ErrorCode::bad_length},
                    Refusal{"two selectors counted", 32, 2, ErrorCode::bad_length},
                    Refusal{"no selector counted", 32, 0, ErrorCode::bad_length}),
    refusal_name);

TEST(Message, ADeleteCountsItsSpis) {
  EXPECT_TRUE(decode_chain(PayloadType::D, *from_hex("00000009 c9 01 0001 05")));
  EXPECT_FALSE(decode_chain(PayloadType::D, *from_hex("00000009 c9 01 0002 05")));
  EXPECT_FALSE(decode_chain(PayloadType::D, *from_hex("00000009 c9 00 0001 05")));
  EXPECT_FALSE(decode_chain(PayloadType::D, *from_hex("00000008 01 00 0001")));
}

TEST(Message, SkEndsTheChain) {
  // SK whose next payload field is IDi, followed by what would be another payload.
  EXPECT_TRUE(decode_chain(PayloadType::SK, *from_hex("23000006 0102")));
  EXPECT_FALSE(decode_chain(PayloadType::SK, *from_hex("23000006 0102 00000004")));
}

TEST(Names, GoBothWays) {
  EXPECT_EQ(payload_name(44), "TSi");
  EXPECT_EQ(payload_name(200), "200");
  EXPECT_EQ(payload_from_name("TSi"), 44);
  EXPECT_EQ(notify_name(14), "NO_PROPOSAL_CHOSEN");
  EXPECT_EQ(notify_from_name("NO_PROPOSAL_CHOSEN"), 14);
  EXPECT_EQ(notify_from_name("0x4000"), 16384);
  EXPECT_EQ(exchange_from_name("IKE_AUTH"), 35);
  EXPECT_EQ(exchange_from_name("IKE_AUTHX"), std::nullopt);
  EXPECT_EQ(payload_from_name("256"), std::nullopt);
  EXPECT_EQ(payload_from_name(""), std::nullopt);
}

}  // namespace
}  // namespace karpspec::wire
