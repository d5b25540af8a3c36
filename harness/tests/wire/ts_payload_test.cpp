#include "samples.h"
#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// RFC 5996 section 3.13.1, RKMP section 4.2.
TEST(TsPayload, HoldsSelectorsOfEveryKind) {
  const auto payloads = decode_chain(samples::rkmp_auth_first, hex(samples::rkmp_auth));
  ASSERT_TRUE(payloads.has_value()) << to_string(payloads.error());
  const auto* ts = payloads->back().as<TsPayload>();
  ASSERT_NE(ts, nullptr);
  const AddressSelector v4{7, 6, 179, 179, hex("c0000201"), hex("c0000201")};
  const AddressSelector v6{8,
                           6,
                           0,
                           65535,
                           hex("20010db8000000000000000000000001"),
                           hex("20010db8000000000000000000000002")};
  EXPECT_THAT(ts->selectors, ElementsAre(TrafficSelector{RpSelector{241, 1}}, TrafficSelector{v4},
                                         TrafficSelector{v6}));
}

TEST(TsPayload, KeepsReservedBitsAndMayHoldNone) {
  const auto ts = body_of<TsPayload>(PayloadType::TSi, "00 00 0008 00 c0ffee");
  EXPECT_EQ(ts.reserved, 0xc0ffeeU);
  EXPECT_THAT(ts.selectors, IsEmpty());
}

TEST(TsPayload, KeepsUnknownSelectors) {
  const auto ts =
      body_of<TsPayload>(PayloadType::TSr, "00 00 0012 02 000000 63 05 0006 aabb 09 00 0004");
  EXPECT_THAT(ts.selectors, ElementsAre(TrafficSelector{UnknownSelector{99, 5, hex("aabb")}},
                                        TrafficSelector{UnknownSelector{9, 0, {}}}));
}

TEST(TsPayload, RpTypeNumberComesFromTheProfile) {
  CodePoints numbers;
  numbers.rp_ts_type = 99;
  const auto ts =
      body_of<TsPayload>(PayloadType::TSi, "00 00 0010 02 000000 63 04 0004 f1 01 0004", numbers);
  EXPECT_THAT(ts.selectors, ElementsAre(TrafficSelector{RpSelector{99, 4}},
                                        TrafficSelector{UnknownSelector{241, 1, {}}}));
}

TEST(TsPayload, RpSelectorHasFourOctets) {
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000e 01 000000 f1 01 0006 aabb"), "bad length at 10");
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000c 01 000000 f1 01 0003"), "bad length at 10");
}

TEST(TsPayload, AddressSelectorsHaveTheirSize) {
  // IPv4 with 15 and 17 octets, IPv6 with IPv4's length.
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 0017 01 000000 07 06 000f 0000 ffff c0000201 c00002"),
            "bad length at 10");
  EXPECT_EQ(
      refusal(PayloadType::TSi, "00 00 0019 01 000000 07 06 0011 0000 ffff c0000201 c000020100"),
      "bad length at 10");
  EXPECT_EQ(
      refusal(PayloadType::TSi, "00 00 0018 01 000000 08 06 0010 0000 ffff c0000201 c0000201"),
      "bad length at 10");
  EXPECT_EQ(
      refusal(PayloadType::TSi, "00 00 0018 01 000000 07 06 0028 0000 ffff c0000201 c0000201"),
      "bad length at 10");
}

TEST(TsPayload, UnknownSelectorsFitInside) {
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000c 01 000000 63 05 0003"), "bad length at 10");
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000c 01 000000 63 05 0000"), "bad length at 10");
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000e 01 000000 63 05 0007 aabb"), "truncated at 12");
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000b 01 000000 63 05 00"), "truncated at 10");
  // An IPv4 selector of the right length that the payload does not hold in full.
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 0010 01 000000 07 06 0010 0000 ffff"),
            "truncated at 12");
}

TEST(TsPayload, CountIsWhatItHolds) {
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000c 00 000000 f1 01 0004"), "bad length at 8");
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 0010 01 000000 f1 01 0004 f1 02 0004"),
            "bad length at 12");
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 000c 02 000000 f1 01 0004"), "bad length at 4");
  EXPECT_EQ(refusal(PayloadType::TSi, "00 00 0007 00 0000"), "truncated at 5");
}

TEST(TsPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::TSr,
                     "00 00 0022 03 000000 f1 01 0004 07 06 0010 00b3 00b4 c0000201 c0000202"
                     " 63 05 0006 aabb"),
              ElementsAre("TSr.next_payload 0 1", "TSr.flags_octet 1 1", "TSr.length 2 2",
                          "TSr.num_selectors 4 1", "TSr.reserved 5 3", "TSr.selectors[1].type 8 1",
                          "TSr.selectors[1].routing_protocol 9 1", "TSr.selectors[1].length 10 2",
                          "TSr.selectors[2].type 12 1", "TSr.selectors[2].ip_protocol 13 1",
                          "TSr.selectors[2].length 14 2", "TSr.selectors[2].start_port 16 2",
                          "TSr.selectors[2].end_port 18 2", "TSr.selectors[2].start_address 20 4",
                          "TSr.selectors[2].end_address 24 4", "TSr.selectors[3].type 28 1",
                          "TSr.selectors[3].second_octet 29 1", "TSr.selectors[3].length 30 2",
                          "TSr.selectors[3].body 32 2"));
}

}  // namespace
}  // namespace karpspec::wire
