#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/dh.h"
#include "crypto/protect.h"

namespace karpspec::crypto {
namespace {

std::vector<IkeSuite> suites() {
  std::vector<IkeSuite> all;
  for (const std::uint16_t bits : {std::uint16_t{128}, std::uint16_t{256}}) {
    for (const Integ integ : {Integ::HMAC_SHA1_96, Integ::AES_XCBC_96, Integ::AES_CMAC_96,
                              Integ::HMAC_SHA2_256_128, Integ::HMAC_SHA2_384_192,
                              Integ::HMAC_SHA2_512_256}) {
      all.push_back({Encr::AES_CBC, bits, integ});
    }
    all.push_back({Encr::AES_GCM_16, bits, Integ::NONE});
  }
  all.push_back({Encr::CHACHA20_POLY1305, 0, Integ::NONE});
  return all;
}

struct Sealed {
  Secret encr, integ;
  Octets message;
  std::size_t data_size = 0;
  [[nodiscard]] DirectionKeys keys() const { return {encr.view(), integ.view()}; }
};

Sealed make(const IkeSuite& suite, const Octets& plain, Random& random) {
  Sealed sealed;
  sealed.encr = Secret(random.octets(encr_key_size(suite.encr, suite.key_bits)));
  sealed.integ = Secret(random.octets(integ_key_size(suite.integ)));
  sealed.data_size = sealed_size(suite, plain.size());
  sealed.message = random.octets(32 + sealed.data_size);
  EXPECT_TRUE(seal(suite, sealed.keys(), plain, sealed.message, random));
  return sealed;
}

TEST(Seal, OpensWhatItSealed) {
  SeededRandom random(1);
  for (const IkeSuite& suite : suites()) {
    for (std::size_t size = 0; size <= 100; ++size) {
      const Octets plain = random.octets(size);
      const Sealed sealed = make(suite, plain, random);
      const auto opened = open(suite, sealed.keys(), sealed.message, sealed.data_size);
      ASSERT_TRUE(opened) << to_string(opened.error());
      EXPECT_EQ(*opened, plain);
    }
  }
}

TEST(Seal, RefusesEveryChangedOctet) {
  SeededRandom random(2);
  for (const IkeSuite& suite : suites()) {
    const Sealed sealed = make(suite, random.octets(20), random);
    for (std::size_t i = 0; i < sealed.message.size(); ++i) {
      Octets changed = sealed.message;
      changed[i] ^= 1;
      const auto opened = open(suite, sealed.keys(), changed, sealed.data_size);
      ASSERT_FALSE(opened) << i;
      EXPECT_EQ(opened.error().code, ErrorCode::not_authentic);
    }
  }
}

TEST(Seal, RefusesTooFewOctets) {
  SeededRandom random(3);
  for (const IkeSuite& suite : suites()) {
    const Sealed sealed = make(suite, {}, random);
    for (std::size_t size = 0; size < sealed.data_size; ++size) {
      EXPECT_FALSE(open(suite, sealed.keys(), sealed.message, size)) << size;
    }
    EXPECT_FALSE(open(suite, sealed.keys(), sealed.message, sealed.message.size() + 1));
  }
}

class Group : public testing::TestWithParam<DhGroup> {};

TEST_P(Group, AgreesBothWays) {
  SeededRandom random(4);
  for (int i = 0; i < 5; ++i) {
    const auto a = DhKeyPair::generate(GetParam(), random);
    const auto b = DhKeyPair::generate(GetParam(), random);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(a->ke_data().size(), ke_size(GetParam()));
    const auto ab = a->agree(b->ke_data());
    const auto ba = b->agree(a->ke_data());
    ASSERT_TRUE(ab && ba);
    EXPECT_TRUE(equal_in_constant_time(ab->view(), ba->view()));
    EXPECT_NE(a->ke_data(), b->ke_data());
  }
}

TEST_P(Group, RepeatsWithItsSeed) {
  SeededRandom first(5);
  SeededRandom second(5);
  EXPECT_EQ(DhKeyPair::generate(GetParam(), first)->ke_data(),
            DhKeyPair::generate(GetParam(), second)->ke_data());
}

TEST_P(Group, RefusesBadValues) {
  SeededRandom random(6);
  const auto pair = DhKeyPair::generate(GetParam(), random);
  ASSERT_TRUE(pair);
  const std::size_t size = ke_size(GetParam());
  EXPECT_EQ(pair->agree(Octets(size - 1, 9)).error().code, ErrorCode::bad_length);
  EXPECT_EQ(pair->agree(Octets(size + 1, 9)).error().code, ErrorCode::bad_length);
  EXPECT_EQ(pair->agree(Octets(size, 0)).error().code, ErrorCode::bad_value);
  Octets one(size, 0);
  one.back() = 1;
  if (GetParam() != DhGroup::CURVE25519) {
    EXPECT_EQ(pair->agree(one).error().code, ErrorCode::bad_value);
    EXPECT_EQ(pair->agree(Octets(size, 0xff)).error().code, ErrorCode::bad_value);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Group,
                         testing::Values(DhGroup::MODP_2048, DhGroup::MODP_3072,
                                         DhGroup::MODP_4096, DhGroup::ECP_256, DhGroup::ECP_384,
                                         DhGroup::ECP_521, DhGroup::CURVE25519));

}  // namespace
}  // namespace karpspec::crypto
