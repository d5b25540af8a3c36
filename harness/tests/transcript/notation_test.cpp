#include "transcript/notation.h"

#include <gtest/gtest.h>

namespace karpspec::transcript {
namespace {

TEST(Notation, ReadsAMessage) {
  const auto message = parse_message_notation("IKE_AUTH response {IDr, [CERT], AUTH, N(COOKIE)}");
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->exchange, 35);
  EXPECT_EQ(message->response, true);
  ASSERT_EQ(message->payloads.size(), 4U);
  EXPECT_FALSE(message->payloads[0].optional);
  EXPECT_TRUE(message->payloads[1].optional);
  EXPECT_EQ(message->payloads[1].name, "CERT");
  EXPECT_EQ(message->payloads[3].notify, 16390);
  EXPECT_EQ(message->payloads[3].at, 38U);
}

TEST(Notation, TheEmptyMessageAndANumberedExchange) {
  EXPECT_TRUE(parse_message_notation("INFORMATIONAL {}")->payloads.empty());
  EXPECT_EQ(parse_message_notation("99 request {P200!}")->exchange, 99);
  EXPECT_TRUE(parse_message_notation("99 {P200!}")->payloads[0].critical);
}

struct Bad {
  const char* text;
  std::size_t column;
  const char* message;
};
class BadNotation : public testing::TestWithParam<Bad> {};
TEST_P(BadNotation, NamesTheCharacter) {
  const auto message = parse_message_notation(GetParam().text);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().message, GetParam().message);
  EXPECT_EQ(message.error().offset, GetParam().column);
}
INSTANTIATE_TEST_SUITE_P(
    All, BadNotation,
    testing::Values(
        Bad{"IKE_AUHT {IDi}", 0, "unknown exchange 'IKE_AUHT'; did you mean 'IKE_AUTH'?"},
        Bad{"IKE_AUTH answer {IDi}", 9, "expected 'request', 'response' or '{'"},
        Bad{"IKE_AUTH {IDi, ATUH}", 15, "unknown payload 'ATUH'; did you mean 'AUTH'?"},
        Bad{"IKE_AUTH {IDi", 13, "expected ',' or '}', found the end"},
        Bad{"IKE_AUTH {IDi,}", 14, "expected a payload, found '}'"},
        Bad{"IKE_AUTH {N(COOKY)}", 12, "unknown notification 'COOKY'; did you mean 'COOKIE'?"},
        Bad{"IKE_AUTH {[IDi}", 14, "expected ']', found '}'"},
        Bad{"IKE_AUTH {V[0]}", 12, "expected an index from 1"},
        Bad{"IKE_AUTH {KE(1)}", 13, "only N, D, KD and POLICY take something in parentheses"},
        Bad{"IKE_AUTH {IDi} x", 15, "expected the end of the message, found 'x'"}));

TEST(Notation, FindsPayloadsByKindAndIndex) {
  std::vector<wire::Payload> payloads;
  payloads.push_back(wire::make_notify(wire::NotifyType::COOKIE));
  payloads.push_back(wire::make_payload(wire::PayloadType::V, wire::VendorIdPayload{{1}}));
  payloads.push_back(wire::make_payload(wire::PayloadType::V, wire::VendorIdPayload{{2}}));
  EXPECT_EQ(locate(payloads, *parse_payload_name("V[2]")), 2U);
  EXPECT_EQ(locate(payloads, *parse_payload_name("N(COOKIE)")), 0U);
  EXPECT_EQ(locate(payloads, *parse_payload_name("N(REKEY_SA)")), std::nullopt);
  EXPECT_EQ(locate(payloads, *parse_payload_name("V[3]")), std::nullopt);
}

TEST(Notation, ProtocolsOfTheProfile) {
  wire::CodePoints numbers;
  numbers.tcp_ao_protocol = 210;
  EXPECT_EQ(protocol_from_name("TCP_AO", numbers), 210);
  EXPECT_EQ(protocol_name(210, numbers), "TCP_AO");
  EXPECT_EQ(protocol_name(201, numbers), "201");
  wire::DeletePayload body;
  body.protocol = 210;
  EXPECT_TRUE(parse_payload_name("D(TCP_AO)")
                  ->names(wire::make_payload(wire::PayloadType::D, body), numbers));
}

}  // namespace
}  // namespace karpspec::transcript
