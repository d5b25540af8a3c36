#include "dut/adapters/openiked_config.h"

#include <gmock/gmock.h>

#include "device.h"
#include "dut/adapters/openiked_status.h"
#include "oracle/ike/negotiation.h"

namespace karpspec::dut {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Json iked_params() {
  return Json::parse(R"({
    "identity": {"type": "ID_FQDN", "value": "device.example"},
    "ike_proposals": ["AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048",
                      "AES_GCM_16-256//HMAC_SHA2_512/ECP_384"],
    "peers": [{"name": "tester", "address": "192.0.2.2", "child": "esp",
               "identity": {"type": "ID_FQDN", "value": "tester.example"},
               "psk": "0x00010200", "protocols": []}]})");
}

TEST(OpenikedConfig, NamesSuitesAsIkedDoes) {
  const auto named = [](const char* text) {
    return iked_proposal(oracle::ike::suite_from_text(text).value());
  };
  EXPECT_EQ(named("AES_CBC-256/HMAC_SHA2_384_192/HMAC_SHA2_512/CURVE25519").value(),
            "enc aes-256 prf hmac-sha2-512 auth hmac-sha2-384 group curve25519");
  EXPECT_EQ(named("AES_GCM_16-128//HMAC_SHA2_256/ECP_521").value(),
            "enc aes-128-gcm prf hmac-sha2-256 group ecp521");
  for (const char* other : {"AES_CBC-128/AES_XCBC_96/AES128_XCBC/MODP_2048",
                            "CHACHA20_POLY1305//HMAC_SHA2_256/CURVE25519"})
    EXPECT_EQ(named(other).error().code, ErrorCode::unsupported) << other;
}

// iked tells the type of an identity by its look.
TEST(OpenikedConfig, RefusesNamesThatWouldBeTakenForAnotherType) {
  const auto named = [](wire::IdType type, const Octets& value) {
    return iked_identity({static_cast<std::uint8_t>(type), value});
  };
  EXPECT_EQ(named(wire::IdType::ID_FQDN, octets_of("b.example")).value(), "b.example");
  EXPECT_EQ(named(wire::IdType::ID_RFC822_ADDR, octets_of("a@b")).value(), "a@b");
  EXPECT_EQ(named(wire::IdType::ID_IPV4_ADDR, {192, 0, 2, 1}).value(), "192.0.2.1");
  for (const char* text : {"192.0.2.1", "2001:db8::1", "a@b", "/CN=b", "a\"b", "a b", ""})
    EXPECT_FALSE(named(wire::IdType::ID_FQDN, octets_of(text))) << text;
  EXPECT_FALSE(named(wire::IdType::ID_KEY_ID, {0, 1}));
}

TEST(OpenikedConfig, WaitsUnlessToldToBegin) {
  const auto config = iked_config(iked_params(), own);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(
      config->text(),
      AllOf(HasSubstr("set dpd_check_interval 0\n"),
            HasSubstr("ikev2 \"peer-1\" passive esp from 192.0.2.1 to 192.0.2.2 local 192.0.2.1 "
                      "peer 192.0.2.2 ikesa enc aes-128 prf hmac-sha2-256 auth hmac-sha2-256 "
                      "group modp2048 ikesa enc aes-256-gcm prf hmac-sha2-512 group ecp384 "),
            HasSubstr(" srcid \"device.example\" dstid \"tester.example\" ikelifetime 0 lifetime 0 "
                      "bytes 0 psk 0x00010200\n"),
            Not(HasSubstr(" active "))));
  EXPECT_THAT(config->text("tester"), HasSubstr("ikev2 \"peer-1\" active esp "));
  EXPECT_THAT(iked_config(iked_params(), own, true)->text(), HasSubstr("dpd_check_interval 1\n"));
}

TEST(OpenikedConfig, SaysWhatIkedHasNot) {
  const auto code = [](const auto& change) {
    Json other = iked_params();
    change(other);
    return iked_config(other, own).error().code;
  };
  const auto unsupported = ErrorCode::unsupported;
  EXPECT_EQ(code([](Json& json) { json["peers"][0]["child"] = "rkmp"; }), unsupported);
  EXPECT_EQ(code([](Json& json) { json["peers"][0]["port"] = 501U; }), unsupported);
  EXPECT_EQ(code([](Json& json) { json["peers"][0]["auth"] = "signature"; }), unsupported);
  EXPECT_EQ(code([](Json& json) { json["cookies"] = "always"; }), unsupported);
}

TEST(OpenikedStatus, ReadsWhatIkedLists) {
  const auto sas = iked_sas(
      "iked_sas: 0x55b228fd6e40 rspi 0xc73249496c11b3e6 ispi 0xb1e3f1b8c56e5c "
      "192.0.2.1:500->192.0.2.2:500<FQDN/tester.example>[] ESTABLISHED r nexti (nil) pol 0x5\n"
      "  sa_childsas: 0x1 ESP 0x1be915b4 out 192.0.2.1:500 -> 192.0.2.2:500 (L) B=(nil) P=0x2\n"
      "  sa_childsas: 0x2 ESP 0xee61a6f7 in 192.0.2.2:500 -> 192.0.2.1:500 (LA) B=(nil) P=0x1\n"
      "  sa_flows: 0x3 ESP out 192.0.2.1/32 -> 192.0.2.2/32 [0]@-1 (L) @0x4\n"
      "iked_sas: 0x6 rspi 0x0000000000000000 ispi 0x0102030405060708 "
      "192.0.2.1:500->192.0.2.3:500<>[] SA_INIT i nexti (nil) pol 0x5\n"
      "iked_activesas: 0x1 ESP 0x1be915b4 out 192.0.2.1:500 -> 192.0.2.2:500 (L)\n");
  ASSERT_EQ(sas.size(), 2U);
  EXPECT_EQ(sas[0].spi_i, "00b1e3f1b8c56e5c") << "iked leaves leading zeros out";
  EXPECT_EQ(sas[0].spi_r, "c73249496c11b3e6");
  EXPECT_EQ(sas[0].peer_address, "192.0.2.2");
  EXPECT_EQ(sas[0].state, "established");
  EXPECT_FALSE(sas[0].initiator);
  ASSERT_EQ(sas[0].children.size(), 1U);
  EXPECT_EQ(sas[0].children[0].spi_in, 0xee61a6f7U);
  EXPECT_EQ(sas[0].children[0].spi_out, 0x1be915b4U);
  EXPECT_EQ(sas[1].peer_address, "192.0.2.3");
  EXPECT_EQ(sas[1].state, "half-open");
  EXPECT_TRUE(sas[1].initiator && sas[1].children.empty());
  EXPECT_TRUE(iked_sas("").empty());
  EXPECT_TRUE(iked_sas("iked_sas:\n  sa_childsas: 0x1 ESP\n").empty());
}

}  // namespace
}  // namespace karpspec::dut
