#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "crypto/certificate.h"
#include "crypto/public_key.h"

namespace karpspec::crypto {
namespace {

std::string credential(const std::string& name) {
  std::ifstream in(KARPSPEC_SOURCE_DIR "/suites/credentials/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
PrivateKey private_key(const std::string& name) {
  auto made = PrivateKey::from_pem(credential(name + ".key"));
  EXPECT_TRUE(made) << name;
  return *std::move(made);
}
Certificate certificate(const std::string& name) {
  auto made = Certificate::from_pem(credential(name + ".crt"));
  EXPECT_TRUE(made) << name;
  return *std::move(made);
}
Time in_2026() {
  return Time(std::chrono::seconds{1767225600});
}
Octets hex(const char* text) {
  return *from_hex(text);
}

const SignatureScheme pss{SignatureAlgorithm::rsa_pss, HashAlgorithm::SHA2_256, 32};
const SignatureScheme pkcs1{SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA2_384, 0};
const SignatureScheme fixed{SignatureAlgorithm::ecdsa_fixed, HashAlgorithm::SHA2_256, 0};
const SignatureScheme der{SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_512, 0};
const SignatureScheme eddsa{SignatureAlgorithm::eddsa, HashAlgorithm::IDENTITY, 0};

struct Case {
  const char* key;
  SignatureScheme scheme;
};
class Signatures : public testing::TestWithParam<Case> {};

TEST_P(Signatures, AreRightForTheirMessageAlone) {
  const PrivateKey own = private_key(GetParam().key);
  SeededRandom random(1);
  const Octets message = octets_of("what is signed");
  const auto signature = own.sign(GetParam().scheme, message, random);
  ASSERT_TRUE(signature) << to_string(signature.error());
  EXPECT_TRUE(own.public_key().verify(GetParam().scheme, message, *signature));
  EXPECT_FALSE(own.public_key().verify(GetParam().scheme, octets_of("another"), *signature));
  for (std::size_t i = 0; i < signature->size(); i += 7) {
    Octets damaged = *signature;
    damaged[i] ^= 1;
    EXPECT_FALSE(own.public_key().verify(GetParam().scheme, message, damaged)) << i;
  }
  EXPECT_FALSE(own.public_key().verify(GetParam().scheme, message, {}));
  EXPECT_FALSE(
      own.public_key().verify(GetParam().scheme, message, OctetView(*signature).subspan(1)));
}

TEST_P(Signatures, RepeatWithTheirSeedAlone) {
  const PrivateKey own = private_key(GetParam().key);
  const Octets message = octets_of("what is signed");
  SeededRandom first(7), same(7), other(8);
  const auto a = own.sign(GetParam().scheme, message, first);
  const auto b = own.sign(GetParam().scheme, message, same);
  const auto c = own.sign(GetParam().scheme, message, other);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(*a, *b);
  const bool random = GetParam().scheme.algorithm != SignatureAlgorithm::rsa_pkcs1 &&
                      GetParam().scheme.algorithm != SignatureAlgorithm::eddsa;
  EXPECT_EQ(*a != *c, random);
}

INSTANTIATE_TEST_SUITE_P(All, Signatures,
                         testing::Values(Case{"tester-rsa", pss}, Case{"tester-rsa", pkcs1},
                                         Case{"tester-ec256", fixed}, Case{"tester-ec384", der},
                                         Case{"tester-ec521", der}, Case{"tester-ed25519", eddsa},
                                         Case{"tester-ed448", eddsa}));

// Test 1 of RFC 8032 section 7.1: no secret of ours is in it.
TEST(PublicKey, VerifiesThePublishedEd25519Signature) {
  Octets spki = hex("302a300506032b6570032100");
  append(spki, hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
  const auto known = PublicKey::from_spki(spki);
  ASSERT_TRUE(known);
  Octets signature = hex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
      "cf9b46bd25bf5f0595bbe24655141438e7a100b");
  EXPECT_TRUE(known->verify(eddsa, {}, signature));
  EXPECT_FALSE(known->verify(eddsa, octets_of("x"), signature));
}

// RFC 6979 appendix A.2.5: P-256, SHA-256, message "sample".
TEST(PublicKey, VerifiesThePublishedEcdsaSignature) {
  Octets spki = hex("3059301306072a8648ce3d020106082a8648ce3d030107034200 04");
  append(spki, hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"));
  append(spki, hex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
  const auto known = PublicKey::from_spki(spki);
  ASSERT_TRUE(known);
  const Octets signature =
      concat({hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"),
              hex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")});
  EXPECT_TRUE(known->verify(fixed, octets_of("sample"), signature));
  EXPECT_FALSE(known->verify(fixed, octets_of("simple"), signature));
}

// The octets of RFC 7427 appendix A and RFC 8420 appendix A.
TEST(AlgorithmIdentifiers, AreThoseOfTheirDocuments) {
  const struct {
    SignatureScheme scheme;
    const char* octets;
  } known[] = {
      {{SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA1, 0}, "300d06092a864886f70d0101050500"},
      {{SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA2_256, 0},
       "300d06092a864886f70d01010b0500"},
      {{SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA2_512, 0},
       "300d06092a864886f70d01010d0500"},
      {{SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_256, 0}, "300a06082a8648ce3d040302"},
      {{SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_384, 0}, "300a06082a8648ce3d040303"},
      {{SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_512, 0}, "300a06082a8648ce3d040304"},
      {pss,
       "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d01"
       "0108300d06096086480165030402010500a203020120"},
      {eddsa, "300506032b6570"},
  };
  for (const auto& [scheme, octets] : known) {
    const auto made = algorithm_identifier(scheme);
    ASSERT_TRUE(made) << scheme_name(scheme);
    EXPECT_EQ(to_hex(*made), octets) << scheme_name(scheme);
    const auto read = scheme_from_identifier(*made);
    ASSERT_TRUE(read) << scheme_name(scheme);
    EXPECT_EQ(*read, scheme);
  }
  EXPECT_EQ(to_hex(*algorithm_identifier(eddsa, EddsaCurve::ed448)), "300506032b6571");
  EXPECT_FALSE(scheme_from_identifier(hex("300506032b65")));
  EXPECT_FALSE(scheme_from_identifier(hex("300506032b657000")));
  EXPECT_EQ(scheme_from_identifier(hex("300506032b656f")).error().code, ErrorCode::unsupported);
}

// The same key as OpenSSL wrote it before PKCS #8: device owners still have such files.
TEST(Keys, MayStandInPemAsEcPrivateKey) {
  const auto read = PrivateKey::from_pem(
      "-----BEGIN EC PRIVATE KEY-----\n"
      "MHcCAQEEID0ej7dsLJTgrfV0s4yxCPXIp6D9JxdSq7T82NWzEeFboAoGCCqGSM49\n"
      "AwEHoUQDQgAEXDgAhyRePBXyLhfsvWIpmd3B6HLj1ainWO5hianYb8q2spyx3jtx\n"
      "UpaMVaJTL6lguMDkL4ne+TQmLeoH85mL6g==\n"
      "-----END EC PRIVATE KEY-----\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->public_key(), private_key("tester-ec256").public_key());
}

// As raw public keys are compared: one stands in a configuration, the other comes from a peer that
// left out the NULL that belongs there.
TEST(Keys, AreTheSameHoweverTheyWereWritten) {
  const PublicKey known = private_key("tester-rsa").public_key();
  // SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING }, of three- and one-octet lengths.
  Octets spki = known.spki();
  const Octets rsa_encryption = hex("300d06092a864886f70d0101010500");
  ASSERT_TRUE(std::equal(rsa_encryption.begin(), rsa_encryption.end(), spki.begin() + 4));
  spki.erase(spki.begin() + 17, spki.begin() + 19);
  spki[5] = 0x0b;
  spki[3] = static_cast<std::uint8_t>(spki[3] - 2);
  const auto received = PublicKey::from_spki(spki);
  ASSERT_TRUE(received);
  EXPECT_EQ(*received, known);
}

// A thread reads a key and another signs with it, as the jobs of a run do.
TEST(Keys, ServeOtherThreadsThanTheirReaders) {
  for (const char* name : {"tester-rsa", "tester-ec256", "tester-ed25519"}) {
    std::optional<PrivateKey> key;
    std::thread([&] { key = private_key(name); }).join();
    const SignatureScheme scheme = key->type() == KeyType::rsa       ? pss
                                   : key->type() == KeyType::ed25519 ? eddsa
                                                                     : fixed;
    std::array<Octets, 2> made;
    {
      std::array<std::jthread, 2> signers;
      for (std::size_t i = 0; i < made.size(); ++i)
        signers[i] = std::jthread([&, i] {
          SeededRandom random(7);
          if (auto signature = key->sign(scheme, octets_of("what is signed"), random))
            made[i] = *std::move(signature);
        });
    }
    EXPECT_EQ(made[0], made[1]) << name;
    EXPECT_TRUE(key->public_key().verify(scheme, octets_of("what is signed"), made[0])) << name;
  }
}

TEST(Keys, RefuseWhatTheyCannot) {
  SeededRandom random(1);
  EXPECT_EQ(private_key("tester-rsa").sign(fixed, {}, random).error().code, ErrorCode::unsupported);
  EXPECT_EQ(private_key("tester-ec256").public_key().verify(pss, {}, {}).error().code,
            ErrorCode::unsupported);
  EXPECT_FALSE(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n"));
  EXPECT_FALSE(PrivateKey::from_pem(credential("ca.crt")));
  EXPECT_FALSE(PublicKey::from_spki(octets_of("anything")));
  EXPECT_EQ(private_key("tester-ec256").public_key().pkcs1().error().code, ErrorCode::unsupported);
  const auto rsa = private_key("tester-rsa").public_key().pkcs1();
  ASSERT_TRUE(rsa);
  EXPECT_EQ(*PublicKey::from_pkcs1(*rsa), private_key("tester-rsa").public_key());
}

TEST(Chains, LeadToAnAnchorOrSayWhyNot) {
  const std::vector<Certificate> anchors = {certificate("ca")};
  const ChainPolicy policy{anchors, {}, in_2026()};
  EXPECT_EQ(verify_chain(certificate("tester-ec256"), {}, policy).value_or(9), 0U);
  std::vector<Certificate> others;
  for (const char* name : {"intermediate-2", "intermediate-3", "intermediate-1"})
    others.push_back(certificate(name));
  EXPECT_EQ(verify_chain(certificate("tester-chain-3"), others, policy).value_or(9), 3U);
  const auto fault_of = [&](const char* name, const std::vector<Certificate>& rest) {
    std::optional<ChainFault::Kind> seen;
    EXPECT_FALSE(verify_chain(certificate(name), rest, policy, [&](const ChainFault& fault) {
      seen = seen.value_or(fault.kind);
      return false;
    })) << name;
    return seen.value_or(ChainFault::Kind::other);
  };
  EXPECT_EQ(fault_of("tester-expired", {}), ChainFault::Kind::expired);
  EXPECT_EQ(fault_of("tester-not-yet-valid", {}), ChainFault::Kind::not_yet_valid);
  EXPECT_EQ(fault_of("tester-other-ca", {certificate("other-ca")}), ChainFault::Kind::no_anchor);
  EXPECT_EQ(fault_of("tester-weak", {}), ChainFault::Kind::too_weak);
  EXPECT_EQ(fault_of("tester-of-tester", {certificate("tester-ec256")}),
            ChainFault::Kind::not_a_ca);
  EXPECT_EQ(fault_of("tester-chain-3", {}), ChainFault::Kind::no_anchor);
}

TEST(Chains, DoNotLookAtMoreThanTheirMost) {
  const std::vector<Certificate> anchors = {certificate("ca")};
  std::vector<Certificate> others(most_certificates, certificate("other-ca"));
  others.push_back(certificate("intermediate-1"));
  EXPECT_FALSE(verify_chain(certificate("tester-chain-1"), others, {anchors, {}, in_2026()}));
}

TEST(Fingerprints, HaveTheFormOfRfc4572) {
  const Certificate one = certificate("tester-self-signed");
  const std::string octets(32 * 3 - 1, 'a');
  for (const char* bad : {"", "sha-256", "sha-256 ", "sha-256 12:AB", "sha-1 12:AB", "md5 00",
                          "sha-256 0x12", "sha-256 zz"})
    EXPECT_FALSE(fingerprint_from_text(bad)) << bad;
  Fingerprint print{HashAlgorithm::SHA2_256, Octets(32, 0xab)};
  const std::string text = fingerprint_text(print);
  EXPECT_EQ(text.substr(0, 14), "sha-256 AB:AB:");
  EXPECT_EQ(*fingerprint_from_text(text), print);
  EXPECT_FALSE(is_fingerprint_of(print, one.der()));
}

TEST(Certificates, AreReadOrRefused) {
  const Certificate all = certificate("tester-all-names");
  EXPECT_EQ(all.dns_names(), std::vector<Octets>{octets_of("tester.example")});
  EXPECT_EQ(all.mail_addresses(), std::vector<Octets>{octets_of("tester@karp.example")});
  EXPECT_EQ(all.ip_addresses().size(), 2U);
  EXPECT_EQ(all.general_names().size(), 4U);
  EXPECT_EQ(all.subject_text(), "O = karpspec, CN = tester-all-names");
  EXPECT_TRUE(certificate("tester-router").has_key_purpose("1.3.6.1.5.5.7.3.17"));
  EXPECT_FALSE(all.has_key_purpose("1.3.6.1.5.5.7.3.17"));
  EXPECT_FALSE(certificate("tester-no-signing").may_sign());
  Octets longer = all.der();
  longer.push_back(0);
  EXPECT_FALSE(Certificate::from_der(longer));
  for (std::size_t size = 0; size < all.der().size(); size += 11)
    EXPECT_FALSE(Certificate::from_der(OctetView(all.der()).first(size))) << size;
}

}  // namespace
}  // namespace karpspec::crypto
