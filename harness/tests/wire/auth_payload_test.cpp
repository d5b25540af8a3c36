#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.8.
TEST(AuthPayload, HoldsMethodAndData) {
  const auto auth = body_of<AuthPayload>(PayloadType::AUTH, "00 00 000c 02 000000 e0e1e2e3");
  EXPECT_EQ(auth.method, static_cast<std::uint8_t>(AuthMethod::PSK));
  EXPECT_EQ(to_hex(auth.data), "e0e1e2e3");
}

TEST(AuthPayload, KeepsReservedBits) {
  EXPECT_EQ(body_of<AuthPayload>(PayloadType::AUTH, "00 00 0008 0e 010203").reserved, 0x010203U);
}

TEST(AuthPayload, NeedsItsFourOctets) {
  EXPECT_EQ(refusal(PayloadType::AUTH, "00 00 0004"), "truncated at 4");
  EXPECT_EQ(refusal(PayloadType::AUTH, "00 00 0006 02 00"), "truncated at 5");
}

TEST(AuthPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::AUTH, "00 00 000a 02 000000 e0e1"),
              ElementsAre("AUTH.next_payload 0 1", "AUTH.flags_octet 1 1", "AUTH.length 2 2",
                          "AUTH.method 4 1", "AUTH.reserved 5 3", "AUTH.data 8 2"));
}

}  // namespace
}  // namespace karpspec::wire
