#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.11.
TEST(DeletePayload, HoldsSpisOfOneSize) {
  const auto d = body_of<DeletePayload>(PayloadType::D, "00 00 0010 03 04 0002 01020304 05060708");
  EXPECT_EQ(d.protocol, 3);
  EXPECT_EQ(d.spi_size, 4);
  EXPECT_THAT(d.spis, ElementsAre(hex("01020304"), hex("05060708")));
}

TEST(DeletePayload, OfTheIkeSaNamesNone) {
  const auto d = body_of<DeletePayload>(PayloadType::D, "00 00 0008 01 00 0000");
  EXPECT_EQ(d.protocol, 1);
  EXPECT_EQ(d.spi_size, 0);
  EXPECT_TRUE(d.spis.empty());
}

TEST(DeletePayload, KeepsASizeWithoutSpis) {
  EXPECT_EQ(body_of<DeletePayload>(PayloadType::D, "00 00 0008 03 04 0000").spi_size, 4);
}

TEST(DeletePayload, CountTimesSizeIsTheRest) {
  EXPECT_EQ(refusal(PayloadType::D, "00 00 0010 03 04 0001 01020304 05060708"), "bad length at 8");
  EXPECT_EQ(refusal(PayloadType::D, "00 00 0010 03 04 0003 01020304 05060708"), "bad length at 8");
  EXPECT_EQ(refusal(PayloadType::D, "00 00 000f 03 04 0002 01020304 050607"), "bad length at 8");
  EXPECT_EQ(refusal(PayloadType::D, "00 00 0009 01 00 0000 aa"), "bad length at 8");
  EXPECT_EQ(refusal(PayloadType::D, "00 00 0007 01 00 00"), "truncated at 6");
}

// They would take memory out of proportion to what was sent.
TEST(DeletePayload, SpisHaveOctets) {
  EXPECT_EQ(refusal(PayloadType::D, "00 00 0008 01 00 ffff"), "bad value at 6");
  EXPECT_EQ(refusal(PayloadType::D, "00 00 0008 01 00 0001"), "bad value at 6");
}

TEST(DeletePayload, LogsItsFields) {
  EXPECT_THAT(
      fields(PayloadType::D, "00 00 0010 03 04 0002 01020304 05060708"),
      ElementsAre("D.next_payload 0 1", "D.flags_octet 1 1", "D.length 2 2", "D.protocol 4 1",
                  "D.spi_size 5 1", "D.num_spis 6 2", "D.spis[1] 8 4", "D.spis[2] 12 4"));
}

}  // namespace
}  // namespace karpspec::wire
