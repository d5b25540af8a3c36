#include "samples.h"
#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;

// HDR alone, of an empty INFORMATIONAL response; 28 octets.
constexpr std::string_view bare = "0102030405060708 1112131415161718 00 20 25 20 00000007 0000001c";

// RFC 5996 section 3.1.
TEST(Header, HoldsItsFields) {
  const auto header = decode_header(hex(bare));
  ASSERT_TRUE(header.has_value()) << to_string(header.error());
  EXPECT_EQ(header->spi_i, 0x0102030405060708U);
  EXPECT_EQ(header->spi_r, 0x1112131415161718U);
  EXPECT_EQ(header->version, 0x20);
  EXPECT_EQ(header->exchange_type(), ExchangeType::INFORMATIONAL);
  EXPECT_EQ(header->message_id, 7U);
  EXPECT_TRUE(header->is_response());
  EXPECT_FALSE(header->from_initiator());
}

TEST(Header, NeedsItsOctets) {
  const Octets octets = hex(bare);
  EXPECT_EQ(refusal(decode_header({})), "truncated at 0");
  EXPECT_EQ(refusal(decode_header(OctetView(octets).first(27), false)), "truncated at 24");
}

TEST(Header, LengthIsTheDatagrams) {
  Octets octets = hex(bare);
  octets.push_back(0);
  EXPECT_EQ(refusal(decode_header(octets)), "bad length at 24");
  EXPECT_EQ(refusal(decode_header(octets, false)), "accepted");
  EXPECT_EQ(refusal(decode_message(octets)), "bad length at 24");
  octets.resize(28);
  octets[24] = 0x80;
  EXPECT_EQ(refusal(decode_message(octets)), "bad length at 24");
}

TEST(Message, MayHaveNoPayload) {
  const Octets octets = hex(bare);
  const auto message = decode_message(octets);
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  EXPECT_TRUE(message->payloads.empty());
  EXPECT_EQ(to_hex(encode_message(*message)), to_hex(octets));
}

TEST(Message, OtherMajorVersionIsRefusedWhateverItsLength) {
  for (const int major : {0, 1, 3, 15}) {
    Octets octets = hex(bare);
    octets[17] = static_cast<std::uint8_t>(major << 4);
    EXPECT_EQ(refusal(decode_message(octets)), "bad value at 17") << major;
    EXPECT_EQ(refusal(decode_header(octets)), "accepted") << major;
    octets[27] = 0;
    EXPECT_EQ(refusal(decode_message(octets)), "bad value at 17") << major;
  }
}

// Section 2.5: a minor version and flags that we do not know are no reason to refuse.
TEST(Message, MinorVersionFlagsAndExchangeAreKept) {
  Octets octets = hex(bare);
  octets[17] = 0x2f;
  octets[18] = 0xf0;
  octets[19] = 0xff;
  const auto message = decode_message(octets);
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  EXPECT_EQ(message->header.version, 0x2f);
  EXPECT_EQ(message->header.exchange, 0xf0);
  EXPECT_EQ(message->header.flags, 0xff);
  EXPECT_EQ(encode_message(*message), octets);
}

TEST(Message, SamplesDecodeAndEncodeBack) {
  for (const std::string_view text :
       {samples::ike_sa_init, samples::sealed, samples::fragment, samples::mrkmp_advert}) {
    const auto message = decode_message(hex(text));
    ASSERT_TRUE(message.has_value()) << to_string(message.error());
    EXPECT_EQ(to_hex(encode_message(*message)), to_hex(hex(text)));
  }
}

TEST(Message, HoldsItsPayloadsInOrder) {
  const auto message = decode_message(hex(samples::ike_sa_init));
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  std::vector<PayloadType> types;
  for (const Payload& payload : message->payloads)
    types.push_back(payload.type);
  EXPECT_THAT(types, ElementsAre(PayloadType::SA, PayloadType::KE, PayloadType::Nonce,
                                 PayloadType::N, PayloadType::N, PayloadType::V));
}

TEST(Message, IsWrittenFromScratch) {
  Message message;
  message.header.spi_i = 0x0102030405060708;
  message.header.spi_r = 0x1112131415161718;
  message.header.exchange = 35;
  message.header.flags = Header::flag_response;
  message.header.message_id = 1;
  message.payloads.push_back(make_payload(
      PayloadType::SK,
      EncryptedPayload{36,
                       hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")}));
  EXPECT_EQ(to_hex(encode_message(message)), to_hex(hex(samples::sealed)));
}

TEST(Message, LogsHeaderAndPayloads) {
  const auto message =
      decode_message(hex("0102030405060708 0000000000000000 29 20 22 08 00000000 00000032"
                         "28 00 0008 00 00 4006"
                         "29 00 0006 b0b1"
                         "00 00 0008 00 00 4000"));
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  std::vector<FieldAt> log;
  (void)encode_message(*message, &log);
  EXPECT_THAT(
      lines(log),
      ElementsAre("HDR.spi_i 0 8", "HDR.spi_r 8 8", "HDR.next_payload 16 1", "HDR.version 17 1",
                  "HDR.exchange 18 1", "HDR.flags 19 1", "HDR.message_id 20 4", "HDR.length 24 4",
                  "N[1].next_payload 28 1", "N[1].flags_octet 29 1", "N[1].length 30 2",
                  "N[1].protocol 32 1", "N[1].spi_size 33 1", "N[1].type 34 2", "N[1].spi 36 0",
                  "N[1].data 36 0", "Nonce.next_payload 36 1", "Nonce.flags_octet 37 1",
                  "Nonce.length 38 2", "Nonce.data 40 2", "N[2].next_payload 42 1",
                  "N[2].flags_octet 43 1", "N[2].length 44 2", "N[2].protocol 46 1",
                  "N[2].spi_size 47 1", "N[2].type 48 2", "N[2].spi 50 0", "N[2].data 50 0"));
}

// Section 3.2.
TEST(Chain, KeepsCriticalAndReservedBits) {
  for (unsigned flags = 0; flags < 256; ++flags) {
    Octets octets = hex("00 00 0006 b0b1");
    octets[1] = static_cast<std::uint8_t>(flags);
    const auto payloads = decode_chain(PayloadType::Nonce, octets);
    ASSERT_TRUE(payloads.has_value());
    EXPECT_EQ(payloads->front().critical, flags >= 128);
    EXPECT_EQ(payloads->front().reserved, flags % 128);
    EXPECT_EQ(encode_chain(*payloads), octets);
  }
}

TEST(Chain, EndsWithNone) {
  EXPECT_EQ(refusal(PayloadType::none, ""), "accepted");
  EXPECT_EQ(refusal(PayloadType::none, "00"), "bad length at 0");
  EXPECT_EQ(refusal(PayloadType::Nonce, ""), "truncated at 0");
  EXPECT_EQ(refusal(PayloadType::Nonce, "00 00 0006 b0b1 00"), "bad length at 6");
  EXPECT_EQ(refusal(PayloadType::Nonce, "28 00 0006 b0b1"), "truncated at 6");
  EXPECT_EQ(refusal(PayloadType::Nonce, "00 00 0006 b0b1 00 00 0004"), "bad length at 6");
}

TEST(Chain, LengthsEncloseWhatTheySay) {
  EXPECT_EQ(refusal(PayloadType::Nonce, "00 00 0003"), "bad length at 2");
  EXPECT_EQ(refusal(PayloadType::Nonce, "00 00 0000"), "bad length at 2");
  EXPECT_EQ(refusal(PayloadType::Nonce, "28 00 0000 00 00 0004"), "bad length at 2");
  EXPECT_EQ(refusal(PayloadType::Nonce, "00 00 0005"), "truncated at 4");
  EXPECT_EQ(refusal(PayloadType::Nonce, "00 00 ffff b0b1"), "truncated at 4");
}

TEST(Chain, CountsOffsetsFromItsStart) {
  const Octets octets = hex("28 00 0004 00 00 0003");
  EXPECT_EQ(refusal(decode_chain(PayloadType::Nonce, octets, {}, 100)), "bad length at 106");
}

TEST(Chain, SamplesDecodeAndEncodeBack) {
  const std::pair<PayloadType, std::string_view> chains[] = {
      {samples::rkmp_auth_first, samples::rkmp_auth},
      {samples::rekey_first, samples::rekey},
      {samples::informational_first, samples::informational},
      {samples::mrkmp_first, samples::mrkmp}};
  for (const auto& [first, text] : chains) {
    const auto payloads = decode_chain(first, hex(text), with_mrkmp());
    ASSERT_TRUE(payloads.has_value()) << to_string(payloads.error());
    EXPECT_EQ(to_hex(encode_chain(*payloads)), to_hex(hex(text)));
  }
}

TEST(Find, GivesTheFirstOfItsType) {
  auto message = decode_message(hex(samples::ike_sa_init));
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  auto& payloads = message->payloads;
  EXPECT_EQ(find(std::as_const(payloads), PayloadType::N), &payloads[3]);
  EXPECT_EQ(find(payloads, PayloadType::KE), &payloads[1]);
  EXPECT_EQ(find(payloads, PayloadType::TSi), nullptr);
  EXPECT_EQ(find_notify(payloads, NotifyType::NAT_DETECTION_DESTINATION_IP),
            payloads[4].as<NotifyPayload>());
  EXPECT_EQ(find_notify(payloads, NotifyType::COOKIE), nullptr);
}

TEST(MakeNotify, FillsEveryField) {
  const Payload payload = make_notify(NotifyType::REKEY_SA, {9}, 3, {1, 2, 3, 4});
  EXPECT_EQ(to_hex(encode_chain({payload})), to_hex(hex("00 00 000d 03 04 4009 01020304 09")));
}

}  // namespace
}  // namespace karpspec::wire
