#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "crypto/ike_keys.h"
#include "oracle/rkmp/master_key.h"
#include "oracle/rkmp/negotiation.h"
#include "wire/message.h"

// The octets and the worked example of suites/profile.md are what the program sends and derives.
namespace karpspec::oracle {
namespace {

using wire::NotifyType;
using wire::PayloadType;

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

// "NAME = octets  what they mean", and further lines of octets, of all blocks of LANGUAGE.
std::map<std::string, std::string> blocks_of(const std::string& language) {
  std::ifstream in(std::string(KARPSPEC_SOURCE_DIR) + "/suites/profile.md");
  std::map<std::string, std::string> result;
  std::string line, name;
  bool inside = false;
  while (std::getline(in, line)) {
    if (line.starts_with("```")) {
      inside = !inside && line == "```" + language;
      continue;
    }
    if (!inside)
      continue;
    if (const auto at = line.find(" = "); at != std::string::npos) {
      name = line.substr(0, at);
      line.erase(0, at + 3);
    }
    line.erase(0, line.find_first_not_of(' '));
    result[name] += without_spaces(line.substr(0, line.find("  ")));
  }
  return result;
}

std::string chain(const std::vector<wire::Payload>& payloads) {
  return to_hex(wire::encode_chain(payloads));
}

wire::Payload deletion(std::uint8_t protocol, std::vector<Octets> spis) {
  wire::DeletePayload body;
  body.protocol = protocol;
  body.spi_size = static_cast<std::uint8_t>(spis.empty() ? 0 : spis.front().size());
  body.spis = std::move(spis);
  return wire::make_payload(PayloadType::D, std::move(body));
}

TEST(Profile, ItsOctetsAreWhatIsSent) {
  const auto octets = blocks_of("octets");
  const wire::CodePoints numbers;
  ProtocolPolicy policy;
  policy.pairs = {{1, 1}, {2, 2}};
  policy.exclude_options = false;
  const auto offer = rkmp::offer(policy, 100, numbers);
  const auto choice = rkmp::choose(offer, policy, numbers);
  ASSERT_TRUE(choice);
  const auto tsi = wire::make_payload(PayloadType::TSi, rkmp::selector(1, numbers));
  const auto tsr = wire::make_payload(PayloadType::TSr, rkmp::selector(1, numbers));
  const std::string selectors = octets.at("TSi") + octets.at("TSr");
  EXPECT_EQ(octets.at("SAi2") + selectors,
            chain({wire::make_payload(PayloadType::SA, offer), tsi, tsr}));
  EXPECT_EQ(
      octets.at("SAr2") + selectors,
      chain({wire::make_payload(PayloadType::SA, rkmp::answer(*choice, 7, numbers)), tsi, tsr}));

  const std::string rekey = chain({wire::make_notify(NotifyType::REKEY_SA, {}, 201, {7}),
                                   wire::make_payload(PayloadType::SA, offer)});
  EXPECT_EQ(octets.at("REKEY_SA"), rekey.substr(0, octets.at("REKEY_SA").size()));
  EXPECT_EQ(octets.at("DELETE_KEY"), chain({deletion(201, {{7}})}));
  EXPECT_EQ(octets.at("DELETE_KEY_ANSWER"), chain({deletion(201, {{100}})}));
  EXPECT_EQ(octets.at("DELETE_IKE"), chain({deletion(1, {})}));
  for (const auto& [name, notify] :
       {std::pair("NO_PROPOSAL_CHOSEN", wire::make_notify(NotifyType::NO_PROPOSAL_CHOSEN)),
        std::pair("TS_UNACCEPTABLE", wire::make_notify(NotifyType::TS_UNACCEPTABLE)),
        std::pair("INVALID_KE_PAYLOAD",
                  wire::make_notify(NotifyType::INVALID_KE_PAYLOAD, {0x00, 0x0e})),
        std::pair("CHILD_SA_NOT_FOUND",
                  wire::make_notify(NotifyType::CHILD_SA_NOT_FOUND, {}, 201, {7})),
        std::pair("UNSUPPORTED_CRITICAL_PAYLOAD",
                  wire::make_notify(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, {200}))})
    EXPECT_EQ(octets.at(name), chain({notify})) << name;
  const auto vendor = wire::decode_chain(PayloadType::V, from_hex(octets.at("VENDOR_ID")).value());
  ASSERT_TRUE(vendor);
  ASSERT_NE(vendor->front().as<wire::VendorIdPayload>(), nullptr);
  EXPECT_EQ(vendor->front().as<wire::VendorIdPayload>()->data.size(), 16u);
}

TEST(Profile, ItsWorkedExampleIsWhatIsDerived) {
  const auto keys = blocks_of("keys");
  const auto value = [&](const std::string& name) { return from_hex(keys.at(name)).value(); };
  const auto spi = [&](const std::string& name) { return std::stoull(keys.at(name), nullptr, 16); };
  const Octets ni = value("Ni"), nr = value("Nr"), g_ir = value("g^ir");
  const auto skeyseed = crypto::derive_skeyseed(Prf::HMAC_SHA2_256, crypto::Ni{ni}, crypto::Nr{nr},
                                                crypto::SharedSecret{g_ir});
  ASSERT_TRUE(skeyseed);
  EXPECT_EQ(to_hex(skeyseed->view()), keys.at("SKEYSEED"));
  const auto ike = crypto::derive_ike_keys({}, *skeyseed, crypto::Ni{ni}, crypto::Nr{nr},
                                           crypto::SpiI{spi("SPIi")}, crypto::SpiR{spi("SPIr")});
  ASSERT_TRUE(ike);
  EXPECT_EQ(to_hex(ike->SK_d.view()), keys.at("SK_d"));

  const auto keymat = [&](const Octets& secret, const Octets& i, const Octets& r) {
    constexpr std::size_t block = 32;
    return to_hex(crypto::derive_keymat(Prf::HMAC_SHA2_256, ike->SK_d.view(),
                                        crypto::SharedSecret{secret}, crypto::Ni{i}, crypto::Nr{r},
                                        block)
                      .value()
                      .view());
  };
  EXPECT_EQ(keymat({}, ni, nr), keys.at("KEYMAT of IKE_AUTH"));
  const Octets ni2 = value("Ni of CREATE_CHILD_SA"), nr2 = value("Nr of CREATE_CHILD_SA");
  EXPECT_EQ(keymat({}, ni2, nr2), keys.at("KEYMAT of CREATE_CHILD_SA"));
  EXPECT_EQ(keymat(value("g^ir of CREATE_CHILD_SA"), ni2, nr2), keys.at("KEYMAT with KE"));
  for (const auto& [name, kdf] :
       {std::pair("with KDF_HMAC_SHA1", 1), std::pair("with KDF_AES_128_CMAC", 2)})
    EXPECT_EQ(to_hex(rkmp::master_key(Prf::HMAC_SHA2_256, ike->SK_d.view(), {}, crypto::Ni{ni},
                                      crypto::Nr{nr}, static_cast<std::uint8_t>(kdf))
                         .value()
                         .view()),
              keys.at(name));
}

}  // namespace
}  // namespace karpspec::oracle
