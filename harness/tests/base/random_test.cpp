#include "base/random.h"

#include <gmock/gmock.h>

#include <set>

namespace karpspec {
namespace {

std::string first_octets(SeededRandom random, std::size_t size) {
  return to_hex(random.octets(size));
}

// xoshiro256** over SplitMix64, words little-endian; computed apart from this code.
TEST(SeededRandom, IsTheSameEverywhere) {
  EXPECT_EQ(first_octets(SeededRandom(0), 24),
            "b4f275cb365fec99"
            "2a455649781f6ebf"
            "e0e633499d845f1a");
  EXPECT_EQ(first_octets(SeededRandom(7), 20), "5a76f94ef7fa58b3d22c484f963d5c4796792c95");
}

// A named stream is that of the seed mixed with the name's FNV-1a.
TEST(SeededRandom, HasAStreamForEachName) {
  EXPECT_EQ(first_octets(SeededRandom(7, "router-1"), 8), "79f3f7458a148404");
  std::set<std::string> streams;
  for (const char* name : {"", "router-1", "router-2", "1-router"})
    streams.insert(first_octets(SeededRandom(7, name), 16));
  streams.insert(first_octets(SeededRandom(8, "router-1"), 16));
  EXPECT_EQ(streams.size(), 5U);
}

TEST(SeededRandom, RepeatsItself) {
  SeededRandom a(2011);
  SeededRandom b(2011);
  for (std::size_t size = 0; size < 50; ++size)
    ASSERT_EQ(a.octets(size), b.octets(size)) << size;
  EXPECT_EQ(a.u64(), b.u64());
}

TEST(SeededRandom, FillsAllItIsGiven) {
  SeededRandom random(1);
  for (std::size_t size : {0U, 1U, 7U, 8U, 9U, 1000U})
    EXPECT_EQ(random.octets(size).size(), size);
  // Each octet of 1000 takes more than one value within 20 draws.
  const Octets first = random.octets(1000);
  std::vector<bool> moved(1000, false);
  for (int draw = 0; draw < 20; ++draw) {
    const Octets next = random.octets(1000);
    for (std::size_t i = 0; i < next.size(); ++i)
      moved[i] = moved[i] || next[i] != first[i];
  }
  EXPECT_THAT(moved, testing::Each(true));
}

TEST(SeededRandom, RepeatsWithItsSeedAndName) {
  SeededRandom a(1, "x");
  SeededRandom b(1, "x");
  SeededRandom c(1, "y");
  SeededRandom d(2, "x");
  const Octets first = a.octets(33);
  EXPECT_EQ(first, b.octets(33));
  EXPECT_NE(first, c.octets(33));
  EXPECT_NE(first, d.octets(33));
}

TEST(Random, NumbersAreBigEndianOctets) {
  struct Counting final : Random {
    std::uint8_t next = 1;
    void fill(std::span<std::uint8_t> out) override {
      for (std::uint8_t& octet : out)
        octet = next++;
    }
  };
  Counting counting;
  EXPECT_EQ(counting.u64(), 0x0102030405060708U);
  EXPECT_EQ(to_hex(counting.octets(3)), "090a0b");
}

}  // namespace
}  // namespace karpspec
