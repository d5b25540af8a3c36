// Files of secrets: the keys of whole IKE SAs in them.
#include "observer/secrets_file.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace karpspec::observer {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class SecretsFile : public testing::Test {
 protected:
  SecretsFile() {
    std::string name =
        (std::filesystem::temp_directory_path() / "karpspec-secrets-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~SecretsFile() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Result<Secrets> read(const std::string& text) {
    const std::string path = folder_ + "/s.yaml";
    std::ofstream(path) << text;
    EXPECT_TRUE(is_secrets_file(path)) << text;
    return read_secrets(path);
  }
  std::string refusal(const std::string& text) {
    const auto secrets = read(text);
    return secrets ? "taken" : secrets.error().message;
  }

 private:
  std::string folder_;
};

Secrets::IkeSa sample() {
  Secrets::IkeSa sa;
  sa.spi_i = 0x0102030405060708;
  sa.spi_r = 0x00000000000000ff;
  sa.keys.SK_d = Secret(Octets(32, 1));
  sa.keys.SK_ai = Secret(Octets(32, 2));
  sa.keys.SK_ar = Secret(Octets(32, 3));
  sa.keys.SK_ei = Secret(Octets(16, 4));
  sa.keys.SK_er = Secret(Octets(16, 5));
  sa.keys.SK_pi = Secret(Octets(32, 6));
  sa.keys.SK_pr = Secret(Octets(32, 7));
  return sa;
}

std::string text_of(Secrets::IkeSa sa) {
  std::vector<Secrets::IkeSa> sas;
  sas.push_back(std::move(sa));
  return secrets_text({}, {}, sas);
}

TEST_F(SecretsFile, KeepsTheKeysOfAnIkeSa) {
  const auto read_back = read(text_of(sample()));
  ASSERT_TRUE(read_back) << read_back.error().message;
  ASSERT_THAT(read_back->ike_sas, SizeIs(1));
  const auto* sa = read_back->ike_sa(0x0102030405060708, 0xff);
  ASSERT_NE(sa, nullptr);
  EXPECT_EQ(sa->suite, crypto::IkeSuite());
  EXPECT_EQ(to_hex(sa->keys.SK_pr.view()), to_hex(Octets(32, 7)));
  EXPECT_EQ(read_back->ike_sa(1, 2), nullptr);
}

TEST_F(SecretsFile, AnAeadHasNoKeysForIntegrity) {
  Secrets::IkeSa sa = sample();
  sa.suite.encr = Encr::AES_GCM_16;
  sa.suite.integ = Integ::NONE;
  sa.keys.SK_ai = Secret();
  sa.keys.SK_ar = Secret();
  sa.keys.SK_ei = Secret(Octets(20, 4));
  sa.keys.SK_er = Secret(Octets(20, 5));
  const auto read_back = read(text_of(std::move(sa)));
  ASSERT_TRUE(read_back) << read_back.error().message;
  EXPECT_EQ(read_back->ike_sas.front().suite.encr, Encr::AES_GCM_16);
}

TEST_F(SecretsFile, RefusalsNameTheLine) {
  std::string text = text_of(sample());
  EXPECT_THAT(refusal(text + "    SK_x: 0x00\n"), HasSubstr("s.yaml:12"));
  std::string without = text;
  without.erase(without.find("    SK_d"), without.find("    SK_ai") - without.find("    SK_d"));
  EXPECT_THAT(refusal(without), HasSubstr("needs 'SK_d'"));
  std::string empty = text;
  empty.replace(empty.find("SK_d: "), empty.find("    SK_ai") - empty.find("SK_d: "), "SK_d: 0x\n");
  EXPECT_THAT(refusal(empty), HasSubstr("SK_d has no octets"));
  std::string other = text;
  other.replace(other.find("AES_CBC-128"), 11, "AES_CBC-256");
  EXPECT_THAT(refusal(other), HasSubstr("SK_ei has 16 octets, the suite wants 32"));
  std::string short_spi = text;
  short_spi.replace(short_spi.find("0x0102030405060708"), 18, "0x0102");
  EXPECT_THAT(refusal(short_spi), HasSubstr("s.yaml:2"));
  EXPECT_THAT(refusal("ike-sas: x\n"), HasSubstr("expected a list of IKE SAs"));
}

}  // namespace
}  // namespace karpspec::observer
