#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.9.
TEST(NoncePayload, HoldsItsOctets) {
  const auto nonce =
      body_of<NoncePayload>(PayloadType::Nonce, "00 00 0014 b0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
  EXPECT_EQ(to_hex(nonce.data), "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
}

// 16 to 256 octets are permitted; a scenario must be able to send and to see others.
TEST(NoncePayload, OfAnySizeIsRead) {
  EXPECT_TRUE(body_of<NoncePayload>(PayloadType::Nonce, "00 00 0004").data.empty());
  const std::string longer(2 * 257, '5');
  EXPECT_EQ(body_of<NoncePayload>(PayloadType::Nonce, "00 00 0105" + longer).data.size(), 257U);
}

TEST(NoncePayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::Nonce, "00 00 0006 b0b1"),
              ElementsAre("Nonce.next_payload 0 1", "Nonce.flags_octet 1 1", "Nonce.length 2 2",
                          "Nonce.data 4 2"));
}

}  // namespace
}  // namespace karpspec::wire
