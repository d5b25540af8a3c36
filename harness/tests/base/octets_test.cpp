#include "base/octets.h"

#include <gmock/gmock.h>

namespace karpspec {
namespace {

TEST(Octets, AreWrittenAsHexadecimal) {
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(to_hex(Octets{0x00, 0x0f, 0xa5, 0xff}), "000fa5ff");
}

TEST(Octets, AreReadFromHexadecimal) {
  EXPECT_EQ(from_hex(""), Octets{});
  EXPECT_EQ(from_hex("000fA5Ff"), (Octets{0x00, 0x0f, 0xa5, 0xff}));
  EXPECT_EQ(from_hex("0x01 02:03\n\t04"), (Octets{1, 2, 3, 4}));
}

TEST(Octets, RefusesWhatIsNotHexadecimal) {
  const auto offset_of_error = [](std::string_view text) {
    const auto octets = from_hex(text);
    EXPECT_FALSE(octets.has_value()) << text;
    return octets ? std::string::npos : octets.error().offset.value_or(std::string::npos);
  };
  EXPECT_EQ(offset_of_error("0g"), 1U);
  EXPECT_EQ(offset_of_error("01 0"), 4U);
  EXPECT_EQ(offset_of_error("0 1"), 1U);
  EXPECT_EQ(offset_of_error("01,02"), 2U);
}

TEST(Octets, OfANumberStandHighestFirst) {
  EXPECT_EQ(octets_of(std::uint64_t{0x0102030405060708}), (Octets{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(octets_of(std::uint32_t{0xfffe0304}), (Octets{0xff, 0xfe, 3, 4}));
  EXPECT_EQ(octets_of(std::uint16_t{0x8001}), (Octets{0x80, 1}));
  EXPECT_EQ(octets_of(std::uint8_t{0xff}), (Octets{0xff}));
  EXPECT_EQ(unsigned_from(big_endian(std::uint64_t{0x8899aabbccddeeff})), 0x8899aabbccddeeff);
}

TEST(Octets, AreJoined) {
  EXPECT_EQ(octets_of("Ni"), (Octets{'N', 'i'}));
  EXPECT_EQ(concat({Octets{1, 2}, Octets{}, Octets{3}}), (Octets{1, 2, 3}));
  Octets all = {1};
  append(all, Octets{2, 3});
  EXPECT_EQ(all, (Octets{1, 2, 3}));
}

TEST(Octets, HexGoesBothWays) {
  EXPECT_EQ(to_hex(Octets{0, 0x0f, 0xff}), "000fff");
  EXPECT_EQ(*from_hex("0x00 0F:ff"), (Octets{0, 0x0f, 0xff}));
  EXPECT_EQ(from_hex("0g").error().offset, 1U);
  EXPECT_EQ(from_hex("abc").error().code, ErrorCode::bad_value);
}

}  // namespace
}  // namespace karpspec
