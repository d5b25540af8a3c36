#include "crypto/cms.h"

// cms.h declares its PEM functions only behind pem.h.
// clang-format off
#include <openssl/pem.h>
#include <openssl/cms.h>
// clang-format on
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <vector>

#include "crypto/certificate_state.h"
#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

using CmsPtr = std::unique_ptr<CMS_ContentInfo, Release<CMS_ContentInfo_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;

std::vector<X509Ptr> certificates_in(std::string_view pem) {
  std::vector<X509Ptr> out;
  const BioPtr in = reader_of(pem);
  while (X509* x509 = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr))
    out.emplace_back(x509);
  ERR_clear_error();  // the end of the text is one
  return out;
}

// What OpenSSL says of its last failure: the reason, and what it adds.
std::string last_reason() {
  const char* added = nullptr;
  int flags = 0;
  const unsigned long error = ERR_peek_last_error_all(nullptr, nullptr, nullptr, &added, &flags);
  const char* reason = ERR_reason_error_string(error);
  std::string text = reason == nullptr ? "for no reason that OpenSSL gives" : reason;
  if (added != nullptr && *added != '\0' && (flags & ERR_TXT_STRING) != 0)
    text += " (" + std::string(added) + ")";
  ERR_clear_error();
  return text;
}

std::string subject_of(const X509* x509) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(x509), 0,
                                 XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return "somebody";
  const char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<std::string> sign_cms(OctetView content, std::string_view key_pem,
                             std::string_view certificates_pem) {
  const BioPtr in = reader_of(key_pem);
  const PkeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key)
    return fail(ErrorCode::bad_value, "no private key in PEM that is not encrypted");
  const std::vector<X509Ptr> certificates = certificates_in(certificates_pem);
  if (certificates.empty())
    return fail(ErrorCode::bad_value, "no certificate in PEM");
  if (X509_check_private_key(certificates.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::bad_value, "the certificate is not one of that key");
  }
  constexpr unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
  const CmsPtr cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, flags));
  if (!cms)
    return openssl_failed("to begin with a CMS signature");
  const BioPtr data = reader_of(content);
  const bool is_signed = CMS_add1_signer(cms.get(), certificates.front().get(), key.get(), nullptr,
                                         flags) != nullptr &&
                         CMS_final(cms.get(), data.get(), nullptr, flags) == 1;
  if (!is_signed) {
    const char* type = EVP_PKEY_get0_type_name(key.get());
    return fail(ErrorCode::unsupported,
                std::string(OpenSSL_version(OPENSSL_VERSION)) +
                    " makes no CMS signature with a key of the kind " +
                    (type == nullptr ? "that this is" : type) + ": " + last_reason() +
                    "; RSA and ECDSA keys (prime256v1, secp384r1, secp521r1) will do");
  }
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    if (CMS_add1_cert(cms.get(), certificates[i].get()) != 1)
      return fail(ErrorCode::bad_value, "a certificate cannot go along: " + last_reason());
  }
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_CMS(out.get(), cms.get()) != 1)
    return openssl_failed("to write a CMS signature");
  const char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

Result<std::string> verify_cms(OctetView content, std::string_view signature_pem, CmsTrust trust,
                               std::string_view trusted_pem) {
  const BioPtr in = reader_of(signature_pem);
  const CmsPtr cms(PEM_read_bio_CMS(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!cms)
    return fail(ErrorCode::bad_value, "no CMS signature in PEM");
  const std::vector<X509Ptr> trusted = certificates_in(trusted_pem);
  if (trust != CmsTrust::anybody && trusted.empty())
    return fail(ErrorCode::bad_value, "no certificate in PEM to trust");
  const StorePtr store(X509_STORE_new());
  if (!store)
    return openssl_failed("a store of certificates");
  for (const X509Ptr& x509 : trusted) {
    if (X509_STORE_add_cert(store.get(), x509.get()) != 1)
      return openssl_failed("a certificate to trust");
  }
  // Certificates for mail are not the only ones that sign; and who is trusted need not be a root.
  X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  const unsigned flags =
      CMS_BINARY |
      (trust == CmsTrust::anybody ? static_cast<unsigned>(CMS_NO_SIGNER_CERT_VERIFY) : 0U);
  const BioPtr data = reader_of(content);
  const BioPtr nowhere(BIO_new(BIO_s_null()));
  if (CMS_verify(cms.get(), nullptr, store.get(), data.get(), nowhere.get(), flags) != 1)
    return fail(ErrorCode::not_authentic, last_reason());
  const StackPtr signers(CMS_get0_signers(cms.get()));
  if (!signers || sk_X509_num(signers.get()) != 1)
    return fail(ErrorCode::not_authentic, "it is not signed by one signer alone");
  const X509* signer = sk_X509_value(signers.get(), 0);
  if (trust == CmsTrust::signer && X509_cmp(signer, trusted.front().get()) != 0)
    return fail(ErrorCode::not_authentic,
                "it is signed by " + subject_of(signer) + ", with another certificate");
  return subject_of(signer);
}

}  // namespace karpspec::crypto
