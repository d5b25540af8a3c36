#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.12.
TEST(VendorIdPayload, HoldsItsOctets) {
  EXPECT_EQ(to_hex(body_of<VendorIdPayload>(PayloadType::V, "00 00 000c 0011223344556677").data),
            "0011223344556677");
  EXPECT_TRUE(body_of<VendorIdPayload>(PayloadType::V, "00 00 0004").data.empty());
}

TEST(VendorIdPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::V, "00 00 0006 0011"),
              ElementsAre("V.next_payload 0 1", "V.flags_octet 1 1", "V.length 2 2", "V.data 4 2"));
}

}  // namespace
}  // namespace karpspec::wire
