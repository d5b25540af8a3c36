#include "wire/icmp_error.h"

#include <gtest/gtest.h>

#include "wire/ip_packet.h"

namespace karpspec::wire {
namespace {

TcpPacket told_about(const char* source, const char* destination) {
  TcpFields fields;
  fields.source_port = 179;
  fields.destination_port = 40000;
  fields.sequence = 0x01020304;
  fields.flags = 16;
  return {IpAddress::from_text(source).value(), IpAddress::from_text(destination).value(),
          encode_tcp(fields).value()};
}
const TcpPacket about_v4 = told_about("192.0.2.1", "192.0.2.2"),
                about_v6 = told_about("2001:db8::1", "2001:db8::2");

TEST(IcmpError, SaysWhatItIsAbout) {
  for (const TcpPacket& about : {about_v4, about_v6}) {
    const Octets octets = encode_icmp_error(IcmpError::port_unreachable, about).value();
    const auto read = read_icmp_error(octets);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->source, about.source);
    EXPECT_EQ(read->destination, about.destination);
    EXPECT_EQ(read->source_port, 179);
    EXPECT_EQ(read->destination_port, 40000);
    EXPECT_EQ(read->sequence, 0x01020304U);
    EXPECT_FALSE(read_ip(octets).value()) << "it is no segment";
    for (std::size_t size = 0; size < octets.size(); ++size)
      EXPECT_FALSE(read_icmp_error(OctetView(octets).first(size))) << size;
  }
  EXPECT_FALSE(read_icmp_error(encode_ip(about_v4).value()));
  EXPECT_FALSE(read_icmp_error(encode_ip(about_v6).value()));
}

TEST(IcmpError, HasTheCodesOfRfc792AndRfc4443) {
  const auto head = [](IcmpError error, const TcpPacket& about) {
    return to_hex(OctetView(encode_icmp_error(error, about).value())
                      .subspan(about.source.is_v4() ? 20 : 40, 2));
  };
  EXPECT_EQ(head(IcmpError::protocol_unreachable, about_v4), "0302");
  EXPECT_EQ(head(IcmpError::port_unreachable, about_v4), "0303");
  EXPECT_EQ(head(IcmpError::prohibited, about_v4), "030d");
  EXPECT_EQ(head(IcmpError::port_unreachable, about_v6), "0104");
  EXPECT_EQ(head(IcmpError::prohibited, about_v6), "0101");
  EXPECT_FALSE(encode_icmp_error(IcmpError::protocol_unreachable, about_v6));
  for (const char* name : {"protocol-unreachable", "port-unreachable", "prohibited"})
    EXPECT_STREQ(to_string(*icmp_error_from(name)), name);
  EXPECT_FALSE(icmp_error_from("reset"));
}

TEST(IcmpError, ItsChecksumHolds) {
  const Octets v4 = encode_icmp_error(IcmpError::port_unreachable, about_v4).value();
  EXPECT_EQ(internet_checksum(OctetView(v4).subspan(20)), 0);
  const Octets v6 = encode_icmp_error(IcmpError::port_unreachable, about_v6).value();
  Octets covered(v6.begin() + 8, v6.begin() + 40);
  append(covered, Octets{0, 0, 0, static_cast<std::uint8_t>(v6.size() - 40), 0, 0, 0, 58});
  append(covered, OctetView(v6).subspan(40));
  EXPECT_EQ(internet_checksum(covered), 0);
}

}  // namespace
}  // namespace karpspec::wire
