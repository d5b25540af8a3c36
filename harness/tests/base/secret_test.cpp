#include "base/secret.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace {

// Looks at one block of memory at the moment it is given back.
struct Watch {
  const void* block = nullptr;
  std::size_t size = 0;
  bool given_back = false;
  bool wiped = false;
};
Watch watch;

void give_back(void* p) noexcept {
  if (p != nullptr && p == watch.block) {
    const auto* octets = static_cast<const volatile unsigned char*>(p);
    watch.wiped = true;
    for (std::size_t i = 0; i < watch.size; ++i)
      watch.wiped = watch.wiped && octets[i] == 0;
    watch.given_back = true;
    watch.block = nullptr;
  }
  std::free(p);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* p = std::malloc(size == 0 ? 1 : size))
    return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  give_back(p);
}
void operator delete(void* p, std::size_t) noexcept {
  give_back(p);
}

namespace karpspec {
namespace {

const Octets key = {0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

void watch_memory_of(const Secret& secret) {
  watch = {secret.view().data(), secret.size(), false, false};
}

// That the watch can tell the difference.
TEST(Secret, OfPlainOctetsWouldNotBeWiped) {
  {
    const Octets plain = key;
    watch = {plain.data(), plain.size(), false, false};
  }
  EXPECT_TRUE(watch.given_back);
  EXPECT_FALSE(watch.wiped);
}

TEST(Secret, IsWipedWhenItsLifeEnds) {
  {
    const Secret secret{OctetView(key)};
    EXPECT_EQ(to_hex(secret.view()), to_hex(key));
    watch_memory_of(secret);
  }
  EXPECT_TRUE(watch.given_back);
  EXPECT_TRUE(watch.wiped);
}

TEST(Secret, IsWipedWhenAnotherIsMovedOver) {
  Secret secret{OctetView(key)};
  watch_memory_of(secret);
  secret = Secret{OctetView(Octets{7, 7})};
  EXPECT_TRUE(watch.given_back);
  EXPECT_TRUE(watch.wiped);
  EXPECT_EQ(to_hex(secret.view()), "0707");
}

TEST(Secret, MovesWithoutCopy) {
  Secret from{OctetView(key)};
  const auto* place = from.view().data();
  Secret to = std::move(from);
  EXPECT_EQ(to.view().data(), place);
  EXPECT_EQ(to_hex(to.view()), to_hex(key));
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): a moved-from Secret holds nothing
  Secret assigned;
  assigned = std::move(to);
  EXPECT_EQ(assigned.view().data(), place);
  EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
  watch_memory_of(assigned);
  { const Secret last = std::move(assigned); }
  EXPECT_TRUE(watch.wiped);
}

TEST(Secret, SurvivesMovingOntoItself) {
  Secret secret{OctetView(key)};
  Secret& same = secret;
  secret = std::move(same);
  EXPECT_EQ(to_hex(secret.view()), to_hex(key));
}

TEST(Secret, IsCopiedOnlyByClone) {
  static_assert(!std::is_copy_constructible_v<Secret>);
  static_assert(!std::is_copy_assignable_v<Secret>);
  static_assert(std::is_nothrow_move_constructible_v<Secret>);
  Secret secret{OctetView(key)};
  const Secret clone = secret.clone();
  EXPECT_NE(clone.view().data(), secret.view().data());
  secret.writable()[0] = 0;
  EXPECT_EQ(to_hex(clone.view()), to_hex(key));
}

TEST(Secret, OfASizeStartsAsZeros) {
  const Secret secret(std::size_t{5});
  EXPECT_EQ(to_hex(secret.view()), "0000000000");
}

TEST(Secret, HasOneOwner) {
  Secret secret(Octets{1, 2, 3});
  const std::span<std::uint8_t> old = secret.writable();
  Secret other(std::move(secret));
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): what a move leaves is the point
  EXPECT_EQ(other.view().data(), old.data());
  const Secret copy = other.clone();
  EXPECT_NE(copy.view().data(), other.view().data());
  EXPECT_TRUE(equal_in_constant_time(copy.view(), other.view()));
  EXPECT_FALSE(equal_in_constant_time(copy.view(), Octets{1, 2, 4}));
  EXPECT_FALSE(equal_in_constant_time(copy.view(), Octets{1, 2}));
}

TEST(EqualInConstantTime, ComparesAll) {
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_TRUE(equal_in_constant_time(key, Octets(key)));
  EXPECT_FALSE(equal_in_constant_time(key, OctetView(key).first(15)));
  for (std::size_t i = 0; i < key.size(); ++i) {
    Octets other = key;
    other[i] ^= 0x80;
    EXPECT_FALSE(equal_in_constant_time(key, other)) << i;
  }
}

}  // namespace
}  // namespace karpspec
