#include "samples.h"
#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// RFC 5996 section 3.14.
TEST(EncryptedPayload, HoldsSealedOctetsAndTheFirstTypeInside) {
  const auto sk = body_of<EncryptedPayload>(PayloadType::SK, "24 00 0008 f0f1f2f3");
  EXPECT_EQ(sk.first_inner, 36);
  EXPECT_EQ(to_hex(sk.data), "f0f1f2f3");
}

TEST(EncryptedPayload, MayBeEmptyInside) {
  EXPECT_EQ(body_of<EncryptedPayload>(PayloadType::SK, "00 00 0004").first_inner, 0);
}

// What stands after SK is no payload of the message.
TEST(EncryptedPayload, EndsTheMessage) {
  EXPECT_EQ(refusal(PayloadType::SK, "24 00 0006 f0f1 00000004"), "bad length at 6");
  EXPECT_EQ(refusal(PayloadType::SK, "29 00 0006 f0f1 00 00 0008 00 00 4000"), "bad length at 6");
  EXPECT_EQ(refusal(PayloadType::SKF, "24 00 0008 0001 0001 29"), "bad length at 8");
}

TEST(EncryptedPayload, MayStandAfterOthers) {
  const Octets octets = hex("2e 00 0006 b0b1 24 00 0006 f0f1");
  const auto payloads = decode_chain(PayloadType::Nonce, octets);
  ASSERT_TRUE(payloads.has_value());
  ASSERT_EQ(payloads->size(), 2U);
  ASSERT_NE((*payloads)[1].as<EncryptedPayload>(), nullptr);
  EXPECT_EQ((*payloads)[1].as<EncryptedPayload>()->first_inner, 36);
  EXPECT_EQ(encode_chain(*payloads), octets);
}

TEST(EncryptedPayload, LogsItsFields) {
  EXPECT_THAT(
      fields(PayloadType::SK, "24 00 0006 f0f1"),
      ElementsAre("SK.next_payload 0 1", "SK.flags_octet 1 1", "SK.length 2 2", "SK.data 4 2"));
}

// RFC 7383 section 2.5.
TEST(EncryptedFragmentPayload, HoldsItsPlace) {
  const auto message = decode_message(hex(samples::fragment));
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  ASSERT_EQ(message->payloads.size(), 1U);
  const auto* part = message->payloads.front().as<EncryptedFragmentPayload>();
  ASSERT_NE(part, nullptr);
  EXPECT_EQ(part->first_inner, 0);
  EXPECT_EQ(part->fragment_number, 2);
  EXPECT_EQ(part->total_fragments, 3);
  EXPECT_EQ(to_hex(part->data), "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
}

TEST(EncryptedFragmentPayload, KeepsTheFirstTypeInside) {
  EXPECT_EQ(body_of<EncryptedFragmentPayload>(PayloadType::SKF, "23 00 0008 0001 0002").first_inner,
            35);
}

TEST(EncryptedFragmentPayload, NeedsItsFourOctets) {
  EXPECT_EQ(refusal(PayloadType::SKF, "23 00 0004"), "truncated at 4");
  EXPECT_EQ(refusal(PayloadType::SKF, "23 00 0007 0001 00"), "truncated at 6");
}

TEST(EncryptedFragmentPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::SKF, "23 00 000a 0001 0002 f0f1"),
              ElementsAre("SKF.next_payload 0 1", "SKF.flags_octet 1 1", "SKF.length 2 2",
                          "SKF.fragment_number 4 2", "SKF.total_fragments 6 2", "SKF.data 8 2"));
}

}  // namespace
}  // namespace karpspec::wire
