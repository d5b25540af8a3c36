#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// RFC 5996 section 3.15.
TEST(ConfigPayload, HoldsAttributes) {
  const auto cp =
      body_of<ConfigPayload>(PayloadType::CP, "00 00 0014 01 000000 0001 0004 c0000205 0003 0000");
  EXPECT_EQ(cp.cfg_type, 1);
  EXPECT_THAT(cp.attributes, ElementsAre(ConfigAttribute{false, 1, hex("c0000205")},
                                         ConfigAttribute{false, 3, {}}));
}

TEST(ConfigPayload, KeepsReservedBits) {
  const auto cp = body_of<ConfigPayload>(PayloadType::CP, "00 00 000c 02 ffffff ffff 0000");
  EXPECT_EQ(cp.reserved, 0xffffffU);
  EXPECT_THAT(cp.attributes, ElementsAre(ConfigAttribute{true, 0x7fff, {}}));
}

TEST(ConfigPayload, MayHoldNone) {
  EXPECT_THAT(body_of<ConfigPayload>(PayloadType::CP, "00 00 0008 01 000000").attributes,
              IsEmpty());
}

TEST(ConfigPayload, AttributesFitInside) {
  EXPECT_EQ(refusal(PayloadType::CP, "00 00 0007 01 0000"), "truncated at 5");
  EXPECT_EQ(refusal(PayloadType::CP, "00 00 0009 01 000000 00"), "truncated at 8");
  EXPECT_EQ(refusal(PayloadType::CP, "00 00 000a 01 000000 0001"), "truncated at 10");
  EXPECT_EQ(refusal(PayloadType::CP, "00 00 000f 01 000000 0001 0004 c00002"), "truncated at 12");
}

TEST(ConfigPayload, LogsItsFields) {
  EXPECT_THAT(
      fields(PayloadType::CP, "00 00 0014 01 000000 0001 0004 c0000205 0003 0000"),
      ElementsAre("CP.next_payload 0 1", "CP.flags_octet 1 1", "CP.length 2 2", "CP.cfg_type 4 1",
                  "CP.reserved 5 3", "CP.attributes[1].type 8 2", "CP.attributes[1].length 10 2",
                  "CP.attributes[1].value 12 4", "CP.attributes[2].type 16 2",
                  "CP.attributes[2].length 18 2", "CP.attributes[2].value 20 0"));
}

}  // namespace
}  // namespace karpspec::wire
