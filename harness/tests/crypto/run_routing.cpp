#include <gtest/gtest.h>

#include "oracle/rpauth/digest.h"
#include "vector_file.h"

// Cryptographic authentication of OSPFv2 and RIPv2.
namespace karpspec::crypto {

namespace rpauth = oracle::rpauth;

void run_routing_auth(const nlohmann::json& test) {
  const Octets packet = octets(test, "packet");
  const auto algorithm = rpauth::algorithm_from(test.at("algorithm").get<std::string>());
  ASSERT_TRUE(algorithm);
  unsigned key_id = 0;
  std::uint32_t sequence = 0;
  OctetView text, mac;
  if (test.at("protocol") == "ospfv2") {
    const auto header = wire::read_ospf_header(packet);
    ASSERT_TRUE(header) << to_string(header.error());
    ASSERT_TRUE(header->is(wire::OspfAuType::CRYPTOGRAPHIC));
    EXPECT_TRUE(wire::read_ospf_hello(packet, *header));
    key_id = header->key_id;
    sequence = header->sequence;
    text = rpauth::covered(packet, *header);
    mac = OctetView(packet).subspan(header->length, header->digest_size);
  } else {
    const auto message = wire::read_rip(packet);
    ASSERT_TRUE(message) << to_string(message.error());
    ASSERT_TRUE(message->authentication);
    const auto& by = *message->authentication;
    ASSERT_TRUE(by.is(wire::RipAuthType::KEYED_DIGEST));
    key_id = by.key_id;
    sequence = by.sequence;
    text = rpauth::covered(packet, by);
    mac = OctetView(packet).subspan(by.digest_at(), by.digest_size);
  }
  EXPECT_EQ(key_id, test.at("key_id").get<unsigned>());
  EXPECT_EQ(sequence, test.at("sequence").get<std::uint32_t>());
  EXPECT_EQ(to_hex(mac), test.at("mac").get<std::string>());
  const auto digest = rpauth::digest(*algorithm, octets(test, "key"), text);
  ASSERT_TRUE(digest) << to_string(digest.error());
  EXPECT_EQ(equal_in_constant_time(digest->view(), mac), is_valid(test)) << to_hex(digest->view());
}

}  // namespace karpspec::crypto
