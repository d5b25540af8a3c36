#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/decimal.h"
#include "base/octets.h"

namespace karpspec {
namespace {

TEST(Text, IsWhatWasAppendedToIt) {
  Text text;
  EXPECT_EQ(text.view(), "");
  text.append("");
  text.append(std::string_view());
  EXPECT_EQ(text.size(), 0U);
  std::string same;
  for (int i = 0; i < 1000; ++i) {
    const std::string more(static_cast<std::size_t>(i) % 70, static_cast<char>('a' + i % 26));
    text.append(more);
    text.append('.');
    same += more + '.';
  }
  EXPECT_EQ(text.view(), same);
  EXPECT_EQ(text.str(), same);
  const std::string large(100'000, 'x');
  text.append(large);
  EXPECT_EQ(text.view(), same + large);
}

TEST(Text, IsCutToItsBeginning) {
  Text text;
  text.append("SAi1.proposals");
  text.cut(4);
  EXPECT_EQ(text.view(), "SAi1");
  text.append(".x");
  EXPECT_EQ(text.view(), "SAi1.x");
  text.cut(100);
  EXPECT_EQ(text.view(), "SAi1.x");
  text.cut(0);
  EXPECT_EQ(text.view(), "");
}

TEST(Text, HasNumbersAndOctets) {
  const auto decimal = [](auto number) {
    Text text;
    append_decimal(text, number);
    text.append('|');
    return text.str();
  };
  EXPECT_EQ(decimal(0U), "0|");
  EXPECT_EQ(decimal(std::uint8_t{255}), "255|");
  EXPECT_EQ(decimal(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615|");
  EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808|");
  const auto seconds = [](std::int64_t microseconds) {
    Text text;
    append_seconds(text, Duration(microseconds));
    text.append('|');
    return text.str();
  };
  EXPECT_EQ(seconds(0), "0.000000|");
  EXPECT_EQ(seconds(1), "0.000001|");
  EXPECT_EQ(seconds(999'999), "0.999999|");
  EXPECT_EQ(seconds(1'767'225'601'994'000), "1767225601.994000|");
  // Where the text grows for it, and behind what is there.
  for (std::size_t before = 0; before < 300; ++before) {
    Text grows;
    grows.append(std::string(before, 'x'));
    append_decimal(grows, 1234567890123U);
    append_seconds(grows, Duration(5'000'007));
    append_hex(grows, Octets(40, 0xab));
    std::string hex;
    for (int i = 0; i < 40; ++i)
      hex += "ab";
    ASSERT_EQ(grows.view(), std::string(before, 'x') + "1234567890123" + "5.000007" + hex);
  }
  Text text;
  append_hex(text, Octets{0x00, 0x9f, 0xff});
  append_hex(text, {});
  EXPECT_EQ(text.view(), "009fff");
}

}  // namespace
}  // namespace karpspec
