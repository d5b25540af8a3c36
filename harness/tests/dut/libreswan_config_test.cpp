#include "dut/adapters/libreswan_config.h"

#include <gmock/gmock.h>

#include "device.h"
#include "oracle/ike/negotiation.h"

namespace karpspec::dut {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Json pluto_params() {
  return Json::parse(R"({
    "identity": {"type": "ID_FQDN", "value": "device.example"},
    "ike_proposals": ["AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048",
                      "AES_GCM_16-256//HMAC_SHA2_512/ECP_384"],
    "peers": [{"name": "a tester", "address": "192.0.2.2", "port": 500, "child": "esp",
               "identity": {"type": "ID_KEY_ID", "value": "0x00ff"},
               "psk": "0x00010200", "protocols": []}]})");
}

TEST(LibreswanConfig, NamesSuitesAsPlutoDoes) {
  const std::pair<const char*, const char*> suites[] = {
      {"AES_CBC-128/HMAC_SHA1_96/HMAC_SHA1/MODP_2048", "aes128-sha1-modp2048"},
      {"AES_CBC-256/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_3072", "aes256-sha2_256-modp3072"},
      {"AES_CBC-256/HMAC_SHA2_384_192/HMAC_SHA2_384/MODP_4096", "aes256-sha2_384-modp4096"},
      {"AES_CBC-256/HMAC_SHA2_512_256/HMAC_SHA2_512/ECP_521", "aes256-sha2_512-dh21"},
      {"AES_CBC-128/AES_XCBC_96/AES128_XCBC/ECP_256", "aes128-aes_xcbc-dh19"},
      {"AES_GCM_16-128//HMAC_SHA2_256/CURVE25519", "aes_gcm_c128-sha2_256-dh31"},
      {"CHACHA20_POLY1305//HMAC_SHA2_256/ECP_384", "chacha20_poly1305-sha2_256-dh20"}};
  for (const auto& [ours, plutos] : suites) {
    const auto suite = oracle::ike::suite_from_text(ours);
    ASSERT_TRUE(suite) << ours << ": " << to_string(suite.error());
    EXPECT_EQ(pluto_proposal(*suite).value(), plutos);
  }
}

// It has one word for both, so another PRF cannot be asked for.
TEST(LibreswanConfig, RefusesSuitesThatPlutoHasNoWordFor) {
  for (const char* ours : {"AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_512/MODP_2048",
                           "AES_CBC-128/AES_CMAC_96/AES128_CMAC/MODP_2048"}) {
    const auto suite = oracle::ike::suite_from_text(ours);
    ASSERT_TRUE(suite) << ours;
    const auto proposal = pluto_proposal(*suite);
    ASSERT_FALSE(proposal) << *proposal;
    EXPECT_EQ(proposal.error().code, ErrorCode::unsupported);
    EXPECT_THAT(proposal.error().message, HasSubstr(ours));
  }
}

TEST(LibreswanConfig, GivesIdentitiesByTheirType) {
  const auto named = [](wire::IdType type, const Octets& value) {
    return pluto_identity({static_cast<std::uint8_t>(type), value});
  };
  // A name that looks like an address stays a name.
  EXPECT_EQ(named(wire::IdType::ID_FQDN, octets_of("192.0.2.1")).value(), "@192.0.2.1");
  EXPECT_EQ(named(wire::IdType::ID_RFC822_ADDR, octets_of("a@b")).value(), "a@b");
  EXPECT_EQ(named(wire::IdType::ID_KEY_ID, {0, 0xff}).value(), "@#00ff");
  EXPECT_EQ(named(wire::IdType::ID_IPV4_ADDR, {192, 0, 2, 1}).value(), "192.0.2.1");
  EXPECT_EQ(named(wire::IdType::ID_IPV6_ADDR, Octets(16, 1)).value(),
            "101:101:101:101:101:101:101:101");
  EXPECT_EQ(named(wire::IdType::ID_DER_ASN1_DN, {0x30, 0}).value(), "@~3000");
  // What would be another line or another type in its file.
  for (const char* text : {"", "a b", "a\nauto=start", "#1", "\"a"}) {
    EXPECT_EQ(named(wire::IdType::ID_FQDN, octets_of(text)).error().code, ErrorCode::unsupported)
        << text;
  }
  EXPECT_FALSE(named(wire::IdType::ID_RFC822_ADDR, octets_of("@b")));
  EXPECT_FALSE(named(wire::IdType::ID_IPV4_ADDR, {192, 0, 2}));
}

TEST(LibreswanConfig, MakesAConnectionAndASecretForEachPeer) {
  const auto config = pluto_config(pluto_params(), own);
  ASSERT_TRUE(config) << to_string(config.error());
  ASSERT_EQ(config->connections.size(), 1U);
  EXPECT_EQ(config->connections[0].name, "peer-1");
  EXPECT_EQ(config->connections[0].peer, "a tester");
  EXPECT_THAT(config->ipsec_conf,
              AllOf(HasSubstr("conn peer-1\n"), HasSubstr("  left=192.0.2.1\n"),
                    HasSubstr("  right=192.0.2.2\n"), HasSubstr("  leftid=@device.example\n"),
                    HasSubstr("  rightid=@#00ff\n"),
                    HasSubstr("  ike=aes128-sha2_256-modp2048,aes_gcm_c256-sha2_512-dh20\n"),
                    Not(HasSubstr("rightikeport"))));
  EXPECT_EQ(config->secrets, "@device.example @#00ff : PSK 0x00010200\n");
  // Nothing of its own accord.
  EXPECT_THAT(config->ipsec_conf, AllOf(HasSubstr("  rekey=no\n"), HasSubstr("  dpddelay=0s\n"),
                                        HasSubstr("  auto=ignore\n")));
}

TEST(LibreswanConfig, LooksAfterThePeerOnlyWhenAsked) {
  const auto config = pluto_config(pluto_params(), own, true);
  ASSERT_TRUE(config);
  EXPECT_THAT(config->ipsec_conf, HasSubstr("  dpddelay=1s\n"));
}

// pluto is told when to give up, not how often to repeat: 1 + 2 + 4 + ... seconds and no more.
TEST(LibreswanConfig, GivesUpWithinTheLastInterval) {
  Json other = pluto_params();
  other["timers"] = {{"retransmit_first", 0.5}, {"retransmit_tries", 2}};
  const auto config = pluto_config(other, own);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(config->ipsec_conf, AllOf(HasSubstr("  retransmit-interval=500ms\n"),
                                        HasSubstr("  retransmit-timeout=3250ms\n")));
}

TEST(LibreswanConfig, DemandsCookies) {
  const auto with = [](const Json& cookies) {
    Json other = pluto_params();
    other["cookies"] = cookies;
    return pluto_config(other, own).value().ipsec_conf;
  };
  EXPECT_THAT(with("never"), HasSubstr("  ddos-mode=unlimited\n"));
  EXPECT_THAT(with("always"), HasSubstr("  ddos-mode=busy\n"));
  EXPECT_THAT(with(3U),
              AllOf(HasSubstr("  ddos-mode=auto\n"), HasSubstr("  ddos-ike-threshold=3\n")));
}

// The size of its fragments is built in.
TEST(LibreswanConfig, UsesFragmentsOfItsOwnSize) {
  Json other = pluto_params();
  EXPECT_THAT(pluto_config(other, own).value().ipsec_conf, HasSubstr("  fragmentation=no\n"));
  other["fragmentation"] = {{"size", 1280U}};
  EXPECT_THAT(pluto_config(other, own).value().ipsec_conf, HasSubstr("  fragmentation=yes\n"));
  other["fragmentation"] = {{"size", 160U}};
  EXPECT_EQ(pluto_config(other, own).error().code, ErrorCode::unsupported);
}

TEST(LibreswanConfig, SaysWhatIsWrongOrNotToBeHad) {
  const auto error = [](const auto& change) {
    Json other = pluto_params();
    change(other);
    return pluto_config(other, own).error();
  };
  const Error child = error([](Json& json) { json["peers"][0]["child"] = "rkmp"; });
  EXPECT_EQ(child.code, ErrorCode::unsupported);
  EXPECT_THAT(child.message, HasSubstr("peer 'a tester'"));
  EXPECT_THAT(error([](Json& json) { json["peers"][0].erase("psk"); }).message,
              HasSubstr("peers[1].psk"));
}

}  // namespace
}  // namespace karpspec::dut
