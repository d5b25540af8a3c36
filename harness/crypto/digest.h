#pragma once

#include "base/octets.h"
#include "base/result.h"
#include "crypto/signature_scheme.h"

namespace karpspec::crypto {

[[nodiscard]] Octets sha1(OctetView data);
[[nodiscard]] Octets sha256(OctetView data);
// The first 16 octets of it.
[[nodiscard]] HalfDigest half_digest(OctetView data);
[[nodiscard]] Octets md5(OctetView data);
// Empty for IDENTITY and for those we do not know.
[[nodiscard]] Octets hash(HashAlgorithm algorithm, OctetView data);

}  // namespace karpspec::crypto
