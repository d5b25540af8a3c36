#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.16: the EAP message stays closed.
TEST(EapPayload, HoldsItsOctets) {
  EXPECT_EQ(to_hex(body_of<EapPayload>(PayloadType::EAP, "00 00 0009 01 07 0005 01").data),
            "0107000501");
  EXPECT_TRUE(body_of<EapPayload>(PayloadType::EAP, "00 00 0004").data.empty());
}

TEST(EapPayload, LogsItsFields) {
  EXPECT_THAT(
      fields(PayloadType::EAP, "00 00 0008 03 07 0004"),
      ElementsAre("EAP.next_payload 0 1", "EAP.flags_octet 1 1", "EAP.length 2 2", "EAP.data 4 4"));
}

}  // namespace
}  // namespace karpspec::wire
