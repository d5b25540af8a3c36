#include "dut/adapters/libreswan_proofs.h"

#include <gmock/gmock.h>

#include "device.h"
#include "dut/adapters/libreswan_config.h"

namespace karpspec::dut {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The device has an RSA key, its peer's leads to an authority with one.
Json pluto_proof_params() {
  Json out = Json::parse(R"({
    "identity": {"type": "ID_FQDN", "value": "device.example"},
    "peers": [{"name": "tester", "address": "192.0.2.2", "child": "esp", "auth": "signature",
               "identity": {"type": "ID_FQDN", "value": "tester.example"}}]})");
  out["credentials"] = {
      {{"name", "rsa"},
       {"private_key", credential("device-rsa.key")},
       {"certificates", {credential("device-rsa.crt")}}},
      {{"name", "chained"},
       {"private_key", credential("device-chain-1.key")},
       {"certificates", {credential("device-chain-1.crt"), credential("intermediate-1.crt")}}},
      {{"name", "raw"}, {"private_key", credential("device-ec256.key")}}};
  out["peers"][0]["trust"] = {{"anchors", {credential("rsa-ca.crt")}}};
  return out;
}

Result<PlutoConfig> pluto_told(const Json& json) {
  return pluto_config(json, own);
}

// The programs that fill the database.
std::vector<std::string> programs(const PlutoConfig& config) {
  std::vector<std::string> out;
  for (const auto& command : config.commands)
    out.push_back(command.front().substr(command.front().rfind('/') + 1));
  return out;
}

std::vector<std::string> files(const PlutoConfig& config) {
  std::vector<std::string> out;
  for (const auto& [name, text] : config.files) {
    EXPECT_THAT(text, HasSubstr("-----BEGIN ")) << name;
    out.push_back(name);
  }
  return out;
}

TEST(LibreswanProofs, FillTheDatabaseWithKeyAndAnchor) {
  const auto config = pluto_told(pluto_proof_params());
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(files(*config),
              ElementsAre("peer-1-own.key", "peer-1-own.crt", "peer-1-anchor-1.crt"));
  EXPECT_THAT(programs(*config), ElementsAre("openssl", "pk12util", "certutil"));
  EXPECT_THAT(config->commands[2], testing::Contains("CT,,")) << "only an anchor is trusted";
  EXPECT_THAT(config->ipsec_conf,
              AllOf(HasSubstr("  authby=rsasig\n"), HasSubstr("  leftcert=peer-1-own\n"),
                    HasSubstr("  leftsendcert=always\n")));
  EXPECT_EQ(config->secrets, "");
}

// pluto would sign with an ECDSA key as with one of RSA, and send nothing.
TEST(LibreswanProofs, SayWhichKindOfKeyEachSideHas) {
  Json json = pluto_proof_params();
  json["peers"][0]["credential"] = "chained";
  const auto config = pluto_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(config->ipsec_conf,
              AllOf(HasSubstr("  leftauth=ecdsa\n"), HasSubstr("  rightauth=rsasig\n"),
                    HasSubstr("  sendca=all\n"), Not(HasSubstr("authby"))));
  EXPECT_THAT(files(*config), testing::Contains("peer-1-own-above-1.crt"));
}

TEST(LibreswanProofs, GoEachWayByItself) {
  Json json = pluto_proof_params();
  json["peers"][0]["auth"] = "psk";
  json["peers"][0]["own_auth"] = "signature";
  json["peers"][0]["psk"] = "a secret";
  const auto config = pluto_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(config->ipsec_conf,
              AllOf(HasSubstr("  leftauth=rsasig\n"), HasSubstr("  rightauth=secret\n")));
  EXPECT_THAT(config->secrets, HasSubstr(" : PSK 0x"));
}

TEST(LibreswanProofs, LoadWhatIsRevoked) {
  Json json = pluto_proof_params();
  json["peers"][0]["trust"]["revocations"] = {credential("ca.crl")};
  const auto config = pluto_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(programs(*config),
              ElementsAre("openssl", "pk12util", "certutil", "openssl", "crlutil"));
}

TEST(LibreswanProofs, AreNotNeededForSecrets) {
  Json json = pluto_proof_params();
  json["peers"][0]["auth"] = "psk";
  json["peers"][0]["psk"] = "a secret";
  json["peers"][0].erase("trust");
  const auto config = pluto_told(json);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(config->files, IsEmpty());
  EXPECT_THAT(config->ipsec_conf, HasSubstr("  authby=secret\n"));
}

TEST(LibreswanProofs, SayWhatPlutoCannotBeTold) {
  const auto refused = [](const auto& change) {
    Json json = pluto_proof_params();
    change(json);
    const auto config = pluto_told(json);
    EXPECT_FALSE(config);
    return config ? Error{} : config.error();
  };
  const Error raw = refused([](Json& json) { json["peers"][0]["credential"] = "raw"; });
  EXPECT_EQ(raw.code, ErrorCode::unsupported);
  EXPECT_THAT(raw.message, HasSubstr("peer 'tester': pluto cannot be told"));
  EXPECT_EQ(refused([](Json& json) {
              json["peers"][0]["trust"] = {{"keys", {credential("tester-ec256.pub")}}};
            }).code,
            ErrorCode::unsupported);
  EXPECT_EQ(refused([](Json& json) {
              json["peers"].push_back(json["peers"][0]);
              json["peers"][1]["name"] = "other";
              json["peers"][1]["identity"]["value"] = "other.example";
            }).code,
            ErrorCode::unsupported);
}

}  // namespace
}  // namespace karpspec::dut
