#include "dut/adapters/strongswan_proofs.h"

#include <gmock/gmock.h>

#include "device.h"
#include "dut/adapters/strongswan_config.h"
#include "vici_list.h"

namespace karpspec::dut {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using vici::Message;

// The device has a key below an intermediate authority; its peer's leads to the same anchor.
Json charon_proof_params() {
  Json out = Json::parse(R"({
    "identity": {"type": "ID_FQDN", "value": "device.example"},
    "peers": [{"name": "tester", "address": "192.0.2.2", "child": "esp", "auth": "signature",
               "identity": {"type": "ID_FQDN", "value": "tester.example"}}]})");
  out["credentials"] = {
      {{"name", "chained"},
       {"private_key", credential("device-chain-1.key")},
       {"certificates", {credential("device-chain-1.crt"), credential("intermediate-1.crt")}}},
      {{"name", "raw"}, {"private_key", credential("device-ec256.key")}}};
  out["peers"][0]["trust"] = {{"anchors", {credential("ca.crt")}}};
  return out;
}

Result<CharonConfig> charon_told(const Json& json) {
  return charon_config(json, own, "/mnt/vici");
}

std::vector<std::string> names(const CharonConfig& config) {
  std::vector<std::string> out;
  for (const CharonConfig::Command& command : config.commands)
    out.push_back(command.name);
  return out;
}

TEST(StrongswanProofs, LoadKeyChainAndAnchorBeforeTheConnection) {
  const auto config = charon_told(charon_proof_params());
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(names(*config), ElementsAre("load-key", "load-cert", "load-conn")) << "and no secret";
  EXPECT_EQ(config->commands[0].message.text({"data"}), credential("device-chain-1.key"));
  EXPECT_EQ(config->commands[1].message.text({"data"}), credential("intermediate-1.crt"));
  const Message peer = config->commands[2].message.section("tester");
  EXPECT_EQ(peer.text({"local", "auth"}), "pubkey");
  EXPECT_EQ(peer.text({"remote", "auth"}), "pubkey");
  EXPECT_EQ(peer.text({"send_certreq"}), "yes");
  EXPECT_THAT(list(peer.section("local"), "certs"), ElementsAre(credential("device-chain-1.crt")));
  EXPECT_THAT(list(peer.section("remote"), "cacerts"), ElementsAre(credential("ca.crt")));
}

TEST(StrongswanProofs, NameRawKeysOnBothSides) {
  Json json = charon_proof_params();
  json["peers"][0]["credential"] = "raw";
  json["peers"][0]["trust"] = {{"keys", {credential("tester-ec256.pub")}}};
  const auto config = charon_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(names(*config), ElementsAre("load-key", "load-conn"));
  const Message peer = config->commands[1].message.section("tester");
  EXPECT_EQ(peer.text({"send_certreq"}), "no");
  EXPECT_THAT(list(peer.section("remote"), "pubkeys"), ElementsAre(credential("tester-ec256.pub")));
  EXPECT_THAT(list(peer.section("local"), "pubkeys"), ElementsAre(StartsWith("0")))
      << "a SubjectPublicKeyInfo in DER";
}

TEST(StrongswanProofs, GoEachWayByItself) {
  Json json = charon_proof_params();
  json["peers"][0]["auth"] = "psk";
  json["peers"][0]["own_auth"] = "signature";
  json["peers"][0]["psk"] = "a secret";
  const auto config = charon_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(names(*config), ElementsAre("load-key", "load-cert", "load-conn", "load-shared"));
  const Message peer = config->commands[2].message.section("tester");
  EXPECT_EQ(peer.text({"local", "auth"}), "pubkey");
  EXPECT_EQ(peer.text({"remote", "auth"}), "psk");
}

TEST(StrongswanProofs, TakeAnybodyWhoseKeyIsTrusted) {
  Json json = charon_proof_params();
  json["peers"][0].erase("identity");
  json["peers"][0].erase("psk");
  json["peers"][0]["trust"] = {{"keys", {credential("tester-ec256.pub")}}};
  const auto config = charon_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->commands.back().message.section("tester").text({"remote", "id"}), "%any");
  EXPECT_THAT(config->peers, ElementsAre("tester")) << "it can be started without a secret too";
}

TEST(StrongswanProofs, LoadWhatIsRevoked) {
  Json json = charon_proof_params();
  json["peers"][0]["trust"]["revocations"] = {credential("ca.crl")};
  const auto config = charon_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(names(*config), ElementsAre("load-key", "load-cert", "load-cert", "load-conn"));
  EXPECT_EQ(config->commands[2].message.text({"type"}), "X509_CRL");
}

TEST(StrongswanProofs, SayWhatCharonCannotBeTold) {
  const auto refused = [](const char* member, const Json& value) {
    Json json = charon_proof_params();
    json["peers"][0]["trust"][member] = value;
    const auto config = charon_told(json);
    EXPECT_FALSE(config) << member;
    return config ? Error{} : config.error();
  };
  EXPECT_EQ(refused("key_purpose", "1.3.6.1").code, ErrorCode::unsupported);
  EXPECT_EQ(refused("max_intermediates", 1U).code, ErrorCode::unsupported);
  const Error both = refused("keys", {credential("tester-ec256.pub")});
  EXPECT_EQ(both.code, ErrorCode::unsupported);
  EXPECT_THAT(both.message, HasSubstr("peer 'tester': charon cannot be told"));
  Json nobody = charon_proof_params();
  nobody["peers"][0]["credential"] = "no-such";
  EXPECT_EQ(charon_told(nobody).error().code, ErrorCode::bad_value);
}

}  // namespace
}  // namespace karpspec::dut
