#pragma once

#include <initializer_list>

#include "base/secret.h"
#include "crypto/ossl.h"
#include "crypto/signature_scheme.h"

namespace karpspec::crypto {

// HMAC or AES-CMAC under one key, for one message after another. For this room's .cpp files only.
class KeyedMac {
 public:
  // Any key size. Errors: unsupported (IDENTITY), internal.
  [[nodiscard]] static Result<KeyedMac> hmac(HashAlgorithm hash, OctetView key);
  // A key of 16 octets. Errors: internal.
  [[nodiscard]] static Result<KeyedMac> aes_cmac(OctetView key);

  // Of the parts of DATA, one behind the other, without truncation. Errors: internal.
  [[nodiscard]] Result<Secret> run(std::initializer_list<OctetView> data);

 private:
  explicit KeyedMac(MacCtxPtr context)
      : context_(std::move(context)), size_(EVP_MAC_CTX_get_mac_size(context_.get())) {}
  static Result<KeyedMac> make(const MacCtxPtr& with_any_key, OctetView key);

  MacCtxPtr context_;
  std::size_t size_;  // octets, which OpenSSL looks up by its name each time
  bool has_run_ = false;
};

}  // namespace karpspec::crypto
