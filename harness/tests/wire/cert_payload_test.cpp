#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.6.
TEST(CertPayload, HoldsEncodingAndData) {
  const auto cert = body_of<CertPayload>(PayloadType::CERT, "00 00 0009 04 30020500");
  EXPECT_EQ(cert.encoding, static_cast<std::uint8_t>(CertEncoding::X509_SIGNATURE));
  EXPECT_EQ(to_hex(cert.data), "30020500");
}

TEST(CertPayload, NeedsItsEncoding) {
  EXPECT_EQ(refusal(PayloadType::CERT, "00 00 0004"), "truncated at 4");
  EXPECT_TRUE(body_of<CertPayload>(PayloadType::CERT, "00 00 0005 ff").data.empty());
}

TEST(CertPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::CERT, "00 00 0007 04 3000"),
              ElementsAre("CERT.next_payload 0 1", "CERT.flags_octet 1 1", "CERT.length 2 2",
                          "CERT.encoding 4 1", "CERT.data 5 2"));
}

}  // namespace
}  // namespace karpspec::wire
