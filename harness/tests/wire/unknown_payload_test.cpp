#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

constexpr auto type_200 = static_cast<PayloadType>(200);

// RFC 5996 section 2.5: what becomes of an unknown payload is not decided here.
TEST(UnknownPayload, IsKeptCriticalOrNot) {
  const Payload critical = one_payload(type_200, "00 80 0007 aabbcc");
  EXPECT_TRUE(critical.critical);
  ASSERT_NE(critical.as<UnknownPayload>(), nullptr);
  EXPECT_EQ(to_hex(critical.as<UnknownPayload>()->data), "aabbcc");
  EXPECT_FALSE(one_payload(type_200, "00 00 0004").critical);
}

// Every type without a payload of ours, the low and the high ones.
TEST(UnknownPayload, IsEveryTypeWithoutName) {
  for (unsigned type = 1; type < 256; ++type) {
    const auto number = static_cast<std::uint8_t>(type);
    if (payload_name(number) != std::to_string(type))
      continue;
    EXPECT_EQ(
        to_hex(body_of<UnknownPayload>(static_cast<PayloadType>(number), "00 00 0005 77").data),
        "77");
  }
}

TEST(UnknownPayload, LogsItsFields) {
  EXPECT_THAT(fields(type_200, "00 80 0006 aabb"),
              ElementsAre("P200.next_payload 0 1", "P200.flags_octet 1 1", "P200.length 2 2",
                          "P200.data 4 2"));
}

}  // namespace
}  // namespace karpspec::wire
