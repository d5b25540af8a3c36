#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// suites/profile.md, P-204 to P-209.
TEST(GroupPayload, NamesProtocolInstanceAndArea) {
  const auto group =
      body_of<GroupPayload>(PayloadType::GROUP, "00 00 000c 03 07 0001 0a0b0c0d", with_mrkmp());
  EXPECT_EQ(group, (GroupPayload{3, 7, 1, 0x0a0b0c0d}));
}

TEST(GroupPayload, HasEightOctets) {
  EXPECT_EQ(refusal(PayloadType::GROUP, "00 00 000b 03 07 0001 0a0b0c", with_mrkmp()),
            "truncated at 8");
  EXPECT_EQ(refusal(PayloadType::GROUP, "00 00 000d 03 07 0001 0a0b0c0d 00", with_mrkmp()),
            "bad length at 12");
}

constexpr std::string_view pmk =
    "  02 00 0020 00000007 0002 0004 fffffff6 00000005 00000e10 7fffffff e0e1e2e3";

TEST(KeyDownloadPayload, HoldsKeysWithFourLifetimes) {
  const auto download = body_of<KeyDownloadPayload>(
      PayloadType::KD, "00 00 002c 0000000069520000" + std::string(pmk), with_mrkmp());
  EXPECT_EQ(download.clock, 0x69520000U);
  ASSERT_THAT(download.items, SizeIs(1));
  const KeyItem& key = download.items[0];
  EXPECT_EQ(key.kind, 2);
  EXPECT_EQ(key.key_id, 7U);
  EXPECT_EQ(key.algorithm, 2);
  EXPECT_EQ(key.lifetimes, (KeyLifetimes{-10, 5, 3600, KeyLifetimes::no_limit}));
  EXPECT_EQ(key.key, hex("e0e1e2e3"));
}

TEST(KeyDownloadPayload, KeepsItemsOfKindsThatNobodyKnows) {
  const auto download = body_of<KeyDownloadPayload>(
      PayloadType::KD, "00 00 001c 0000000000000000 63 01 0008 0badf00d 03 00 0008 c0000201",
      with_mrkmp());
  ASSERT_THAT(download.items, SizeIs(2));
  EXPECT_EQ(download.items[0].value, hex("0badf00d"));
  EXPECT_EQ(download.items[1].value, hex("c0000201"));
  EXPECT_TRUE(
      body_of<KeyDownloadPayload>(PayloadType::KD, "00 00 000c 0000000000000000", with_mrkmp())
          .items.empty());
}

TEST(KeyDownloadPayload, ItemsFillThePayloadAndKeysTheirItem) {
  const auto refused = [](const std::string& items, std::size_t size) {
    char length[5];
    std::snprintf(length, sizeof length, "%04zx", size);
    return refusal(PayloadType::KD, "00 00 " + std::string(length) + " 0000000000000000 " + items,
                   with_mrkmp());
  };
  EXPECT_EQ(refused("63 00 0003 00", 17), "bad length at 14");
  EXPECT_EQ(refused("63 00 0009 0badf00d", 20), "truncated at 16");
  EXPECT_EQ(refused("63 00", 14), "truncated at 14");
  // The key is longer, or shorter, than its item.
  EXPECT_EQ(refused("02 00 001d 00000007 0002 0002 00000000 00000000 00000000 00000000 e0", 41),
            "truncated at 40");
  EXPECT_EQ(refused("02 00 001e 00000007 0002 0001 00000000 00000000 00000000 00000000 e0e1", 42),
            "bad length at 41");
  EXPECT_EQ(refused("01 00 0008 00000007", 20), "truncated at 20");
}

TEST(KeyDownloadPayload, LogsItsFields) {
  EXPECT_THAT(
      fields(PayloadType::KD, "00 00 002c 0000000069520000" + std::string(pmk), with_mrkmp()),
      ElementsAre("KD.next_payload 0 1", "KD.flags_octet 1 1", "KD.length 2 2", "KD.clock 4 8",
                  "KD.items[1].type 12 1", "KD.items[1].reserved 13 1", "KD.items[1].length 14 2",
                  "KD.items[1].key_id 16 4", "KD.items[1].algorithm 20 2",
                  "KD.items[1].key_length 22 2", "KD.items[1].receive_start 24 4",
                  "KD.items[1].send_start 28 4", "KD.items[1].send_end 32 4",
                  "KD.items[1].receive_end 36 4", "KD.items[1].key 40 4"));
}

TEST(SequencePayload, Has64Bits) {
  EXPECT_EQ(body_of<SequencePayload>(PayloadType::SEQ, "00 00 000c 8000000000000001", with_mrkmp())
                .number,
            0x8000000000000001U);
  EXPECT_EQ(refusal(PayloadType::SEQ, "00 00 0008 80000000", with_mrkmp()), "truncated at 4");
}

TEST(AdvertPayload, HasTypePriorityAndInterval) {
  EXPECT_EQ(
      body_of<AdvertPayload>(PayloadType::ADV, "00 00 000c 01 02 8000 03e8 0001", with_mrkmp()),
      (AdvertPayload{1, 2, 32768, 1000, 1}));
  EXPECT_EQ(refusal(PayloadType::ADV, "00 00 000d 01 02 8000 03e8 0000 00", with_mrkmp()),
            "bad length at 12");
}

TEST(GroupActionPayload, HasTypeAndTime) {
  EXPECT_EQ(body_of<GroupActionPayload>(PayloadType::GKM, "00 00 0008 02 00 003c", with_mrkmp()),
            (GroupActionPayload{2, 0, 60}));
  EXPECT_EQ(refusal(PayloadType::GKM, "00 00 0007 02 00 3c", with_mrkmp()), "truncated at 6");
}

TEST(IncarnationPayload, Has64Bits) {
  EXPECT_EQ(
      body_of<IncarnationPayload>(PayloadType::INC, "00 00 000c 0102030405060708", with_mrkmp())
          .number,
      0x0102030405060708U);
}

// Whoever speaks IKEv2 or RKMP does not know them: they are passed over whatever they hold, or
// refused where they are critical (RFC 5996 section 2.5).
TEST(MrkmpPayloads, AreUnknownToIkev2) {
  for (std::uint8_t type = 128; type <= 134; ++type)
    EXPECT_EQ(body_of<UnknownPayload>(static_cast<PayloadType>(type), "00 00 0005 aa").data,
              hex("aa"));
  const auto advert = [](const char* exchange) {
    return decode_message(hex("0000000000000000 0000000000000000 83 20 " + std::string(exchange) +
                              " 08 00000000 00000021 00 00 0005 01"));
  };
  EXPECT_TRUE(advert("22").has_value());
  EXPECT_EQ(refusal(advert("f6")), "truncated at 33");
}

}  // namespace
}  // namespace karpspec::wire
