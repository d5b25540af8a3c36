#include "crypto/library.h"

#include <gmock/gmock.h>

#include <array>
#include <barrier>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/random.h"
#include "crypto/dh.h"
#include "crypto/digest.h"
#include "crypto/keyed_mac.h"
#include "crypto/protect.h"

namespace karpspec::crypto {
namespace {

using testing::Contains;
using testing::Each;

OSSL_LIB_CTX* library_of_another_thread() {
  OSSL_LIB_CTX* found = nullptr;
  std::thread([&] { found = own_library(); }).join();
  return found;
}

TEST(Library, IsAThreadsOwnAsLongAsItRuns) {
  OSSL_LIB_CTX* const here = own_library();
  ASSERT_NE(here, nullptr);
  EXPECT_EQ(own_library(), here);
  std::array<OSSL_LIB_CTX*, 2> there{};
  std::thread([&] {
    there[0] = own_library();
    there[1] = library_of_another_thread();
  }).join();
  EXPECT_NE(there[0], nullptr);
  EXPECT_NE(there[0], here);
  EXPECT_NE(there[1], here);
  EXPECT_NE(there[1], there[0]);
}

TEST(Library, IsTakenUpAgainByTheNextThread) {
  OSSL_LIB_CTX* const first = library_of_another_thread();
  EXPECT_EQ(library_of_another_thread(), first);
}

// As an SA does that one thread sets up and another goes on with.
TEST(Library, OutlivesTheThreadForWhatWasMadeInIt) {
  const IkeSuite suite{Encr::AES_CBC, 128, Integ::HMAC_SHA2_256_128};
  const Octets encr(16, 1), integ(32, 2), plain(40, 3);
  const DirectionKeys keys{encr, integ};
  Octets message(28 + sealed_size(suite, plain.size()));
  std::optional<Opening> opening;
  std::optional<KeyedMac> mac;
  std::thread([&] {
    SeededRandom random(1);
    ASSERT_TRUE(seal(suite, keys, plain, message, random));
    auto made = Opening::make(suite, keys);
    ASSERT_TRUE(made);
    opening = *std::move(made);
    auto keyed = KeyedMac::hmac(HashAlgorithm::SHA2_256, integ);
    ASSERT_TRUE(keyed);
    mac = *std::move(keyed);
  }).join();
  ASSERT_TRUE(opening && mac);
  const std::size_t data_size = message.size() - 28;
  const std::jthread other([&] {
    for (int i = 0; i < 100; ++i)
      EXPECT_EQ(opening->open(message, data_size), plain);
  });
  const auto own = KeyedMac::hmac(HashAlgorithm::SHA2_256, integ)->run({plain});
  for (int i = 0; i < 100; ++i) {
    const auto again = mac->run({plain});
    ASSERT_TRUE(own && again);
    EXPECT_TRUE(equal_in_constant_time(own->view(), again->view()));
  }
}

TEST(Library, ServesKeysThatAnotherThreadMade) {
  for (const DhGroup group : {DhGroup::CURVE25519, DhGroup::ECP_256, DhGroup::MODP_2048}) {
    std::optional<DhKeyPair> one;
    std::thread([&] {
      SeededRandom random(1);
      auto made = DhKeyPair::generate(group, random);
      ASSERT_TRUE(made);
      one = *std::move(made);
    }).join();
    ASSERT_TRUE(one);
    SeededRandom random(2);
    const auto other = DhKeyPair::generate(group, random);
    ASSERT_TRUE(other);
    const auto here = one->agree(other->ke_data());
    const auto there = other->agree(one->ke_data());
    ASSERT_TRUE(here && there);
    EXPECT_TRUE(equal_in_constant_time(here->view(), there->view()));
  }
}

// OpenSSL has no room for so many contexts: threads beyond share its own.
TEST(Library, IsSharedByThreadsThatAreTooMany) {
  constexpr std::size_t count = 200;
  std::vector<OSSL_LIB_CTX*> found(count);
  std::vector<Octets> digests(count);
  std::barrier all_have_one(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      found[i] = own_library();
      digests[i] = sha256(Octets{1, 2, 3});
      all_have_one.arrive_and_wait();
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_THAT(found, Contains(nullptr));
  std::erase(found, nullptr);
  EXPECT_LE(found.size(), 128U);
  EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size());
  EXPECT_THAT(digests, Each(digests.front()));
  EXPECT_EQ(digests.front().size(), 32U);
}

}  // namespace
}  // namespace karpspec::crypto
