// What the agent in the kernel's machine reads: whatever a line holds, it is checked first.
#include <gmock/gmock.h>

#include "base/random.h"
#include "kernel/request.h"

namespace karpspec::agent {
namespace {

using testing::ElementsAre;

wire::IpAddress address(const char* text) {
  return wire::IpAddress::from_text(text).value();
}

TEST(AgentRequest, IsWordsBetweenSingleSpaces) {
  EXPECT_THAT(words_of("listen 179").value(), ElementsAre("listen", "179"));
  EXPECT_THAT(words_of("reset").value(), ElementsAre("reset"));
  for (const char* wrong : {"", " ", " reset", "reset ", "a  b", "a\tb", "a\rb", "a\x7f"})
    EXPECT_FALSE(words_of(wrong)) << wrong;
  EXPECT_FALSE(words_of(std::string_view("a\0b", 3)));
  EXPECT_TRUE(words_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"));
  EXPECT_FALSE(words_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"));
  EXPECT_TRUE(words_of(std::string(longest_line, 'a')));
  EXPECT_EQ(words_of(std::string(longest_line + 1, 'a')).error().code, ErrorCode::bad_length);
}

TEST(AgentRequest, HasNumbersOfTheirRange) {
  EXPECT_EQ(octet_of("0").value(), 0);
  EXPECT_EQ(octet_of("255").value(), 255);
  EXPECT_EQ(port_of("65535").value(), 65535);
  for (const char* wrong : {"", "-1", "+1", "01", "256", "1x", " 1", "0x1", "99999999999999999999"})
    EXPECT_FALSE(octet_of(wrong)) << wrong;
  EXPECT_FALSE(port_of("65536"));
}

TEST(AgentRequest, HasOctetsUpToALimit) {
  EXPECT_EQ(hex_of("-", 0).value(), Octets());
  EXPECT_EQ(hex_of("00ff", 2).value(), (Octets{0, 0xff}));
  EXPECT_EQ(hex_of("00ff00", 2).error().code, ErrorCode::bad_length);
  for (const char* wrong : {"0", "0g", "zz"})
    EXPECT_FALSE(hex_of(wrong, 2)) << wrong;
}

TEST(AgentRequest, HasPrefixes) {
  for (const char* right : {"any", "0.0.0.0/0", "::/0", "192.0.2.1", "192.0.2.0/24", "128.0.0.0/1",
                            "2001:db8::/33", "2001:db8::1"})
    EXPECT_EQ(to_text(prefix_of(right).value()), right);
  EXPECT_EQ(to_text(prefix_of("192.0.2.1/32").value()), "192.0.2.1");
  for (const char* wrong : {"", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.1/24", "0.0.0.1/0",
                            "2001:db8::/129", "2001:db8::1/64", "192.0.2", "192.0.2.0/24/24"})
    EXPECT_FALSE(prefix_of(wrong)) << wrong;
}

TEST(AgentRequest, PrefixesContainAndOverlap) {
  const Prefix net = prefix_of("192.0.2.64/26").value(), half = prefix_of("192.0.2.0/25").value();
  const Prefix six = prefix_of("2001:db8:8000::/33").value();
  EXPECT_TRUE(net.contains(address("192.0.2.127")));
  EXPECT_FALSE(net.contains(address("192.0.2.128")));
  EXPECT_FALSE(net.contains(address("192.0.2.63")));
  EXPECT_FALSE(net.contains(address("2001:db8::1")));
  EXPECT_FALSE(net.contains(wire::IpAddress()));
  EXPECT_TRUE(six.contains(address("2001:db8:ffff::1")));
  EXPECT_FALSE(six.contains(address("2001:db8:7fff::1")));
  EXPECT_TRUE(prefix_of("192.0.2.1")->contains(address("192.0.2.1")));
  EXPECT_FALSE(prefix_of("192.0.2.1")->contains(address("192.0.2.0")));
  EXPECT_TRUE(net.overlaps(half) && half.overlaps(net));
  EXPECT_FALSE(net.overlaps(prefix_of("192.0.2.0/26").value()));
  EXPECT_FALSE(net.overlaps(six));
  EXPECT_TRUE(net.overlaps(Prefix()) && Prefix().overlaps(six));
  const Prefix all_four = prefix_of("0.0.0.0/0").value();
  EXPECT_TRUE(all_four.contains(address("198.51.100.1")) && all_four.overlaps(net));
  EXPECT_FALSE(all_four.contains(address("::1")) || all_four.overlaps(six));
}

TEST(AgentRequest, NoOctetsDoHarm) {
  SeededRandom random(1, "lines");
  constexpr std::string_view letters = "any0123456789abcdef./: -\n\x80";
  for (int i = 0; i < 100'000; ++i) {
    std::string line;
    for (std::uint64_t left = random.u64() % 40; left > 0; --left)
      line += letters[random.u64() % letters.size()];
    const auto words = words_of(line);
    if (!words)
      continue;
    for (const std::string& word : *words) {
      static_cast<void>(port_of(word));
      static_cast<void>(hex_of(word, 8));
      if (const auto prefix = prefix_of(word)) {
        EXPECT_TRUE(prefix->any() || prefix->contains(prefix->address));
      }
    }
  }
}

}  // namespace
}  // namespace karpspec::agent
