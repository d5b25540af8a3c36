#pragma once

#include <initializer_list>

#include "base/octets.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/signature_scheme.h"

namespace karpspec::crypto {

// AES-XCBC-MAC of RFC 3566 without truncation, 16 octets, under a key of 16 octets. OpenSSL has
// no such MAC, so it is built from the AES block cipher.
[[nodiscard]] Result<Secret> aes_xcbc(OctetView key, std::initializer_list<OctetView> data);
// AES-CMAC, 16 octets, under a key of 16 octets (RFC 4493).
[[nodiscard]] Result<Secret> aes_cmac(OctetView key, std::initializer_list<OctetView> data);
// HMAC (RFC 2104) without truncation, under a key of any size. Errors: unsupported (IDENTITY).
[[nodiscard]] Result<Secret> hmac(HashAlgorithm hash, OctetView key,
                                  std::initializer_list<OctetView> data);

}  // namespace karpspec::crypto
