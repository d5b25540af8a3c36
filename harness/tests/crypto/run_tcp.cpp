#include <gtest/gtest.h>

#include "oracle/tcpao/segment_mac.h"
#include "vector_file.h"

// TCP-AO and TCP MD5. Their vectors are IP packets without extension headers.
namespace karpspec::crypto {
namespace {

namespace tcpao = oracle::tcpao;

wire::TcpPacket packet_of(const nlohmann::json& test) {
  const Octets octets_read = octets(test, "packet");
  const OctetView view(octets_read);
  const bool v4 = view[0] >> 4 == 4;
  const std::size_t addresses = v4 ? 12 : 8, size = v4 ? 4 : 16;
  const OctetView segment = view.subspan(v4 ? 20 : 40);
  return {*wire::IpAddress::from_octets(view.subspan(addresses, size)),
          *wire::IpAddress::from_octets(view.subspan(addresses + size, size)),
          Octets(segment.begin(), segment.end())};
}

std::uint32_t number(const nlohmann::json& test, const char* field) {
  std::uint32_t value = 0;
  for (std::uint8_t octet : octets(test, field))
    value = value << 8 | octet;
  return value;
}

bool has_flag(const nlohmann::json& test, const char* name) {
  const nlohmann::json& flags = test.at("flags");
  return std::find(flags.begin(), flags.end(), name) != flags.end();
}

}  // namespace

void run_tcp_ao(const nlohmann::json& test) {
  const auto kdf = test.at("kdf") == "KDF_HMAC_SHA1" ? wire::TcpAoKdf::KDF_HMAC_SHA1
                                                     : wire::TcpAoKdf::KDF_AES_128_CMAC;
  const auto alg = test.at("auth_alg") == "HMAC_SHA_1_96" ? wire::TcpAoAuthAlg::HMAC_SHA_1_96
                                                          : wire::TcpAoAuthAlg::AES_128_CMAC_96;
  const wire::TcpPacket packet = packet_of(test);
  EXPECT_NE(wire::tcp_checksum_holds(packet), has_flag(test, "Checksum"));
  const auto header = wire::read_tcp_header(packet.segment);
  ASSERT_TRUE(header) << to_string(header.error());
  const wire::TcpOption* option = header->find(wire::TcpOptionKind::AO);
  ASSERT_NE(option, nullptr);
  const auto ao = wire::read_tcp_ao(packet.segment, *option);
  ASSERT_TRUE(ao) << to_string(ao.error());

  const auto key = tcpao::traffic_key(
      kdf, alg, octets(test, "master_key"),
      {packet.source, packet.destination, header->source_port, header->destination_port,
       number(test, "source_isn"), number(test, "destination_isn")});
  ASSERT_TRUE(key) << to_string(key.error());
  EXPECT_EQ(to_hex(key->view()), test.at("traffic_key").get<std::string>());

  ASSERT_EQ(ao->mac_size, tcpao::mac_size(alg));
  const OctetView there = OctetView(packet.segment).subspan(ao->mac_offset, ao->mac_size);
  EXPECT_EQ(to_hex(there), test.at("mac").get<std::string>());
  const auto mac = tcpao::segment_mac(alg, key->view(), test.at("covers_options").get<bool>(),
                                      number(test, "sne"), packet, *header, *ao);
  ASSERT_TRUE(mac) << to_string(mac.error());
  EXPECT_EQ(equal_in_constant_time(mac->view(), there), is_valid(test)) << to_hex(mac->view());
}

void run_tcp_md5(const nlohmann::json& test) {
  const wire::TcpPacket packet = packet_of(test);
  EXPECT_TRUE(wire::tcp_checksum_holds(packet));
  const auto header = wire::read_tcp_header(packet.segment);
  ASSERT_TRUE(header) << to_string(header.error());
  const wire::TcpOption* option = header->find(wire::TcpOptionKind::MD5);
  ASSERT_NE(option, nullptr);
  ASSERT_EQ(option->size, wire::tcp_md5_option_size);
  EXPECT_EQ(to_hex(OctetView(packet.segment).subspan(option->offset + 2, 16)),
            test.at("mac").get<std::string>());
  const Octets digest = tcpao::md5_signature(octets(test, "key"), packet, *header);
  EXPECT_EQ(to_hex(digest) == test.at("mac").get<std::string>(), is_valid(test)) << to_hex(digest);
}

}  // namespace karpspec::crypto
