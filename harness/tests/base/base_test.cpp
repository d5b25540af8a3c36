#include <gtest/gtest.h>

#include "base/octets.h"
#include "base/random.h"
#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"

namespace karpspec {
namespace {

TEST(Octets, HexGoesBothWays) {
  EXPECT_EQ(to_hex(Octets{0, 0x0f, 0xff}), "000fff");
  EXPECT_EQ(*from_hex("0x00 0F:ff"), (Octets{0, 0x0f, 0xff}));
  EXPECT_EQ(from_hex("0g").error().offset, 1U);
  EXPECT_EQ(from_hex("abc").error().code, ErrorCode::bad_value);
}

TEST(Reader, ReadsBigEndian) {
  const Octets octets = *from_hex("01 0203 04050607 08090a0b0c0d0e0f");
  Reader in(octets);
  EXPECT_EQ(in.u8("a"), 0x01);
  EXPECT_EQ(in.u16("b"), 0x0203);
  EXPECT_EQ(in.u32("c"), 0x04050607U);
  EXPECT_EQ(in.u64("d"), 0x08090a0b0c0d0e0fU);
  EXPECT_TRUE(in.finish("message"));
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

TEST(Writer, LengthsWriteThemselves) {
  Writer out;
  {
    const std::size_t from = out.size();
    out.u8(7, "type");
    const auto length = out.length16(from, "length");
    out.octets(Octets(3, 9), "data");
  }
  EXPECT_EQ(out.take(), *from_hex("07 0006 090909"));
}

TEST(Writer, LogsPaths) {
  std::vector<FieldAt> log;
  Writer out(&log);
  {
    const auto outer = out.scope("SA");
    const auto inner = out.scope("proposals", 2);
    out.u16(1, "length");
  }
  out.u8(1, "tail");
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].path, "SA.proposals[2].length");
  EXPECT_EQ(log[0].size, 2U);
  EXPECT_EQ(log[1].path, "tail");
  EXPECT_EQ(log[1].offset, 2U);
}

TEST(Secret, HasOneOwner) {
  Secret secret(Octets{1, 2, 3});
  const std::span<std::uint8_t> old = secret.writable();
  Secret other(std::move(secret));
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): what a move leaves is the point
  EXPECT_EQ(other.view().data(), old.data());
  const Secret copy = other.clone();
  EXPECT_NE(copy.view().data(), other.view().data());
  EXPECT_TRUE(equal_in_constant_time(copy.view(), other.view()));
  EXPECT_FALSE(equal_in_constant_time(copy.view(), Octets{1, 2, 4}));
  EXPECT_FALSE(equal_in_constant_time(copy.view(), Octets{1, 2}));
}

TEST(Random, RepeatsWithItsSeedAndName) {
  SeededRandom a(1, "x");
  SeededRandom b(1, "x");
  SeededRandom c(1, "y");
  SeededRandom d(2, "x");
  const Octets first = a.octets(33);
  EXPECT_EQ(first, b.octets(33));
  EXPECT_NE(first, c.octets(33));
  EXPECT_NE(first, d.octets(33));
}

}  // namespace
}  // namespace karpspec
