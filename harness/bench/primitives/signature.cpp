#include "bench/primitives/signature.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace karpspec::bench::primitives {
namespace {

using crypto::HashAlgorithm;
using crypto::SignatureAlgorithm;

const EVP_MD* digest_of(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::SHA1:
      return EVP_sha1();
    case HashAlgorithm::SHA2_256:
      return EVP_sha256();
    case HashAlgorithm::SHA2_384:
      return EVP_sha384();
    case HashAlgorithm::SHA2_512:
      return EVP_sha512();
    case HashAlgorithm::IDENTITY:
      break;
  }
  return nullptr;
}

BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

X509Ptr read_certificate(std::string_view pem) {
  const BioPtr in = reader_of(pem);
  return X509Ptr(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

}  // namespace

Signature::Signature(std::string_view pem, const crypto::SignatureScheme& scheme)
    : scheme_(scheme) {
  const BioPtr in = reader_of(pem);
  key_.reset(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  signer_.reset(EVP_PKEY_CTX_new(key_.get(), nullptr));
  verifier_.reset(EVP_PKEY_CTX_new(key_.get(), nullptr));
  if (scheme.algorithm == SignatureAlgorithm::eddsa)
    return;
  (void)(EVP_PKEY_sign_init(signer_.get()) == 1 && prepare(signer_.get()));
  (void)(EVP_PKEY_verify_init(verifier_.get()) == 1 && prepare(verifier_.get()));
}

bool Signature::prepare(EVP_PKEY_CTX* context) const {
  if (EVP_PKEY_CTX_set_signature_md(context, digest_of(scheme_.hash)) != 1)
    return false;
  if (scheme_.algorithm == SignatureAlgorithm::rsa_pkcs1)
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  return scheme_.algorithm != SignatureAlgorithm::rsa_pss ||
         (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(scheme_.salt_size)) == 1);
}

Octets Signature::digest(OctetView message) const {
  Octets out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (EVP_Digest(message.data(), message.size(), out.data(), &size, digest_of(scheme_.hash),
                 nullptr) != 1)
    return {};
  out.resize(size);
  return out;
}

Octets Signature::sign(OctetView message) {
  Octets out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = out.size();
  bool signed_it = false;
  if (scheme_.algorithm == SignatureAlgorithm::eddsa) {  // takes no digest
    const MdCtxPtr context(EVP_MD_CTX_new());
    signed_it =
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1;
  } else {
    const Octets hashed = digest(message);
    signed_it = EVP_PKEY_sign(signer_.get(), out.data(), &size, hashed.data(), hashed.size()) == 1;
  }
  out.resize(signed_it ? size : 0);
  return out;
}

bool Signature::verify(OctetView message, OctetView signature) {
  if (scheme_.algorithm == SignatureAlgorithm::eddsa) {
    const MdCtxPtr context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                            message.size()) == 1;
  }
  const Octets hashed = digest(message);
  return EVP_PKEY_verify(verifier_.get(), signature.data(), signature.size(), hashed.data(),
                         hashed.size()) == 1;
}

CertificateCheck::CertificateCheck(std::string_view certificate, std::string_view issuer)
    : issuer_(read_certificate(issuer)) {
  const X509Ptr read = read_certificate(certificate);
  unsigned char* der = nullptr;
  const int size = i2d_X509(read.get(), &der);
  if (size > 0)
    der_.assign(der, der + size);
  OPENSSL_free(der);
}

bool CertificateCheck::run() const {
  const std::uint8_t* at = der_.data();
  const X509Ptr read(d2i_X509(nullptr, &at, static_cast<long>(der_.size())));
  return read && X509_verify(read.get(), X509_get0_pubkey(issuer_.get())) == 1;
}

}  // namespace karpspec::bench::primitives
