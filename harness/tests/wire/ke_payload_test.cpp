#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.4.
TEST(KePayload, HoldsGroupAndData) {
  const auto ke = body_of<KePayload>(PayloadType::KE, "00 00 000c 000e 0000 a1a2a3a4");
  EXPECT_EQ(ke.group, 14);
  EXPECT_EQ(ke.reserved, 0);
  EXPECT_EQ(to_hex(ke.data), "a1a2a3a4");
}

TEST(KePayload, KeepsReservedBits) {
  const auto ke = body_of<KePayload>(PayloadType::KE, "00 7f 0008 0013 ffff");
  EXPECT_EQ(ke.reserved, 0xffff);
  EXPECT_TRUE(ke.data.empty());
}

TEST(KePayload, NeedsItsFourOctets) {
  EXPECT_EQ(refusal(PayloadType::KE, "00 00 0004"), "truncated at 4");
  EXPECT_EQ(refusal(PayloadType::KE, "00 00 0005 00"), "truncated at 4");
  EXPECT_EQ(refusal(PayloadType::KE, "00 00 0007 000e 00"), "truncated at 6");
}

TEST(KePayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::KE, "00 00 000c 000e 0000 a1a2a3a4"),
              ElementsAre("KE.next_payload 0 1", "KE.flags_octet 1 1", "KE.length 2 2",
                          "KE.group 4 2", "KE.reserved 6 2", "KE.data 8 4"));
}

}  // namespace
}  // namespace karpspec::wire
