#include <gtest/gtest.h>

#include "crypto/dh.h"
#include "crypto/protect.h"
#include "vector_file.h"

namespace karpspec::crypto {
namespace {

// Seals PLAINTEXT behind PREFIX under a given IV.
Octets sealed(const IkeSuite& suite, const DirectionKeys& keys, const Octets& iv, OctetView prefix,
              OctetView plaintext) {
  Octets message(prefix.begin(), prefix.end());
  message.resize(prefix.size() + sealed_size(suite, plaintext.size()));
  GivenOctets random(iv);
  const auto done = seal(suite, keys, plaintext, message, random);
  EXPECT_TRUE(done) << to_string(done.error());
  return message;
}

}  // namespace

void run_dh(const nlohmann::json& test) {
  const auto pair = DhKeyPair::from_private(group_of(test), octets(test, "private"));
  ASSERT_TRUE(pair) << to_string(pair.error());
  if (test.contains("public")) {
    EXPECT_EQ(to_hex(pair->ke_data()), test.at("public").get<std::string>());
  }
  const auto shared = pair->agree(octets(test, "peer"));
  if (is_valid(test)) {
    ASSERT_TRUE(shared) << to_string(shared.error());
    EXPECT_EQ(to_hex(shared->view()), test.at("shared").get<std::string>());
  } else {
    ASSERT_FALSE(shared);
    EXPECT_EQ(shared.error().code, ErrorCode::bad_value);
  }
}

// An SK payload always has a pad length, which the vectors do not. CBC's earlier blocks do not
// depend on later ones, so the vector's ciphertext is the start of ours.
void run_cbc(const nlohmann::json& test) {
  const Octets key = octets(test, "key");
  const Octets iv = octets(test, "iv");
  const Octets plaintext = octets(test, "plaintext");
  const Octets ciphertext = octets(test, "ciphertext");
  const IkeSuite suite{Encr::AES_CBC, static_cast<std::uint16_t>(8 * key.size()),
                       Integ::HMAC_SHA2_256_128};
  const Octets integ_key(integ_key_size(suite.integ), 7);
  const DirectionKeys keys{key, integ_key};
  const Octets message = sealed(suite, keys, iv, {}, plaintext);
  EXPECT_EQ(to_hex(OctetView(message).first(iv.size() + ciphertext.size())),
            to_hex(concat({iv, ciphertext})));
  const auto opened = open(suite, keys, message, message.size());
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(*opened, plaintext);
}

// A counter mode's ciphertext too is the start of ours. The tag is checked by opening: the
// vector's last octet of plaintext is then taken for the pad length.
void run_aead(const nlohmann::json& test) {
  const Octets key = octets(test, "key");
  const Octets nonce = octets(test, "nonce");
  const Octets aad = octets(test, "aad");
  const Octets plaintext = octets(test, "plaintext");
  const Octets ciphertext = octets(test, "ciphertext");
  const IkeSuite suite{encr_of(test), static_cast<std::uint16_t>(8 * key.size()), Integ::NONE};
  const OctetView salt = OctetView(nonce).first(4);
  const OctetView iv = OctetView(nonce).subspan(4);
  const Octets salted_key = concat({key, salt});
  const DirectionKeys keys{salted_key, {}};
  const Octets received = concat({aad, iv, ciphertext, octets(test, "tag")});
  const auto opened = open(suite, keys, received, received.size() - aad.size());
  if (!is_valid(test)) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::not_authentic);
    return;
  }
  const std::size_t padding = std::size_t{plaintext.back()} + 1;
  if (padding <= plaintext.size()) {
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(to_hex(*opened), to_hex(OctetView(plaintext).first(plaintext.size() - padding)));
  } else {
    // Said only once the message has been found authentic.
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::bad_length);
  }
  const Octets message = sealed(suite, keys, Octets(iv.begin(), iv.end()), aad, plaintext);
  const std::size_t common = aad.size() + iv.size() + ciphertext.size();
  EXPECT_EQ(to_hex(OctetView(message).first(common)), to_hex(OctetView(received).first(common)));
}

void run_sk(const nlohmann::json& test) {
  const IkeSuite suite{encr_of(test), test.at("key_bits").get<std::uint16_t>(), integ_of(test)};
  const Octets encr_key = octets(test, "encr_key");
  const Octets integ_key = octets(test, "integ_key");
  const DirectionKeys keys{encr_key, integ_key};
  const Octets message = octets(test, "message");
  const Octets plaintext = octets(test, "plaintext");
  const auto size = test.at("sk_data_size").get<std::size_t>();
  EXPECT_EQ(sealed_size(suite, plaintext.size()), size);
  const auto opened = open(suite, keys, message, size);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(to_hex(*opened), to_hex(plaintext));
  const OctetView prefix = OctetView(message).first(message.size() - size);
  EXPECT_EQ(to_hex(sealed(suite, keys, octets(test, "iv"), prefix, plaintext)), to_hex(message));
}

}  // namespace karpspec::crypto
