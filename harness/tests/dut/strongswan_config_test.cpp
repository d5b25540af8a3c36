#include "dut/adapters/strongswan_config.h"

#include <gmock/gmock.h>

#include "device.h"
#include "oracle/ike/negotiation.h"
#include "vici_list.h"

namespace karpspec::dut {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vici::Message;

Json charon_params() {
  return Json::parse(R"({
    "identity": {"type": "ID_FQDN", "value": "device.example"},
    "ike_proposals": ["AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048",
                      "AES_GCM_16-256//HMAC_SHA2_512/ECP_384"],
    "peers": [{"name": "tester", "address": "192.0.2.2", "port": 501, "child": "esp",
               "identity": {"type": "ID_KEY_ID", "value": "0x00ff"},
               "psk": "0x00010200", "protocols": []}]})");
}

const CharonConfig::Command* command(const CharonConfig& config, const std::string& name) {
  for (const CharonConfig::Command& one : config.commands) {
    if (one.name == name)
      return &one;
  }
  return nullptr;
}

TEST(StrongswanConfig, NamesEverySuiteAsCharonDoes) {
  const std::pair<const char*, const char*> suites[] = {
      {"AES_CBC-128/HMAC_SHA1_96/HMAC_SHA1/MODP_2048", "aes128-sha1-prfsha1-modp2048"},
      {"AES_CBC-256/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_3072", "aes256-sha256-prfsha256-modp3072"},
      {"AES_CBC-256/HMAC_SHA2_384_192/HMAC_SHA2_384/MODP_4096", "aes256-sha384-prfsha384-modp4096"},
      {"AES_CBC-256/HMAC_SHA2_512_256/HMAC_SHA2_512/ECP_521", "aes256-sha512-prfsha512-ecp521"},
      {"AES_CBC-128/AES_XCBC_96/AES128_XCBC/ECP_256", "aes128-aesxcbc-prfaesxcbc-ecp256"},
      {"AES_CBC-128/AES_CMAC_96/AES128_CMAC/ECP_384", "aes128-aescmac-prfaescmac-ecp384"},
      {"AES_GCM_16-128//HMAC_SHA2_256/CURVE25519", "aes128gcm16-prfsha256-curve25519"},
      {"CHACHA20_POLY1305//HMAC_SHA2_256/CURVE25519", "chacha20poly1305-prfsha256-curve25519"}};
  for (const auto& [ours, charons] : suites) {
    const auto suite = oracle::ike::suite_from_text(ours);
    ASSERT_TRUE(suite) << ours << ": " << to_string(suite.error());
    EXPECT_EQ(charon_proposal(*suite), charons);
  }
}

TEST(StrongswanConfig, GivesIdentitiesByTypeAndOctets) {
  const auto named = [](wire::IdType type, const Octets& value) {
    return charon_identity({static_cast<std::uint8_t>(type), value});
  };
  // A name that charon would take for another type by its look keeps its own.
  EXPECT_EQ(named(wire::IdType::ID_FQDN, octets_of("192.0.2.1")).value(),
            "fqdn:#3139322e302e322e31");
  EXPECT_EQ(named(wire::IdType::ID_RFC822_ADDR, octets_of("a@b")).value(), "rfc822:#614062");
  EXPECT_EQ(named(wire::IdType::ID_KEY_ID, {0, 0xff}).value(), "keyid:#00ff");
  EXPECT_EQ(named(wire::IdType::ID_IPV4_ADDR, {192, 0, 2, 1}).value(), "ipv4:#c0000201");
  EXPECT_EQ(named(wire::IdType::ID_IPV6_ADDR, Octets(16, 1)).value(),
            "ipv6:#01010101010101010101010101010101");
  EXPECT_EQ(named(wire::IdType::ID_DER_ASN1_DN, {0x30, 0}).value(), "asn1dn:#3000");
  EXPECT_EQ(named(static_cast<wire::IdType>(240), {1}).error().code, ErrorCode::unsupported);
}

TEST(StrongswanConfig, MakesAConnectionAndASecretForEachPeer) {
  const auto config = charon_config(charon_params(), own, "/mnt/vici");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(config->peers, ElementsAre("tester"));
  EXPECT_FALSE(config->half_open_first);
  ASSERT_EQ(config->commands.size(), 2U);
  const auto* load = command(*config, "load-conn");
  const auto* secret = command(*config, "load-shared");
  ASSERT_TRUE(load != nullptr && secret != nullptr);
  const Message peer = load->message.section("tester");
  EXPECT_THAT(list(peer, "proposals"),
              ElementsAre("aes128-sha256-prfsha256-modp2048", "aes256gcm16-prfsha512-ecp384"));
  EXPECT_THAT(list(peer, "local_addrs"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(list(peer, "remote_addrs"), ElementsAre("192.0.2.2"));
  EXPECT_EQ(peer.text({"remote_port"}), "501");
  EXPECT_EQ(peer.text({"local", "id"}), "fqdn:#" + to_hex(octets_of("device.example")));
  EXPECT_EQ(peer.text({"remote", "id"}), "keyid:#00ff");
  EXPECT_EQ(octets_of(secret->message.text({"data"})), (Octets{0, 1, 2, 0}));
  // Nothing of its own accord.
  for (const char* timer : {"rekey_time", "over_time", "dpd_delay"})
    EXPECT_EQ(peer.text({timer}), "0") << timer;
  EXPECT_EQ(peer.text({"children", charon_child, "rekey_time"}), "0");
}

TEST(StrongswanConfig, LooksAfterThePeerOnlyWhenAsked) {
  const auto config = charon_config(charon_params(), own, "/mnt/vici", true);
  ASSERT_TRUE(config);
  EXPECT_EQ(command(*config, "load-conn")->message.text({"tester", "dpd_delay"}), "1");
}

TEST(StrongswanConfig, WritesTimersAsNumbersOfSeconds) {
  const auto plain = charon_config(charon_params(), own, "/mnt/vici");
  ASSERT_TRUE(plain);
  EXPECT_THAT(plain->strongswan_conf,
              AllOf(HasSubstr("retransmit_timeout = 1\n"), HasSubstr("retransmit_tries = 6\n"),
                    HasSubstr("half_open_timeout = 30\n"), HasSubstr("retransmit_base = 2\n"),
                    HasSubstr("socket = unix:///mnt/vici\n"), HasSubstr("dos_protection = no\n")));
  Json other = charon_params();
  other["timers"] = {{"retransmit_first", 0.25}, {"retransmit_tries", 2}, {"half_open", 1.5}};
  const auto config = charon_config(other, own, "/mnt/vici");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(config->strongswan_conf,
              AllOf(HasSubstr("retransmit_timeout = 0.250\n"), HasSubstr("retransmit_tries = 2\n"),
                    HasSubstr("half_open_timeout = 2\n")));
}

// charon demands a cookie while it has as many half open SAs as its threshold, which is at least 1.
TEST(StrongswanConfig, DemandsCookiesByHalfOpenSas) {
  Json some = charon_params();
  some["cookies"] = 3U;
  const auto above = charon_config(some, own, "/mnt/vici");
  ASSERT_TRUE(above);
  EXPECT_FALSE(above->half_open_first);
  EXPECT_THAT(above->strongswan_conf,
              AllOf(HasSubstr("dos_protection = yes\n"), HasSubstr("cookie_threshold = 3\n")));
  some["cookies"] = "always";
  const auto always = charon_config(some, own, "/mnt/vici");
  ASSERT_TRUE(always);
  EXPECT_TRUE(always->half_open_first);
  EXPECT_THAT(always->strongswan_conf, HasSubstr("cookie_threshold = 1\n"));
  const Message primer = always->commands.back().message.section(charon_primer);
  EXPECT_THAT(list(primer, "remote_addrs"), ElementsAre("192.0.2.1")) << "it is with itself";
}

TEST(StrongswanConfig, SaysWhatIsWrongOrNotToBeHad) {
  const auto error = [](const auto& change) {
    Json other = charon_params();
    change(other);
    return charon_config(other, own, "/mnt/vici").error();
  };
  const Error child = error([](Json& json) { json["peers"][0]["child"] = "rkmp"; });
  EXPECT_EQ(child.code, ErrorCode::unsupported);
  EXPECT_THAT(child.message, HasSubstr("peer 'tester'"));
  EXPECT_EQ(error([](Json& json) { json["peers"][0]["auth"] = "signature"; }).code,
            ErrorCode::bad_value)
      << "there is no credential";
  EXPECT_THAT(error([](Json& json) { json["peers"][0].erase("psk"); }).message,
              HasSubstr("peers[1].psk"));
  EXPECT_THAT(error([](Json& json) { json["cookies"] = "sometimes"; }).message,
              HasSubstr("cookies"));
  EXPECT_THAT(error([](Json& json) { json["timers"]["no_such"] = 1; }).message,
              HasSubstr("timers.no_such"));
  EXPECT_THAT(error([](Json& json) { json["ike_proposals"] = Json::array(); }).message,
              HasSubstr("ike_proposals"));
}

// charon's size is the datagram's, with 28 octets of IPv4 and UDP headers.
TEST(StrongswanConfig, CutsMessagesAtTheSizeThatIsGiven) {
  const auto cut_at = [](const Json& size) {
    Json other = charon_params();
    if (!size.is_null())
      other["fragmentation"] = {{"size", size}};
    return charon_config(other, own, "/mnt/vici").value();
  };
  const auto whole = cut_at(nullptr), cut = cut_at(160U);
  EXPECT_THAT(whole.strongswan_conf, Not(HasSubstr("fragment_size")));
  EXPECT_THAT(cut.strongswan_conf, HasSubstr("  fragment_size = 188\n"));
  const auto told = [](const CharonConfig& config) {
    return command(config, "load-conn")->message.section("tester").text({"fragmentation"});
  };
  EXPECT_EQ(told(whole), "no");
  EXPECT_EQ(told(cut), "yes");
}

}  // namespace
}  // namespace karpspec::dut
