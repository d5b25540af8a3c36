#pragma once

#include "base/octets.h"
#include "base/result.h"

namespace karpspec::crypto {

[[nodiscard]] Octets sha1(OctetView data);
[[nodiscard]] Octets sha256(OctetView data);
[[nodiscard]] Octets md5(OctetView data);

}  // namespace karpspec::crypto
