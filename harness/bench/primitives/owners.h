#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

// Owners of OpenSSL's objects, for the primitives.
namespace karpspec::bench::primitives {

template <auto Free>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioPtr = std::unique_ptr<BIO, Release<BIO_free_all>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, Release<EVP_CIPHER_free>>;
using CipherCtxPtr = std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX_free>>;
using MacPtr = std::unique_ptr<EVP_MAC, Release<EVP_MAC_free>>;
using MacCtxPtr = std::unique_ptr<EVP_MAC_CTX, Release<EVP_MAC_CTX_free>>;
using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, Release<X509_free>>;

}  // namespace karpspec::bench::primitives
