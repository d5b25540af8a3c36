#include "crypto/dh.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "vector_file.h"

namespace karpspec::crypto {
namespace {

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

TEST_P(Group, TakesItsPrivateValueFromTheRandomAlone) {
  SeededRandom first(8);
  SeededRandom second(9);
  const auto a = DhKeyPair::generate(GetParam(), first);
  const auto b = DhKeyPair::generate(GetParam(), second);
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->ke_data(), b->ke_data());
  EXPECT_EQ(a->group(), GetParam());
}

TEST_P(Group, RefusesPrivateValuesOutOfRange) {
  if (GetParam() == DhGroup::CURVE25519) {
    for (const std::size_t size : {0U, 31U, 33U}) {
      const auto pair = DhKeyPair::from_private(GetParam(), Octets(size, 1));
      ASSERT_FALSE(pair);
      EXPECT_EQ(pair.error().code, ErrorCode::bad_length);
    }
    return;
  }
  for (const Octets& zero : {Octets{}, Octets(32, 0)}) {
    const auto pair = DhKeyPair::from_private(GetParam(), zero);
    ASSERT_FALSE(pair);
    EXPECT_EQ(pair.error().code, ErrorCode::bad_value);
  }
}

TEST(Groups, OfCurvesRefuseEveryChangedBitOfAPoint) {
  SeededRandom random(7);
  for (const DhGroup id : {DhGroup::ECP_256, DhGroup::ECP_384, DhGroup::ECP_521}) {
    const auto pair = DhKeyPair::generate(id, random);
    const auto peer = DhKeyPair::generate(id, random);
    ASSERT_TRUE(pair && peer);
    for (std::size_t i = 0; i < 8 * ke_size(id); ++i) {
      Octets changed = peer->ke_data();
      changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
      const auto shared = pair->agree(changed);
      ASSERT_FALSE(shared) << i;
      EXPECT_EQ(shared.error().code, ErrorCode::bad_value);
    }
  }
}

// How random octets become a private value is part of what a seed repeats.
TEST(Groups, OfCurvesReduceTheirRandomOctets) {
  const std::pair<DhGroup, std::size_t> sizes[] = {
      {DhGroup::ECP_256, 40}, {DhGroup::ECP_384, 56}, {DhGroup::ECP_521, 74}};
  for (const auto& [id, size] : sizes) {
    for (const std::uint8_t last : {std::uint8_t{0}, std::uint8_t{9}}) {
      Octets raw(size, 0);
      raw.back() = last;
      GivenOctets random(raw);
      const auto generated = DhKeyPair::generate(id, random);
      const std::uint8_t expected[] = {static_cast<std::uint8_t>(last + 1)};
      const auto given = DhKeyPair::from_private(id, expected);
      ASSERT_TRUE(generated && given);
      EXPECT_EQ(generated->ke_data(), given->ke_data());
    }
  }
}

TEST(Groups, OfNumbersTake320RandomBitsAsTheyStandButTheFirst) {
  for (const DhGroup id : {DhGroup::MODP_2048, DhGroup::MODP_3072, DhGroup::MODP_4096}) {
    Octets raw(40, 0x11);
    GivenOctets random(raw);
    const auto generated = DhKeyPair::generate(id, random);
    raw.front() = 0x91;
    const auto given = DhKeyPair::from_private(id, raw);
    ASSERT_TRUE(generated && given);
    EXPECT_EQ(generated->ke_data(), given->ke_data());
  }
}

TEST(Groups, OfCurvesBoundTheirPrivateValues) {
  for (const DhGroup id : {DhGroup::ECP_256, DhGroup::ECP_384, DhGroup::ECP_521}) {
    const auto pair = DhKeyPair::from_private(id, Octets(ke_size(id) / 2, 0xff));
    ASSERT_FALSE(pair);
    EXPECT_EQ(pair.error().code, ErrorCode::bad_value);
  }
}

TEST(Groups, ThatAreNotOursAreUnsupported) {
  SeededRandom random(10);
  for (const DhGroup id : {DhGroup::NONE, static_cast<DhGroup>(2), static_cast<DhGroup>(32)}) {
    EXPECT_EQ(ke_size(id), 0U);
    const auto pair = DhKeyPair::generate(id, random);
    ASSERT_FALSE(pair);
    EXPECT_EQ(pair.error().code, ErrorCode::unsupported);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Group,
                         testing::Values(DhGroup::MODP_2048, DhGroup::MODP_3072, DhGroup::MODP_4096,
                                         DhGroup::ECP_256, DhGroup::ECP_384, DhGroup::ECP_521,
                                         DhGroup::CURVE25519));

}  // namespace
}  // namespace karpspec::crypto
