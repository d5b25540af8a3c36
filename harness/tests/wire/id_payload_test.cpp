#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.5.
TEST(IdPayload, HoldsTypeAndData) {
  const auto id = body_of<IdPayload>(PayloadType::IDi, "00 00 0012 02 000000 72312e6578616d706c65");
  EXPECT_EQ(id.id_type, static_cast<std::uint8_t>(IdType::ID_FQDN));
  EXPECT_EQ(id.data, octets_of("r1.example"));
}

TEST(IdPayload, IsTheSameForTheResponder) {
  const auto id = body_of<IdPayload>(PayloadType::IDr, "00 00 000c 01 000000 c0000201");
  EXPECT_EQ(id.id_type, static_cast<std::uint8_t>(IdType::ID_IPV4_ADDR));
  EXPECT_EQ(to_hex(id.data), "c0000201");
}

TEST(IdPayload, KeepsReservedBits) {
  EXPECT_EQ(body_of<IdPayload>(PayloadType::IDi, "00 00 0008 0b 80ff01").reserved, 0x80ff01U);
}

TEST(IdPayload, NeedsItsFourOctets) {
  EXPECT_EQ(refusal(PayloadType::IDi, "00 00 0004"), "truncated at 4");
  EXPECT_EQ(refusal(PayloadType::IDr, "00 00 0007 02 0000"), "truncated at 5");
}

TEST(IdPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::IDr, "00 00 000a 02 000000 7231"),
              ElementsAre("IDr.next_payload 0 1", "IDr.flags_octet 1 1", "IDr.length 2 2",
                          "IDr.id_type 4 1", "IDr.reserved 5 3", "IDr.data 8 2"));
}

}  // namespace
}  // namespace karpspec::wire
