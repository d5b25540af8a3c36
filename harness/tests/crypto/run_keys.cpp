#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/aes_mac.h"
#include "crypto/digest.h"
#include "crypto/ike_keys.h"
#include "crypto/prf.h"
#include "vector_file.h"

namespace karpspec::crypto {
namespace {

std::string hex_or_error(const Result<Secret>& value) {
  return value ? to_hex(value->view()) : to_string(value.error());
}

std::uint64_t spi(const nlohmann::json& test, const char* field) {
  std::uint64_t value = 0;
  for (std::uint8_t octet : octets(test, field))
    value = value << 8 | octet;
  return value;
}

// The seven keys must be what prf+ gives, cut in the order of RFC 5996 section 2.14.
void expect_keys(const IkeSuite& suite, const Secret& skeyseed, const nlohmann::json& test) {
  const Octets ni = octets(test, "ni");
  const Octets nr = octets(test, "nr");
  const auto keys = derive_ike_keys(suite, skeyseed, Ni{ni}, Nr{nr}, SpiI{spi(test, "spi_i")},
                                    SpiR{spi(test, "spi_r")});
  ASSERT_TRUE(keys) << to_string(keys.error());
  const std::size_t prf_size = prf_key_size(suite.prf);
  EXPECT_EQ(keys->SK_d.size(), prf_size);
  EXPECT_EQ(keys->SK_ai.size(), integ_key_size(suite.integ));
  EXPECT_EQ(keys->SK_ar.size(), integ_key_size(suite.integ));
  EXPECT_EQ(keys->SK_ei.size(), encr_key_size(suite.encr, suite.key_bits));
  EXPECT_EQ(keys->SK_er.size(), encr_key_size(suite.encr, suite.key_bits));
  EXPECT_EQ(keys->SK_pi.size(), prf_size);
  EXPECT_EQ(keys->SK_pr.size(), prf_size);
  const Octets joined =
      concat({keys->SK_d.view(), keys->SK_ai.view(), keys->SK_ar.view(), keys->SK_ei.view(),
              keys->SK_er.view(), keys->SK_pi.view(), keys->SK_pr.view()});
  const std::string dkm = test.at("dkm").get<std::string>();
  const std::size_t common = std::min(dkm.size(), 2 * joined.size());
  EXPECT_EQ(to_hex(joined).substr(0, common), dkm.substr(0, common));
}

}  // namespace

void run_digest(const nlohmann::json& test) {
  const std::string name = test.at("digest").get<std::string>();
  const Octets data = octets(test, "data");
  const Octets output = name == "MD5" ? md5(data) : name == "SHA1" ? sha1(data) : sha256(data);
  EXPECT_EQ(to_hex(output), test.at("output").get<std::string>());
}

void run_prf(const nlohmann::json& test) {
  const Octets period = octets(test, "data");
  Octets data;
  for (int i = test.value("repeat", 1); i > 0; --i)
    append(data, period);
  const Octets key = octets(test, "key");
  const std::string expected = test.at("output").get<std::string>();
  const auto whole = prf(prf_of(test), key, {data});
  EXPECT_EQ(hex_or_error(whole).substr(0, expected.size()), expected);
  // Wherever the data is cut in two, the output is the same.
  for (std::size_t cut = 0; cut <= data.size(); cut += data.size() / 7 + 1) {
    const OctetView view(data);
    EXPECT_EQ(hex_or_error(prf(prf_of(test), key, {view.first(cut), view.subspan(cut)})),
              hex_or_error(whole));
  }
}

void run_ike_keys(const nlohmann::json& test) {
  const Prf function = prf_of(test);
  const Octets ni = octets(test, "ni");
  const Octets nr = octets(test, "nr");
  const Octets g_ir = octets(test, "g_ir");
  const Octets g_ir_new = octets(test, "g_ir_new");
  const auto skeyseed = derive_skeyseed(function, Ni{ni}, Nr{nr}, SharedSecret{g_ir});
  ASSERT_EQ(hex_or_error(skeyseed), test.at("skeyseed").get<std::string>());

  const Octets seed = concat({ni, nr, octets(test, "spi_i"), octets(test, "spi_r")});
  const Octets dkm = octets(test, "dkm");
  EXPECT_EQ(hex_or_error(prf_plus(function, skeyseed->view(), seed, dkm.size())), to_hex(dkm));
  expect_keys({Encr::AES_CBC, 128, Integ::HMAC_SHA1_96, function}, *skeyseed, test);
  expect_keys({Encr::AES_CBC, 256, Integ::HMAC_SHA2_256_128, function}, *skeyseed, test);
  expect_keys({Encr::AES_GCM_16, 256, Integ::NONE, function}, *skeyseed, test);

  const OctetView sk_d = OctetView(dkm).first(prf_key_size(function));
  EXPECT_EQ(
      hex_or_error(derive_rekeyed_skeyseed(function, sk_d, SharedSecret{g_ir_new}, Ni{ni}, Nr{nr})),
      test.at("skeyseed_rekeyed").get<std::string>());
  if (test.contains("keymat")) {
    const std::string keymat = test.at("keymat").get<std::string>();
    EXPECT_EQ(hex_or_error(derive_keymat(function, sk_d, {}, Ni{ni}, Nr{nr}, keymat.size() / 2)),
              keymat);
  }
  if (test.contains("keymat_dh")) {
    const std::string keymat = test.at("keymat_dh").get<std::string>();
    EXPECT_EQ(hex_or_error(derive_keymat(function, sk_d, SharedSecret{g_ir_new}, Ni{ni}, Nr{nr},
                                         keymat.size() / 2)),
              keymat);
  }
}

void run_keymat(const nlohmann::json& test) {
  const Octets sk_d = octets(test, "sk_d");
  const Octets g_ir = octets(test, "g_ir");
  const Octets ni = octets(test, "ni");
  const Octets nr = octets(test, "nr");
  const std::string output = test.at("output").get<std::string>();
  EXPECT_EQ(hex_or_error(derive_keymat(prf_of(test), sk_d, SharedSecret{g_ir}, Ni{ni}, Nr{nr},
                                       output.size() / 2)),
            output);
}

void run_psk_auth(const nlohmann::json& test) {
  const Octets message = octets(test, "real_message");
  const Octets nonce = octets(test, "peer_nonce");
  const Octets sk_p = octets(test, "sk_p");
  const Octets id_body = octets(test, "id_body");
  const auto auth =
      psk_auth(prf_of(test), octets(test, "shared_secret"), message, nonce, sk_p, id_body);
  ASSERT_TRUE(auth) << to_string(auth.error());
  EXPECT_EQ(to_hex(*auth), test.at("auth").get<std::string>());
  const auto signed_part = signed_octets(prf_of(test), message, nonce, sk_p, id_body);
  const auto maced_id = prf(prf_of(test), sk_p, {id_body});
  ASSERT_TRUE(signed_part && maced_id);
  EXPECT_EQ(*signed_part, concat({message, nonce, maced_id->view()}));
}

}  // namespace karpspec::crypto
