#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.7.
TEST(CertReqPayload, HoldsEncodingAndData) {
  const auto request = body_of<CertReqPayload>(PayloadType::CERTREQ, "00 00 0009 04 30020500");
  EXPECT_EQ(request.encoding, static_cast<std::uint8_t>(CertEncoding::X509_SIGNATURE));
  EXPECT_EQ(to_hex(request.data), "30020500");
}

TEST(CertReqPayload, NeedsItsEncoding) {
  EXPECT_EQ(refusal(PayloadType::CERTREQ, "00 00 0004"), "truncated at 4");
  EXPECT_TRUE(body_of<CertReqPayload>(PayloadType::CERTREQ, "00 00 0005 ff").data.empty());
}

TEST(CertReqPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::CERTREQ, "00 00 0007 04 3000"),
              ElementsAre("CERTREQ.next_payload 0 1", "CERTREQ.flags_octet 1 1",
                          "CERTREQ.length 2 2", "CERTREQ.encoding 4 1", "CERTREQ.data 5 2"));
}

}  // namespace
}  // namespace karpspec::wire
