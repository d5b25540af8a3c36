#include "wire/tcp_segment.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace karpspec::wire {
namespace {

Octets segment(const char* options, std::size_t data = 0) {
  TcpFields fields;
  fields.source_port = 179;
  fields.destination_port = 49152;
  fields.sequence = 0xfffffffe;
  fields.acknowledgment = 7;
  fields.flags = 0x12;
  fields.window = 1024;
  fields.options = *from_hex(options);
  fields.data = Octets(data, 0xaa);
  return *encode_tcp(fields);
}

TEST(TcpSegment, IsReadInPlace) {
  const Octets octets = segment("0101 080a 0102030405060708 1d10 3d54 000102030405060708090a0b", 3);
  const auto header = read_tcp_header(octets);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->source_port, 179);
  EXPECT_EQ(header->destination_port, 49152);
  EXPECT_EQ(header->sequence, 0xfffffffe);
  EXPECT_EQ(header->acknowledgment, 7U);
  EXPECT_EQ(header->window, 1024);
  EXPECT_TRUE(header->has(TcpFlag::SYN));
  EXPECT_TRUE(header->has(TcpFlag::ACK));
  EXPECT_FALSE(header->has(TcpFlag::RST));
  EXPECT_EQ(header->size, 48U);
  EXPECT_EQ(octets.size(), 51U);
  ASSERT_EQ(header->options.size(), 2U);
  const TcpOption* option = header->find(TcpOptionKind::AO);
  ASSERT_NE(option, nullptr);
  EXPECT_EQ(option->offset, 32U);
  const auto ao = read_tcp_ao(octets, *option);
  ASSERT_TRUE(ao);
  EXPECT_EQ(ao->key_id, 0x3d);
  EXPECT_EQ(ao->r_next_key_id, 0x54);
  EXPECT_EQ(ao->mac_offset, 36U);
  EXPECT_EQ(ao->mac_size, 12U);
  EXPECT_EQ(header->find(TcpOptionKind::MD5), nullptr);
}

TEST(TcpSegment, EndsItsOptionsAtEnd) {
  const auto header = read_tcp_header(segment("0204 05b4 00 1d02 01"));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->options.size(), 1U);
}

struct BadOptions {
  const char* name;
  const char* options;
  ErrorCode code;
  std::size_t offset;
};

class HostileOptions : public testing::TestWithParam<BadOptions> {};

TEST_P(HostileOptions, AreRefusedAtTheirOctet) {
  const auto header = read_tcp_header(segment(GetParam().options, 4));
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, GetParam().code);
  EXPECT_EQ(header.error().offset, GetParam().offset);
}

INSTANTIATE_TEST_SUITE_P(
    All, HostileOptions,
    testing::Values(BadOptions{"LengthZero", "1d00 0000", ErrorCode::bad_length, 21},
                    BadOptions{"LengthOne", "0101 1d01", ErrorCode::bad_length, 23},
                    BadOptions{"NoLength", "0101 011d", ErrorCode::truncated, 23},
                    BadOptions{"BeyondTheHeader", "1d10 3d54", ErrorCode::bad_length, 21},
                    BadOptions{"OneBeyondTheHeader", "0204 05b4 1d05 3d54", ErrorCode::bad_length,
                               25},
                    BadOptions{"LengthOfEverything", "1dff 3d54", ErrorCode::bad_length, 21}),
    [](const auto& bad) { return std::string(bad.param.name); });

TEST(TcpSegment, RefusesAShortTcpAoOption) {
  for (const char* options : {"1d02 0101", "1d03 0701"}) {
    const Octets octets = segment(options);
    const auto header = read_tcp_header(octets);
    ASSERT_TRUE(header);
    const auto ao = read_tcp_ao(octets, *header->find(TcpOptionKind::AO));
    ASSERT_FALSE(ao);
    EXPECT_EQ(ao.error().code, ErrorCode::bad_length);
    EXPECT_EQ(ao.error().offset, 21U);
  }
}

TEST(TcpSegment, RefusesAHeaderThatIsNotThere) {
  const Octets whole = segment("0204 05b4");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto header = read_tcp_header(OctetView(whole).first(size));
    ASSERT_FALSE(header) << size;
    EXPECT_EQ(header.error().code, ErrorCode::truncated) << size;
  }
  Octets wrong = whole;
  wrong[12] = 0x4f;
  EXPECT_EQ(read_tcp_header(wrong).error().code, ErrorCode::bad_length);
  wrong[12] = 0xf0;
  EXPECT_EQ(read_tcp_header(wrong).error().code, ErrorCode::truncated);
}

TEST(TcpSegment, RefusesMoreOptionsThanThereIsRoomFor) {
  TcpFields fields;
  fields.options = Octets(40, 1);
  EXPECT_TRUE(encode_tcp(fields));
  fields.options = Octets(41, 1);
  EXPECT_FALSE(encode_tcp(fields));
}

TEST(TcpSegment, HasAChecksum) {
  for (const auto& [source, destination] :
       {std::pair{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1", "2001:db8::2"}}) {
    TcpPacket packet{*IpAddress::from_text(source), *IpAddress::from_text(destination),
                     segment("0204 05b4", 5)};
    EXPECT_FALSE(tcp_checksum_holds(packet));
    set_tcp_checksum(packet);
    EXPECT_TRUE(tcp_checksum_holds(packet));
    packet.segment.back() ^= 1;
    EXPECT_FALSE(tcp_checksum_holds(packet));
  }
}

TEST(TcpSegment, SurvivesAnyOctets) {
  SeededRandom random(2385);
  for (int i = 0; i < 20000; ++i) {
    Octets octets = random.octets(random.u64() % 80);
    if (octets.size() > 12 && i % 2 == 0)
      octets[12] = static_cast<std::uint8_t>(octets[12] | 0x50);
    const auto header = read_tcp_header(octets);
    if (!header) {
      ASSERT_TRUE(header.error().offset && *header.error().offset <= octets.size());
      continue;
    }
    ASSERT_LE(header->size, octets.size());
    for (const TcpOption& option : header->options)
      ASSERT_LE(option.offset + option.size, header->size);
  }
}

TEST(IpAddress, IsTextAndOctets) {
  EXPECT_EQ(IpAddress::from_text("192.0.2.1")->to_text(), "192.0.2.1");
  EXPECT_EQ(IpAddress::from_text("2001:DB8:0:0::1")->to_text(), "2001:db8::1");
  EXPECT_EQ(to_hex(IpAddress::from_text("192.0.2.1")->octets()), "c0000201");
  EXPECT_EQ(*IpAddress::from_octets(*from_hex("c0000201")), *IpAddress::from_text("192.0.2.1"));
  EXPECT_FALSE(IpAddress::from_text("192.0.2"));
  EXPECT_FALSE(IpAddress::from_text("link"));
  EXPECT_FALSE(IpAddress::from_octets(Octets(5)));
  EXPECT_EQ(IpAddress().to_text(), "");
}

}  // namespace
}  // namespace karpspec::wire
