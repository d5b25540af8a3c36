#include "wire_testing.h"

namespace karpspec::wire {
namespace {

TEST(Names, AreTheDocuments) {
  EXPECT_EQ(payload_name(33), "SA");
  EXPECT_EQ(payload_name(35), "IDi");
  EXPECT_EQ(payload_name(40), "Nonce");
  EXPECT_EQ(payload_name(53), "SKF");
  EXPECT_EQ(exchange_name(35), "IKE_AUTH");
  EXPECT_EQ(notify_name(14), "NO_PROPOSAL_CHOSEN");
  EXPECT_EQ(notify_name(16388), "NAT_DETECTION_SOURCE_IP");
}

TEST(Names, AreNumbersWhereThereIsNone) {
  EXPECT_EQ(payload_name(200), "200");
  EXPECT_EQ(exchange_name(0), "0");
  EXPECT_EQ(notify_name(40960), "40960");
}

TEST(Names, AreReadBack) {
  for (unsigned number = 0; number < 65536; ++number) {
    const auto wide = static_cast<std::uint16_t>(number);
    EXPECT_EQ(notify_from_name(notify_name(wide)), wide);
    if (number > 255)
      continue;
    const auto narrow = static_cast<std::uint8_t>(number);
    EXPECT_EQ(payload_from_name(payload_name(narrow)), narrow);
    EXPECT_EQ(exchange_from_name(exchange_name(narrow)), narrow);
  }
}

TEST(Names, AreReadFromHexadecimalToo) {
  EXPECT_EQ(payload_from_name("0x21"), 33);
  EXPECT_EQ(notify_from_name("0x4006"), 16390);
}

TEST(Names, OfNothingKnownAreRefused) {
  for (const char* name : {"", "0x", "XY", "sa", "SA ", "33x", "-1", "256", "0x100", " 33"}) {
    EXPECT_EQ(payload_from_name(name), std::nullopt) << name;
    EXPECT_EQ(exchange_from_name(name), std::nullopt) << name;
  }
  EXPECT_EQ(notify_from_name("65536"), std::nullopt);
  EXPECT_EQ(notify_from_name("IKE_AUTH"), std::nullopt);
}

}  // namespace
}  // namespace karpspec::wire
