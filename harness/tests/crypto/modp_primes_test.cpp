#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "crypto/dh.h"

namespace karpspec::crypto {
namespace {

// A natural number, least significant 32 bits first: as much arithmetic as the formula needs.
class Natural {
 public:
  explicit Natural(std::uint64_t value = 0)
      : limbs_{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)} {
    trim();
  }
  static Natural from(OctetView big_endian) {
    Natural value;
    for (std::uint8_t octet : big_endian)
      value = value.times(256).plus(Natural(octet));
    return value;
  }
  static Natural power_of_two(std::size_t bits) {
    Natural value;
    value.limbs_.assign(bits / 32 + 1, 0);
    value.limbs_.back() = std::uint32_t{1} << (bits % 32);
    return value;
  }
  [[nodiscard]] bool is_zero() const { return limbs_.empty(); }
  [[nodiscard]] Natural plus(const Natural& other) const {
    Natural sum = *this;
    sum.limbs_.resize(std::max(limbs_.size(), other.limbs_.size()) + 1);
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < sum.limbs_.size(); ++i) {
      carry += std::uint64_t{sum.limbs_[i]} + (i < other.limbs_.size() ? other.limbs_[i] : 0);
      sum.limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    sum.trim();
    return sum;
  }
  // OTHER must not be larger.
  [[nodiscard]] Natural minus(const Natural& other) const {
    Natural difference = *this;
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
      borrow += std::int64_t{limbs_[i]} - (i < other.limbs_.size() ? other.limbs_[i] : 0);
      difference.limbs_[i] = static_cast<std::uint32_t>(borrow);
      borrow >>= 32;
    }
    difference.trim();
    return difference;
  }
  [[nodiscard]] Natural times(std::uint32_t factor) const {
    Natural product = *this;
    std::uint64_t carry = 0;
    for (std::uint32_t& limb : product.limbs_) {
      carry += std::uint64_t{limb} * factor;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    product.limbs_.push_back(static_cast<std::uint32_t>(carry));
    product.trim();
    return product;
  }
  [[nodiscard]] Natural over(std::uint32_t divisor) const {
    Natural quotient = *this;
    std::uint64_t rest = 0;
    for (std::size_t i = limbs_.size(); i-- > 0;) {
      rest = rest << 32 | limbs_[i];
      quotient.limbs_[i] = static_cast<std::uint32_t>(rest / divisor);
      rest %= divisor;
    }
    quotient.trim();
    return quotient;
  }
  // Times or divided by 2^(32 * LIMBS).
  [[nodiscard]] Natural up(std::size_t limbs) const {
    Natural value = *this;
    value.limbs_.insert(value.limbs_.begin(), limbs, 0);
    value.trim();
    return value;
  }
  [[nodiscard]] Natural down(std::size_t limbs) const {
    Natural value;
    value.limbs_.assign(limbs_.begin() + static_cast<std::ptrdiff_t>(limbs), limbs_.end());
    return value;
  }
  friend bool operator==(const Natural&, const Natural&) = default;

 private:
  void trim() {
    while (!limbs_.empty() && limbs_.back() == 0)
      limbs_.pop_back();
  }
  std::vector<std::uint32_t> limbs_;
};

// ONE * arctan(1 / x), each term rounded down.
Natural arctan_of_inverse(std::uint32_t x, const Natural& one) {
  Natural positive;
  Natural negative;
  Natural term = one.over(x);
  for (std::uint32_t n = 1; !term.is_zero(); n += 2) {
    Natural& side = n % 4 == 1 ? positive : negative;
    side = side.plus(term.over(n));
    term = term.over(x * x);
  }
  return positive.minus(negative);
}

// RFC 3526: 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi) + k).
Natural published_prime(std::size_t bits, std::uint32_t k) {
  // pi = 16 arctan(1/5) - 4 arctan(1/239), with 66 bits more than are wanted: n - 64 in all.
  const Natural one = Natural::power_of_two(bits - 64);
  const Natural pi =
      arctan_of_inverse(5, one).times(16).minus(arctan_of_inverse(239, one).times(4));
  const Natural rounded = pi.over(4).down(2);
  return Natural::power_of_two(bits)
      .minus(Natural::power_of_two(bits - 64))
      .minus(Natural(1))
      .plus(rounded.plus(Natural(k)).up(2));
}

struct Published {
  DhGroup group;
  std::size_t bits;
  std::uint32_t k;
};

class ModpPrime : public testing::TestWithParam<Published> {};

TEST_P(ModpPrime, IsTheOneOfRfc3526) {
  const auto [group, bits, k] = GetParam();
  // The prime is more than half of 2^n, so 2^n mod p = 2^n - p.
  const Octets exponent{static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
  const auto pair = DhKeyPair::from_private(group, exponent);
  ASSERT_TRUE(pair);
  const Natural ours = Natural::power_of_two(bits).minus(Natural::from(pair->ke_data()));
  EXPECT_TRUE(ours == published_prime(bits, k));
  EXPECT_FALSE(ours == published_prime(bits, k + 1));
}

INSTANTIATE_TEST_SUITE_P(Groups, ModpPrime,
                         testing::Values(Published{DhGroup::MODP_2048, 2048, 124476},
                                         Published{DhGroup::MODP_3072, 3072, 1690314},
                                         Published{DhGroup::MODP_4096, 4096, 240904}));

}  // namespace
}  // namespace karpspec::crypto
