#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "base/octets.h"
#include "base/result.h"
#include "crypto/library.h"
#include "crypto/signature_scheme.h"

// Owners of OpenSSL's objects, for this room's .cpp files only.
namespace karpspec::crypto {

template <auto Free>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioPtr = std::unique_ptr<BIO, Release<BIO_free_all>>;
using MacPtr = std::unique_ptr<EVP_MAC, Release<EVP_MAC_free>>;
using MacCtxPtr = std::unique_ptr<EVP_MAC_CTX, Release<EVP_MAC_CTX_free>>;
using MdPtr = std::unique_ptr<EVP_MD, Release<EVP_MD_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, Release<EVP_CIPHER_free>>;
using CipherCtxPtr = std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using BnPtr = std::unique_ptr<BIGNUM, Release<BN_clear_free>>;
using BnCtxPtr = std::unique_ptr<BN_CTX, Release<BN_CTX_free>>;
using MontPtr = std::unique_ptr<BN_MONT_CTX, Release<BN_MONT_CTX_free>>;
using GroupPtr = std::unique_ptr<EC_GROUP, Release<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, Release<EC_POINT_clear_free>>;

inline tl::unexpected<Error> openssl_failed(const char* what) {
  return fail(ErrorCode::internal, std::string("OpenSSL refused ") + what);
}

// For OpenSSL's readers of PEM: no key here is encrypted, and nobody is there to be asked.
inline int no_passphrase(char*, int, int, void*) {
  return -1;
}

// OpenSSL's name of a digest ("SHA2-256"); nullptr for IDENTITY and for those we do not know.
[[nodiscard]] const char* digest_name(HashAlgorithm hash);

// Reads OCTETS or text, which must outlive it.
inline BioPtr reader_of(OctetView octets) {
  return BioPtr(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
}
inline BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// OBJECT in DER, by one of OpenSSL's i2d functions. Errors: internal, naming WHAT was refused.
template <auto Write, class T>
[[nodiscard]] Result<Octets> der_of(const T* object, const char* what) {
  // Memory of OpenSSL's own: to ask for the size first would encode a key twice.
  std::uint8_t* der = nullptr;
  const int size = Write(object, &der);
  if (size <= 0)
    return openssl_failed(what);
  Octets out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace karpspec::crypto
