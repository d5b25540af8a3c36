#include "base/writer.h"

#include <gmock/gmock.h>

namespace karpspec {
namespace {

using testing::ElementsAre;

std::vector<std::string> lines(const std::vector<FieldAt>& log) {
  std::vector<std::string> all;
  for (const FieldAt& field : log) {
    all.push_back(field.path + " " + std::to_string(field.offset) + " " +
                  std::to_string(field.size));
  }
  return all;
}

TEST(Writer, WritesBigEndian) {
  Writer out;
  out.u8(0x01, "a");
  out.u16(0x0203, "b");
  out.u32(0x04050607, "c");
  out.u64(0x08090a0b0c0d0e0f, "d");
  out.octets(Octets{0xaa, 0xbb}, "e");
  EXPECT_EQ(out.size(), 17U);
  out.patch_u8(0, 0x99);
  EXPECT_EQ(to_hex(out.take()),
            "990203040506"
            "0708090a0b0c0d0e0f"
            "aabb");
}

TEST(Writer, LengthsWriteThemselves) {
  Writer out;
  out.u8(0xff, "before");
  {
    const auto outer = out.length32(0, "outer");
    const std::size_t from = out.size();
    {
      const auto inner = out.length16(from, "inner");
      out.octets(Octets(300, 0), "data");
    }
    out.u8(0xee, "after");
  }
  const Octets octets = out.take();
  // outer: 1 + 4 + 2 + 300 + 1 from the start; inner: 2 + 300 from itself.
  EXPECT_EQ(to_hex(OctetView(octets).first(7)),
            "ff"
            "00000134"
            "012e");
  EXPECT_EQ(octets.size(), 308U);
}

TEST(Writer, ALengthMayCountWhatStandsBeforeIt) {
  Writer out;
  {
    const std::size_t from = out.size();
    out.u8(7, "type");
    const auto length = out.length16(from, "length");
    out.octets(Octets(3, 9), "data");
  }
  EXPECT_EQ(out.take(), *from_hex("07 0006 090909"));
}

TEST(Writer, LogsWhereFieldsStand) {
  std::vector<FieldAt> log;
  Writer out(&log);
  out.u8(1, "first");
  {
    const auto sa = out.scope("SA");
    const auto length = out.length16(out.size(), "length");
    for (std::size_t i = 1; i <= 2; ++i) {
      const auto proposal = out.scope("proposals", i);
      out.u8(0, "last");
      out.octets({}, "spi");
    }
    out.u16(0, "end");
  }
  out.u32(0, "last");
  EXPECT_THAT(lines(log), ElementsAre("first 0 1", "SA.length 1 2", "SA.proposals[1].last 3 1",
                                      "SA.proposals[1].spi 4 0", "SA.proposals[2].last 4 1",
                                      "SA.proposals[2].spi 5 0", "SA.end 5 2", "last 7 4"));
}

TEST(Writer, WritesTheSameWithoutLog) {
  std::vector<FieldAt> log;
  const auto write = [](Writer out) {
    const auto scope = out.scope("N", 2);
    {
      const auto length = out.length16(0, "length");
      out.u32(7, "data");
    }
    return out.take();
  };
  EXPECT_EQ(write(Writer()), write(Writer(&log)));
  EXPECT_THAT(lines(log), ElementsAre("N[2].length 0 2", "N[2].data 2 4"));
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

}  // namespace
}  // namespace karpspec
