#pragma once

#include <openssl/x509.h>

#include "crypto/certificate.h"
#include "crypto/ossl.h"

namespace karpspec::crypto {

using X509Ptr = std::unique_ptr<X509, Release<X509_free>>;
using X509CrlPtr = std::unique_ptr<X509_CRL, Release<X509_CRL_free>>;

struct FreeStack {
  // What it holds belongs to others.
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

// For this room's .cpp files only.
struct Certificate::State {
  X509Ptr x509;
  Octets der;
  PublicKey key;

  // Errors: unsupported (its key), internal.
  [[nodiscard]] static Result<State> of(X509Ptr x509);
};
struct RevocationList::State {
  X509CrlPtr list;
};

}  // namespace karpspec::crypto
