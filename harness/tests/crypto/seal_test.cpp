#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/prf.h"
#include "crypto/protect.h"

namespace karpspec::crypto {
namespace {

std::vector<IkeSuite> suites() {
  std::vector<IkeSuite> all;
  for (const std::uint16_t bits : {std::uint16_t{128}, std::uint16_t{256}}) {
    for (const Integ integ :
         {Integ::HMAC_SHA1_96, Integ::AES_XCBC_96, Integ::AES_CMAC_96, Integ::HMAC_SHA2_256_128,
          Integ::HMAC_SHA2_384_192, Integ::HMAC_SHA2_512_256}) {
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

// What came before, right or wrong, changes nothing: every message is as if it were the only one.
TEST(Seal, OpensOneMessageAfterAnotherUnderKeysThatAreKept) {
  SeededRandom random(8);
  for (const IkeSuite& suite : suites()) {
    const Sealed first = make(suite, random.octets(20), random);
    auto opening = Opening::make(suite, first.keys());
    ASSERT_TRUE(opening) << to_string(opening.error());
    for (std::size_t i = 0; i < 60; ++i) {
      const Octets plain = random.octets(i * 7 % 50);
      std::size_t size = sealed_size(suite, plain.size());
      Octets message = random.octets(32 + size);
      ASSERT_TRUE(seal(suite, first.keys(), plain, message, random));
      // Every other one is damaged: in what is covered alone, in the ciphertext, in the ICV, or
      // cut.
      const std::size_t damaged[] = {0, 32 + encr_iv_size(suite.encr), message.size() - 1};
      if (i % 8 == 7)
        size = i % 16 == 7 ? 3 : message.size() + 1;
      else if (i % 2 == 1)
        message[damaged[i % 8 / 2]] ^= 1;
      const auto alone = open(suite, first.keys(), message, size);
      const auto after_others = opening->open(message, size);
      ASSERT_EQ(after_others.has_value(), alone.has_value()) << i;
      ASSERT_EQ(alone.has_value(), i % 2 == 0) << i;
      if (alone) {
        EXPECT_EQ(*after_others, plain) << i;
      } else {
        EXPECT_EQ(to_string(after_others.error()), to_string(alone.error())) << i;
      }
    }
  }
}

TEST(Seal, RefusesEveryChangedBit) {
  SeededRandom random(2);
  for (const IkeSuite& suite : suites()) {
    const Sealed sealed = make(suite, random.octets(20), random);
    for (std::size_t i = 0; i < 8 * sealed.message.size(); ++i) {
      Octets changed = sealed.message;
      changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
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

TEST(Seal, RefusesEveryChangedBitOfTheKeys) {
  SeededRandom random(4);
  for (const IkeSuite& suite : suites()) {
    Sealed sealed = make(suite, random.octets(20), random);
    // CBC does not authenticate by SK_e: there a wrong key is only noticed as garbage.
    Secret& key = is_aead(suite.encr) ? sealed.encr : sealed.integ;
    for (std::size_t i = 0; i < 8 * key.size(); ++i) {
      std::uint8_t& octet = key.writable()[i / 8];
      octet = static_cast<std::uint8_t>(octet ^ (1U << (i % 8)));
      const auto opened = open(suite, sealed.keys(), sealed.message, sealed.data_size);
      ASSERT_FALSE(opened) << i;
      EXPECT_EQ(opened.error().code, ErrorCode::not_authentic);
      octet = static_cast<std::uint8_t>(octet ^ (1U << (i % 8)));
    }
  }
}

TEST(Seal, AddsTheLeastPadding) {
  const IkeSuite cbc{Encr::AES_CBC, 128, Integ::HMAC_SHA1_96};
  EXPECT_EQ(sealed_size(cbc, 0), 16 + 16 + 12U);
  EXPECT_EQ(sealed_size(cbc, 15), 16 + 16 + 12U);
  EXPECT_EQ(sealed_size(cbc, 16), 16 + 32 + 12U);
  const IkeSuite gcm{Encr::AES_GCM_16, 256, Integ::NONE};
  EXPECT_EQ(sealed_size(gcm, 0), 8 + 1 + 16U);
  EXPECT_EQ(sealed_size(gcm, 16), 8 + 17 + 16U);
}

TEST(Seal, RefusesAMessageWithoutRoom) {
  SeededRandom random(5);
  for (const IkeSuite& suite : suites()) {
    const Octets plain = random.octets(20);
    const Secret encr(random.octets(encr_key_size(suite.encr, suite.key_bits)));
    const Secret integ(random.octets(integ_key_size(suite.integ)));
    Octets message(sealed_size(suite, plain.size()) - 1);
    const auto done = seal(suite, {encr.view(), integ.view()}, plain, message, random);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::bad_length);
  }
}

TEST(Seal, RefusesKeysOfOtherSizes) {
  SeededRandom random(6);
  for (const IkeSuite& suite : suites()) {
    const Sealed sealed = make(suite, random.octets(5), random);
    const Octets longer = concat({sealed.encr.view(), OctetView(sealed.message).first(1)});
    const DirectionKeys wrong[] = {
        {sealed.encr.view().first(sealed.encr.size() - 1), sealed.integ.view()},
        {longer, sealed.integ.view()},
        {sealed.encr.view(), longer}};
    for (const DirectionKeys& keys : wrong) {
      const auto opened = open(suite, keys, sealed.message, sealed.data_size);
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, ErrorCode::bad_length);
    }
  }
}

// What a peer that holds the keys can still get wrong: the ICV is right, what is inside is not.
class Inside : public testing::Test {
 protected:
  const IkeSuite suite{Encr::AES_CBC, 128, Integ::HMAC_SHA2_256_128};
  SeededRandom random{7};
  const Octets encr = random.octets(16);
  const Octets integ = random.octets(32);

  [[nodiscard]] Octets with_icv(Octets message) const {
    const auto icv = prf(Prf::HMAC_SHA2_256, integ, {message});
    EXPECT_TRUE(icv);
    append(message, icv->view().first(16));
    return message;
  }
};

TEST_F(Inside, RefusesPartsOfBlocks) {
  for (std::size_t size = 17; size < 32; ++size) {
    const Octets message = with_icv(random.octets(32 + 16 + size));
    const auto opened = open(suite, {encr, integ}, message, 16 + size + 16);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::bad_length);
  }
}

TEST_F(Inside, RefusesAPadLengthBeyondTheCiphertext) {
  Octets message(32 + sealed_size(suite, 15));
  ASSERT_TRUE(seal(suite, {encr, integ}, random.octets(15), message, random));
  message.resize(message.size() - 16);
  // A bit of the IV changes the same bit of the first block's plaintext: the pad length.
  message[32 + 15] ^= 0x10;
  const Octets resealed = with_icv(message);
  const auto opened = open(suite, {encr, integ}, resealed, resealed.size() - 32);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::bad_length);
}

TEST_F(Inside, AcceptsAnyPaddingWithinTheCiphertext) {
  Octets message(32 + sealed_size(suite, 15));
  const Octets plain = random.octets(15);
  ASSERT_TRUE(seal(suite, {encr, integ}, plain, message, random));
  message.resize(message.size() - 16);
  message[32 + 15] ^= 0x0f;  // pad length 15: all of it padding, and not zeros
  const Octets resealed = with_icv(message);
  const auto opened = open(suite, {encr, integ}, resealed, resealed.size() - 32);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(opened->empty());
}

TEST(Suite, IsSupportedOnlyWithPartsThatFit) {
  for (const IkeSuite& suite : suites())
    EXPECT_TRUE(is_supported(suite));
  EXPECT_FALSE(is_supported({Encr::AES_CBC, 128, Integ::NONE}));
  EXPECT_FALSE(is_supported({Encr::AES_CBC, 192, Integ::HMAC_SHA1_96}));
  EXPECT_FALSE(is_supported({Encr::AES_GCM_16, 128, Integ::HMAC_SHA1_96}));
  EXPECT_FALSE(is_supported({Encr::CHACHA20_POLY1305, 128, Integ::NONE}));
  EXPECT_FALSE(is_supported({Encr::NONE, 0, Integ::HMAC_SHA1_96}));
  EXPECT_FALSE(is_supported({static_cast<Encr>(3), 128, Integ::HMAC_SHA1_96}));
  EXPECT_FALSE(is_supported({Encr::AES_CBC, 128, static_cast<Integ>(1)}));
  EXPECT_FALSE(is_supported({Encr::AES_CBC, 128, Integ::HMAC_SHA1_96, static_cast<Prf>(1)}));
}

}  // namespace
}  // namespace karpspec::crypto
