#include "base/result.h"

#include <gmock/gmock.h>

#include <memory>

namespace karpspec {
namespace {

Result<int> even(int n) {
  if (n % 2 != 0)
    return fail(ErrorCode::bad_value, "odd", 3);
  return n;
}
Result<int> half_of_half(int n) {
  KARPSPEC_TRY(first, even(n));
  KARPSPEC_TRY(second, even(first / 2));
  return second / 2;
}
Result<void> twice_even(int n) {
  KARPSPEC_CHECK(even(n));
  KARPSPEC_CHECK(even(n / 2));
  return {};
}

TEST(Result, TryGivesTheValueOrLeaves) {
  EXPECT_EQ(half_of_half(12), 3);
  for (const int n : {5, 6}) {
    const auto result = half_of_half(n);
    ASSERT_FALSE(result.has_value()) << n;
    EXPECT_EQ(result.error().code, ErrorCode::bad_value);
    EXPECT_EQ(result.error().offset, 3U);
  }
}

TEST(Result, CheckLeaves) {
  EXPECT_TRUE(twice_even(4).has_value());
  EXPECT_FALSE(twice_even(5).has_value());
  EXPECT_FALSE(twice_even(6).has_value());
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  const auto pointed = [](Result<std::unique_ptr<int>> source) -> Result<int> {
    KARPSPEC_TRY(pointer, std::move(source));
    return *pointer;
  };
  EXPECT_EQ(pointed(std::make_unique<int>(7)), 7);
}

TEST(Result, ErrorsReadAsText) {
  EXPECT_EQ(to_string(Error{ErrorCode::truncated, "nonce needs 16 octets, 3 are left", 28}),
            "truncated at octet 28: nonce needs 16 octets, 3 are left");
  EXPECT_EQ(to_string(Error{ErrorCode::timeout, "", std::nullopt}), "timed out");
  EXPECT_EQ(to_string(Error{ErrorCode::no_match, "no group in common", std::nullopt}),
            "no match: no group in common");
}

}  // namespace
}  // namespace karpspec
