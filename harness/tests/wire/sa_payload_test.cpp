#include "samples.h"
#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One IKE proposal with one transform, DH group 14.
constexpr std::string_view one_transform =
    "00 00 0014  00 00 0010 01 01 00 01  00 00 0008 04 00 000e";

// RFC 5996 section 3.3.
TEST(SaPayload, HoldsProposalsAndTransforms) {
  const auto message = decode_message(hex(samples::ike_sa_init));
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  const auto* sa = message->payloads.front().as<SaPayload>();
  ASSERT_NE(sa, nullptr);
  ASSERT_EQ(sa->proposals.size(), 2U);
  const Proposal& cbc = sa->proposals[0];
  EXPECT_EQ(cbc.number, 1);
  EXPECT_EQ(cbc.protocol, 1);
  EXPECT_THAT(cbc.spi, IsEmpty());
  EXPECT_FALSE(cbc.is_tcp_ao());
  const Attribute bits_128{Attribute::key_length, std::uint16_t{128}};
  EXPECT_THAT(std::get<std::vector<Transform>>(cbc.transforms),
              ElementsAre(Transform{0, 1, 0, 12, {bits_128}}, Transform{0, 2, 0, 5, {}},
                          Transform{0, 3, 0, 12, {}}, Transform{0, 4, 0, 14, {}}));
  const auto& gcm = std::get<std::vector<Transform>>(sa->proposals[1].transforms);
  ASSERT_EQ(gcm.size(), 3U);
  EXPECT_EQ(gcm[0].key_length(), 256);
  EXPECT_EQ(gcm[1].key_length(), std::nullopt);
}

// Section 3.3.5: AF = 0 has a length, AF = 1 the value itself.
TEST(SaPayload, HoldsAttributesOfBothForms) {
  const auto payloads = decode_chain(samples::rekey_first, hex(samples::rekey));
  ASSERT_TRUE(payloads.has_value()) << to_string(payloads.error());
  const auto* sa = (*payloads)[1].as<SaPayload>();
  ASSERT_NE(sa, nullptr);
  ASSERT_EQ(sa->proposals.size(), 1U);
  EXPECT_EQ(to_hex(sa->proposals[0].spi), "f0f1f2f3");
  const auto& list = std::get<std::vector<Transform>>(sa->proposals[0].transforms);
  EXPECT_THAT(list.front().attributes,
              ElementsAre(Attribute{14, std::uint16_t{256}}, Attribute{0x4001, hex("deadbeef")}));
}

// A key length in the long form is not a key length (section 3.3.5: it is always TV).
TEST(SaPayload, KeyLengthIsOnlyTheShortForm) {
  const auto sa = body_of<SaPayload>(
      PayloadType::SA, "00 00 001a  00 00 0016 01 01 00 01  00 00 000e 01 00 000c 000e 0002 0080");
  const auto& list = std::get<std::vector<Transform>>(sa.proposals.at(0).transforms);
  EXPECT_EQ(list.at(0).key_length(), std::nullopt);
  EXPECT_THAT(list.at(0).attributes, ElementsAre(Attribute{14, hex("0080")}));
}

// RKMP section 4.1.1.1.
TEST(SaPayload, HoldsTcpAoTransforms) {
  const auto sa = body_of<SaPayload>(PayloadType::SA,
                                     "00 00 001c  00 00 0018 01 c9 00 02"
                                     "  03 00 0008 4d 01 01 80  00 00 0008 4e 02 02 00");
  ASSERT_EQ(sa.proposals.size(), 1U);
  ASSERT_TRUE(sa.proposals[0].is_tcp_ao());
  EXPECT_THAT(std::get<std::vector<TcpAoTransform>>(sa.proposals[0].transforms),
              ElementsAre(TcpAoTransform{0, 77, 1, 1, TcpAoTransform::flag_options},
                          TcpAoTransform{0, 78, 2, 2, 0}));
}

TEST(SaPayload, TcpAoProtocolNumberComesFromTheProfile) {
  CodePoints numbers;
  numbers.tcp_ao_protocol = 9;
  EXPECT_TRUE(body_of<SaPayload>(PayloadType::SA,
                                 "00 00 0014  00 00 0010 01 09 00 01  00 00 0008 4d 01 01 80",
                                 numbers)
                  .proposals.at(0)
                  .is_tcp_ao());
  // 201 is then a protocol like any other, whose transforms may have attributes.
  EXPECT_FALSE(body_of<SaPayload>(
                   PayloadType::SA,
                   "00 00 0018  00 00 0014 01 c9 00 01  00 00 000c 4d 01 0180 800e 0080", numbers)
                   .proposals.at(0)
                   .is_tcp_ao());
}

TEST(SaPayload, TcpAoTransformHasEightOctets) {
  EXPECT_EQ(refusal(PayloadType::SA,
                    "00 00 0018  00 00 0014 01 c9 00 01  00 00 000c 4d 01 01 80 800e 0080"),
            "bad length at 14");
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 0013  00 00 000f 01 c9 00 01  00 00 0007 4d 01 01"),
            "bad length at 14");
}

TEST(SaPayload, KeepsReservedBits) {
  const auto sa = body_of<SaPayload>(PayloadType::SA,
                                     "00 00 0014  00 a5 0010 01 01 00 01  00 5a 0008 04 ff 000e");
  EXPECT_EQ(sa.proposals.at(0).reserved, 0xa5);
  const auto& list = std::get<std::vector<Transform>>(sa.proposals[0].transforms);
  EXPECT_EQ(list.at(0).reserved1, 0x5a);
  EXPECT_EQ(list.at(0).reserved2, 0xff);
  const auto ao = body_of<SaPayload>(PayloadType::SA,
                                     "00 00 0014  00 00 0010 01 c9 00 01  00 77 0008 4d 01 01 ff");
  const auto& transforms = std::get<std::vector<TcpAoTransform>>(ao.proposals.at(0).transforms);
  EXPECT_EQ(transforms.at(0).reserved, 0x77);
  EXPECT_EQ(transforms.at(0).flags, 0xff);
}

TEST(SaPayload, MayHoldNothing) {
  EXPECT_THAT(body_of<SaPayload>(PayloadType::SA, "00 00 0004").proposals, IsEmpty());
  const auto sa = body_of<SaPayload>(PayloadType::SA, "00 00 000c  00 00 0008 01 01 00 00");
  EXPECT_THAT(std::get<std::vector<Transform>>(sa.proposals.at(0).transforms), IsEmpty());
}

TEST(SaPayload, LastOrMoreFollowsThePlace) {
  ASSERT_EQ(refusal(PayloadType::SA, one_transform), "accepted");
  // The only proposal marked as followed, or with a mark that does not exist.
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 0014  02 00 0010 01 01 00 01  00 00 0008 04 00 000e"),
            "bad value at 4");
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 0014  01 00 0010 01 01 00 01  00 00 0008 04 00 000e"),
            "bad value at 4");
  // The first of two proposals marked as the last.
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 0014  00 00 0008 01 01 00 00  00 00 0008 02 01 00 00"),
            "bad value at 4");
  // The only transform marked as followed, the first of two as the last.
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 0014  00 00 0010 01 01 00 01  03 00 0008 04 00 000e"),
            "bad value at 12");
  EXPECT_EQ(refusal(PayloadType::SA,
                    "00 00 001c  00 00 0018 01 01 00 02"
                    "  00 00 0008 04 00 000e  00 00 0008 04 00 000f"),
            "bad value at 12");
}

TEST(SaPayload, CountOfTransformsIsWhatItHolds) {
  for (const char* count : {"00", "02", "ff"}) {
    EXPECT_EQ(refusal(PayloadType::SA, "00 00 0014  00 00 0010 01 01 00 " + std::string(count) +
                                           "  00 00 0008 04 00 000e"),
              "bad length at 11")
        << count;
  }
  EXPECT_EQ(refusal(PayloadType::SA,
                    "00 00 001c  00 00 0018 01 01 00 01"
                    "  03 00 0008 04 00 000e  00 00 0008 04 00 000f"),
            "bad length at 11");
}

TEST(SaPayload, LengthsEncloseWhatTheySay) {
  // Proposal length: below its own head, beyond the payload, short of its SPI.
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 000c  00 00 0007 01 01 00 00"), "bad length at 6");
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 000c  00 00 0000 01 01 00 00"), "bad length at 6");
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 000c  00 00 0009 01 01 00 00"), "truncated at 8");
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 000e  00 00 000a 01 01 04 00 aabb"), "truncated at 12");
  // Transform length: below its own head, beyond the proposal.
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 0014  00 00 0010 01 01 00 01  00 00 0007 04 00 000e"),
            "bad length at 14");
  EXPECT_EQ(refusal(PayloadType::SA, "00 00 0014  00 00 0010 01 01 00 01  00 00 0009 04 00 000e"),
            "truncated at 16");
  // Attribute: half a head, and a length beyond the transform.
  EXPECT_EQ(
      refusal(PayloadType::SA, "00 00 0016  00 00 0012 01 01 00 01  00 00 000a 01 00 000c 800e"),
      "truncated at 22");
  EXPECT_EQ(refusal(PayloadType::SA,
                    "00 00 0019  00 00 0015 01 01 00 01  00 00 000d 01 00 000c 4001 0002 aa"),
            "truncated at 24");
}

TEST(SaPayload, LogsItsFields) {
  EXPECT_THAT(
      fields(PayloadType::SA,
             "00 00 0026  00 00 0022 01 03 04 01 f0f1f2f3"
             "  00 00 0016 01 00 000c 800e 0100 4001 0006 deadbeef0102"),
      ElementsAre(
          "SA.next_payload 0 1", "SA.flags_octet 1 1", "SA.length 2 2", "SA.proposals[1].last 4 1",
          "SA.proposals[1].reserved 5 1", "SA.proposals[1].length 6 2",
          "SA.proposals[1].number 8 1", "SA.proposals[1].protocol 9 1",
          "SA.proposals[1].spi_size 10 1", "SA.proposals[1].num_transforms 11 1",
          "SA.proposals[1].spi 12 4", "SA.proposals[1].transforms[1].last 16 1",
          "SA.proposals[1].transforms[1].reserved1 17 1",
          "SA.proposals[1].transforms[1].length 18 2", "SA.proposals[1].transforms[1].type 20 1",
          "SA.proposals[1].transforms[1].reserved2 21 1", "SA.proposals[1].transforms[1].id 22 2",
          "SA.proposals[1].transforms[1].attributes[1].type 24 2",
          "SA.proposals[1].transforms[1].attributes[1].value 26 2",
          "SA.proposals[1].transforms[1].attributes[2].type 28 2",
          "SA.proposals[1].transforms[1].attributes[2].length 30 2",
          "SA.proposals[1].transforms[1].attributes[2].value 32 6"));
}

TEST(SaPayload, LogsTheFieldsOfTcpAo) {
  const auto all = fields(PayloadType::SA,
                          "00 00 001c  00 00 0018 01 c9 00 02"
                          "  03 00 0008 4d 01 01 80  00 00 0008 4e 02 02 00");
  ASSERT_EQ(all.size(), 25U);
  EXPECT_THAT(
      std::vector<std::string>(all.begin() + 18, all.end()),
      ElementsAre(
          "SA.proposals[1].transforms[2].last 20 1", "SA.proposals[1].transforms[2].reserved 21 1",
          "SA.proposals[1].transforms[2].length 22 2", "SA.proposals[1].transforms[2].send_id 24 1",
          "SA.proposals[1].transforms[2].auth_alg 25 1", "SA.proposals[1].transforms[2].kdf 26 1",
          "SA.proposals[1].transforms[2].flags 27 1"));
}

}  // namespace
}  // namespace karpspec::wire
