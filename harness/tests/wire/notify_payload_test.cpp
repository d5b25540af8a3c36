#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.10.
TEST(NotifyPayload, HoldsTypeSpiAndData) {
  const auto notify = body_of<NotifyPayload>(PayloadType::N, "00 00 000e 03 04 4009 0a0b0c0d aabb");
  EXPECT_EQ(notify.protocol, 3);
  EXPECT_EQ(notify.type, static_cast<std::uint16_t>(NotifyType::REKEY_SA));
  EXPECT_EQ(to_hex(notify.spi), "0a0b0c0d");
  EXPECT_EQ(to_hex(notify.data), "aabb");
}

TEST(NotifyPayload, WithoutSpiIsAllData) {
  const auto notify = body_of<NotifyPayload>(PayloadType::N, "00 00 000a 00 00 0011 0013");
  EXPECT_EQ(notify.type, static_cast<std::uint16_t>(NotifyType::INVALID_KE_PAYLOAD));
  EXPECT_TRUE(notify.spi.empty());
  EXPECT_EQ(to_hex(notify.data), "0013");
}

TEST(NotifyPayload, SpiFitsInside) {
  EXPECT_EQ(refusal(PayloadType::N, "00 00 000b 03 04 4009 0a0b0c"), "truncated at 8");
  EXPECT_EQ(refusal(PayloadType::N, "00 00 000c 03 ff 4009 0a0b0c0d"), "truncated at 8");
  EXPECT_EQ(refusal(PayloadType::N, "00 00 0007 00 00 40"), "truncated at 6");
}

TEST(NotifyPayload, LogsItsFields) {
  EXPECT_THAT(
      fields(PayloadType::N, "00 00 000e 03 04 4009 0a0b0c0d aabb"),
      ElementsAre("N.next_payload 0 1", "N.flags_octet 1 1", "N.length 2 2", "N.protocol 4 1",
                  "N.spi_size 5 1", "N.type 6 2", "N.spi 8 4", "N.data 12 2"));
}

}  // namespace
}  // namespace karpspec::wire
