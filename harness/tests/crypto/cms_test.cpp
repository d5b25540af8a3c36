#include "crypto/cms.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

// Detached signatures, made by us and by openssl(1), and verified by both.
namespace karpspec::crypto {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const Octets content = octets_of("what was found\n");

class Cms : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = (fs::temp_directory_path() / "karpspec-cms-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    make("ca", "rsa:2048", "");
    make("lab", "ec -pkeyopt ec_paramgen_curve:P-256", "-CA ca.crt -CAkey ca.key");
    make("rsa", "rsa:2048", "");
    make("p384", "ec -pkeyopt ec_paramgen_curve:P-384", "");
    make("ed", "ed25519", "");
    openssl("genpkey -aes128 -pass pass:x -algorithm RSA -out locked.key");
    std::ofstream(folder_ / "content", std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  }
  static void TearDownTestSuite() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  // Whether `openssl ARGUMENTS` ends well.
  static bool openssl(const std::string& arguments) {
    return std::system(  // NOLINT(cert-env33-c): the peer that is tested with
               ("cd " + folder_.string() + " && openssl " + arguments + " >said 2>&1").c_str()) ==
           0;
  }
  static void make(const std::string& name, const std::string& key, const std::string& issuer) {
    ASSERT_TRUE(openssl("req -x509 -newkey " + key + " -nodes -keyout " + name + ".key -out " +
                        name + ".crt -days 30 -subj /O=Laboratory/CN=" + name + " " + issuer))
        << file("said");
  }
  static std::string file(const std::string& name) {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string signed_by(const std::string& name) {
    const auto signature = sign_cms(content, file(name + ".key"), file(name + ".crt"));
    EXPECT_TRUE(signature) << signature.error().message;
    return signature ? *signature : "";
  }
  static fs::path folder_;
};
fs::path Cms::folder_;

TEST_F(Cms, IsVerifiedByWhoHasTheCertificate) {
  for (const char* name : {"rsa", "lab", "p384"}) {
    const auto signer =
        verify_cms(content, signed_by(name), CmsTrust::signer, file(std::string(name) + ".crt"));
    ASSERT_TRUE(signer) << signer.error().message;
    EXPECT_THAT(*signer, HasSubstr("CN=" + std::string(name)));
    EXPECT_THAT(*signer, HasSubstr("O=Laboratory"));
  }
}

TEST_F(Cms, IsVerifiedByWhoTrustsTheIssuer) {
  const std::string signature = signed_by("lab");
  EXPECT_TRUE(verify_cms(content, signature, CmsTrust::issuers, file("ca.crt")));
  EXPECT_TRUE(verify_cms(content, signature, CmsTrust::issuers, file("rsa.crt") + file("ca.crt")));
  const auto other = verify_cms(content, signature, CmsTrust::issuers, file("rsa.crt"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::not_authentic);
  EXPECT_TRUE(verify_cms(content, signature, CmsTrust::anybody));
}

TEST_F(Cms, OfAnothersCertificateIsRefused) {
  // An issuer's certificate is not the signer's own.
  const auto issuer = verify_cms(content, signed_by("lab"), CmsTrust::signer, file("ca.crt"));
  ASSERT_FALSE(issuer);
  EXPECT_EQ(issuer.error().code, ErrorCode::not_authentic);
  EXPECT_THAT(issuer.error().message, HasSubstr("CN=lab"));
  EXPECT_FALSE(verify_cms(content, signed_by("rsa"), CmsTrust::signer, file("lab.crt")));
}

TEST_F(Cms, OfOtherContentIsRefused) {
  const std::string signature = signed_by("rsa");
  for (const CmsTrust trust : {CmsTrust::anybody, CmsTrust::signer, CmsTrust::issuers}) {
    const auto other =
        verify_cms(octets_of("what was not found\n"), signature, trust, file("rsa.crt"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::not_authentic);
  }
  // The octets of the signature are the last; what is before them may be of the certificate, whose
  // own signature nobody looks at here.
  std::string altered = signature;
  const auto at = altered.rfind("-----END") - 70;
  altered[at] = altered[at] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verify_cms(content, altered, CmsTrust::anybody));
}

TEST_F(Cms, OpensslVerifiesOurs) {
  for (const char* name : {"rsa", "lab", "p384"}) {
    std::ofstream(folder_ / "ours.cms") << signed_by(name);
    EXPECT_TRUE(
        openssl("cms -verify -binary -purpose any -inform PEM -in ours.cms -content "
                "content -partial_chain -CAfile " +
                std::string(name) + ".crt"))
        << file("said");
  }
}

TEST_F(Cms, WeVerifyOpenssls) {
  ASSERT_TRUE(
      openssl("cms -sign -binary -in content -signer p384.crt -inkey p384.key -outform PEM "
              "-out theirs.cms"))
      << file("said");
  EXPECT_TRUE(verify_cms(content, file("theirs.cms"), CmsTrust::signer, file("p384.crt")));
  EXPECT_FALSE(verify_cms(octets_of("other"), file("theirs.cms"), CmsTrust::anybody));
}

TEST_F(Cms, ACertificateThatHasExpiredVouchesForNobody) {
  ASSERT_TRUE(openssl("req -new -key rsa.key -out old.csr -subj /CN=old"));
  ASSERT_TRUE(openssl("x509 -req -in old.csr -signkey rsa.key -out old.crt -days -1") ||
              openssl("x509 -req -in old.csr -signkey rsa.key -out old.crt -days 0"))
      << file("said");
  const auto signature = sign_cms(content, file("rsa.key"), file("old.crt"));
  ASSERT_TRUE(signature);
  const auto expired = verify_cms(content, *signature, CmsTrust::signer, file("old.crt"));
  ASSERT_FALSE(expired);
  EXPECT_THAT(expired.error().message, HasSubstr("expired"));
}

TEST_F(Cms, WhatOpensslCannotSignWithIsSaid) {
  const auto signature = sign_cms(content, file("ed.key"), file("ed.crt"));
  if (signature)  // a later OpenSSL
    return;
  EXPECT_EQ(signature.error().code, ErrorCode::unsupported);
  EXPECT_THAT(signature.error().message, HasSubstr("ED25519"));
  EXPECT_THAT(signature.error().message, HasSubstr("RSA and ECDSA keys"));
}

TEST_F(Cms, BadInputIsNamed) {
  const auto error = [](const auto& result) { return result ? "" : result.error().message; };
  EXPECT_THAT(error(sign_cms(content, "no", file("rsa.crt"))), HasSubstr("no private key in PEM"));
  EXPECT_THAT(error(sign_cms(content, file("locked.key"), file("rsa.crt"))),
              HasSubstr("not encrypted"));
  EXPECT_THAT(error(sign_cms(content, file("rsa.key"), "")), HasSubstr("no certificate in PEM"));
  EXPECT_THAT(error(sign_cms(content, file("rsa.key"), file("lab.crt"))),
              HasSubstr("not one of that key"));
  EXPECT_THAT(error(verify_cms(content, "no", CmsTrust::anybody)), HasSubstr("no CMS signature"));
  EXPECT_THAT(error(verify_cms(content, signed_by("rsa"), CmsTrust::issuers, "no")),
              HasSubstr("no certificate in PEM to trust"));
}

}  // namespace
}  // namespace karpspec::crypto
