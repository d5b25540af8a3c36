#include "crypto/prf.h"

#include <gtest/gtest.h>

#include "crypto/ike_keys.h"

namespace karpspec::crypto {
namespace {

constexpr Prf every_prf[] = {Prf::HMAC_SHA1,     Prf::HMAC_SHA2_256, Prf::HMAC_SHA2_384,
                             Prf::HMAC_SHA2_512, Prf::AES128_XCBC,   Prf::AES128_CMAC};
const Octets prf_key(20, 1);
const Octets seed(30, 2);

TEST(PrfPlus, StartsAlikeWhateverIsWanted) {
  for (const Prf id : every_prf) {
    const auto longest = prf_plus(id, prf_key, seed, 255 * prf_output_size(id));
    ASSERT_TRUE(longest);
    for (std::size_t size = 0; size < 200; size += 7) {
      const auto shorter = prf_plus(id, prf_key, seed, size);
      ASSERT_TRUE(shorter);
      EXPECT_EQ(to_hex(shorter->view()), to_hex(longest->view().first(size)));
    }
  }
}

TEST(PrfPlus, EndsAfter255Blocks) {
  for (const Prf id : every_prf) {
    const auto output = prf_plus(id, prf_key, seed, 255 * prf_output_size(id) + 1);
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::bad_value);
  }
}

TEST(AnyPrf, TakesKeysOfAnySize) {
  for (const Prf id : every_prf) {
    for (std::size_t size = 0; size < 300; size += 11) {
      const auto output = prf(id, Octets(size, 3), {seed});
      ASSERT_TRUE(output) << size;
      EXPECT_EQ(output->size(), prf_output_size(id));
    }
  }
}

TEST(AnyPrf, ThatIsNotOursIsUnsupported) {
  const auto unknown = static_cast<Prf>(1);
  EXPECT_EQ(prf_output_size(unknown), 0U);
  EXPECT_EQ(prf_key_size(unknown), 0U);
  EXPECT_EQ(prf(unknown, prf_key, {seed}).error().code, ErrorCode::unsupported);
  EXPECT_EQ(prf_plus(unknown, prf_key, seed, 1).error().code, ErrorCode::unsupported);
}

// RFC 5996 section 2.14: of the nonces only 8 octets each count, but for these two PRFs alone.
TEST(Skeyseed, TakesTheStartOfTheNoncesWhereThePrfIsAes) {
  const Octets ni(32, 4);
  Octets longer = ni;
  longer.back() ^= 1;
  Octets other = ni;
  other[7] ^= 1;
  const auto derive = [](Prf id, const Octets& i, const Octets& r) {
    const auto value = derive_skeyseed(id, Ni{i}, Nr{r}, SharedSecret{seed});
    EXPECT_TRUE(value);
    return value ? to_hex(value->view()) : "";
  };
  for (const Prf id : every_prf) {
    const bool aes = id == Prf::AES128_XCBC || id == Prf::AES128_CMAC;
    EXPECT_EQ(derive(id, ni, ni) == derive(id, longer, ni), aes);
    EXPECT_EQ(derive(id, ni, ni) == derive(id, ni, longer), aes);
    EXPECT_NE(derive(id, ni, ni), derive(id, other, ni));
    EXPECT_NE(derive(id, ni, ni), derive(id, ni, other));
  }
}

TEST(Skeyseed, RefusesNoncesShorterThanThat) {
  const Octets nonce(16, 4);
  const Octets few(7, 4);
  for (const Prf id : {Prf::AES128_XCBC, Prf::AES128_CMAC}) {
    EXPECT_EQ(derive_skeyseed(id, Ni{few}, Nr{nonce}, {}).error().code, ErrorCode::bad_length);
    EXPECT_EQ(derive_skeyseed(id, Ni{nonce}, Nr{few}, {}).error().code, ErrorCode::bad_length);
  }
}

TEST(IkeKeys, CloneIsEqualAndItsOwn) {
  const IkeSuite suite;
  const Secret skeyseed(prf_key);
  auto keys = derive_ike_keys(suite, skeyseed, Ni{seed}, Nr{seed}, SpiI{1}, SpiR{2});
  ASSERT_TRUE(keys);
  const IkeKeys copy = keys->clone();
  EXPECT_EQ(to_hex(copy.SK_pr.view()), to_hex(keys->SK_pr.view()));
  keys->SK_pr.writable()[0] ^= 1;
  EXPECT_NE(to_hex(copy.SK_pr.view()), to_hex(keys->SK_pr.view()));
}

}  // namespace
}  // namespace karpspec::crypto
