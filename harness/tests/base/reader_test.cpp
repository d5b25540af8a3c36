#include "base/reader.h"

#include <gmock/gmock.h>

namespace karpspec {
namespace {

const Octets fifteen = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                        0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};

TEST(Reader, ReadsBigEndian) {
  Reader in(fifteen);
  EXPECT_EQ(in.u8("a"), 0x01);
  EXPECT_EQ(in.u16("b"), 0x0203);
  EXPECT_EQ(in.u32("c"), 0x04050607U);
  EXPECT_EQ(in.offset(), 7U);
  EXPECT_EQ(in.u64("d"), 0x08090a0b0c0d0e0fU);
  EXPECT_TRUE(in.empty());
  EXPECT_TRUE(in.finish("all").has_value());
}

TEST(Reader, RefusesToReadPastItsEnd) {
  const Octets seven(7, 0xff);
  Reader in(seven, 100);
  const auto number = in.u64("SPI");
  ASSERT_FALSE(number.has_value());
  EXPECT_EQ(number.error().code, ErrorCode::truncated);
  EXPECT_EQ(number.error().offset, 100U);
  EXPECT_EQ(to_string(number.error()), "truncated at octet 100: SPI needs 8 octets, 7 are left");
  // What failed has read nothing.
  EXPECT_EQ(in.left(), 7U);
  EXPECT_EQ(in.u32("x"), 0xffffffffU);
  EXPECT_FALSE(in.u32("y").has_value());
  EXPECT_FALSE(in.octets(4, "z").has_value());
  EXPECT_FALSE(in.octets(static_cast<std::size_t>(-1), "huge").has_value());
  EXPECT_FALSE(in.sub(4, "w").has_value());
  EXPECT_EQ(in.left(), 3U);
}

TEST(Reader, GivesWhatIsLeft) {
  Reader in(fifteen);
  EXPECT_EQ(to_hex(*in.octets(13, "head")), "0102030405060708090a0b0c0d");
  EXPECT_EQ(to_hex(in.rest()), "0e0f");
  EXPECT_TRUE(in.rest().empty());
  EXPECT_TRUE(in.octets(0, "nothing").has_value());
  EXPECT_FALSE(in.u8("more").has_value());
}

// A child cannot reach its parent's octets, and counts offsets from the message's start.
TEST(Reader, ChildrenCarryTheirBound) {
  Reader in(fifteen, 28);
  ASSERT_TRUE(in.u16("head").has_value());
  auto child = in.sub(4, "payload");
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(in.offset(), 34U);
  EXPECT_EQ(child->offset(), 30U);
  EXPECT_EQ(child->u16("field"), 0x0304);
  const auto past = child->u32("past");
  ASSERT_FALSE(past.has_value());
  EXPECT_EQ(past.error().offset, 32U);
  const auto leftover = child->finish("payload");
  ASSERT_FALSE(leftover.has_value());
  EXPECT_EQ(leftover.error().code, ErrorCode::bad_length);
  EXPECT_EQ(leftover.error().offset, 32U);
  EXPECT_EQ(in.u8("after"), 0x07);
}

TEST(Reader, StopsAtTheEndAndSaysWhere) {
  const Octets octets(5);
  Reader in(octets, 100);
  ASSERT_TRUE(in.u32("first"));
  const auto none = in.u16("second");
  ASSERT_FALSE(none);
  EXPECT_EQ(to_string(none.error()), "truncated at octet 104: second needs 2 octets, 1 are left");
  EXPECT_EQ(in.left(), 1U);
  EXPECT_EQ(in.finish("message").error().code, ErrorCode::bad_length);
}

TEST(Reader, AChildSeesOnlyItsOwn) {
  const Octets octets = {1, 2, 3, 4};
  Reader in(octets);
  ASSERT_TRUE(in.u8("head"));
  auto child = in.sub(2, "child");
  ASSERT_TRUE(child);
  EXPECT_EQ(child->offset(), 1U);
  EXPECT_EQ(child->rest().size(), 2U);
  EXPECT_FALSE(child->u8("more"));
  EXPECT_EQ(in.u8("tail"), 4);
  EXPECT_FALSE(in.sub(1, "none"));
}

}  // namespace
}  // namespace karpspec
