#include "wire/ip_packet.h"

#include <gtest/gtest.h>

namespace karpspec::wire {
namespace {

TcpPacket packet(const char* source, const char* destination) {
  TcpFields fields;
  fields.source_port = 40000;
  fields.destination_port = 179;
  fields.flags = 2;
  fields.data = {1, 2, 3};
  TcpPacket out{IpAddress::from_text(source).value(), IpAddress::from_text(destination).value(),
                encode_tcp(fields).value()};
  set_tcp_checksum(out);
  return out;
}
const TcpPacket four = packet("192.0.2.2", "192.0.2.1"), six = packet("2001:db8::2", "2001:db8::1");

TEST(IpPacket, IsReadAsItWasMade) {
  for (const TcpPacket& one : {four, six}) {
    Octets octets = encode_ip(one).value();
    EXPECT_EQ(read_ip(octets).value(), one);
    // A short packet is padded on an Ethernet.
    octets.resize(octets.size() + 9);
    EXPECT_EQ(read_ip(octets).value(), one);
  }
}

TEST(IpPacket, HasTheFieldsOfRfc791) {
  const Octets octets = encode_ip(four).value();
  const Octets header(octets.begin(), octets.begin() + 20);
  EXPECT_EQ(to_hex(header).substr(0, 16), "4500002b00004000");
  EXPECT_EQ(to_hex(header).substr(24), "c0000202c0000201");
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<std::uint32_t>(header[i] << 8 | header[i + 1]);
  EXPECT_EQ((sum & 0xffff) + (sum >> 16), 0xffffU) << "the header's checksum";
}

TEST(IpPacket, OfAnotherKindHoldsNoSegment) {
  Octets udp = encode_ip(four).value(), extended = encode_ip(six).value();
  udp[9] = 17;
  extended[6] = 0;
  EXPECT_EQ(read_ip(udp).value(), std::nullopt);
  EXPECT_EQ(read_ip(extended).value(), std::nullopt);
}

TEST(IpPacket, IsRefusedWhereItEndsTooEarly) {
  for (const TcpPacket& one : {four, six}) {
    const Octets octets = encode_ip(one).value();
    for (std::size_t size = 0; size < octets.size(); ++size)
      EXPECT_FALSE(read_ip(OctetView(octets).first(size))) << size;
  }
  EXPECT_FALSE(read_ip(Octets(40, 0x50)));
}

TEST(IpPacket, IsOfOneFamily) {
  TcpPacket mixed = four;
  mixed.source = six.source;
  EXPECT_EQ(encode_ip(mixed).error().code, ErrorCode::bad_value);
  mixed.source = {};
  EXPECT_EQ(encode_ip(mixed).error().code, ErrorCode::bad_value);
}

}  // namespace
}  // namespace karpspec::wire
