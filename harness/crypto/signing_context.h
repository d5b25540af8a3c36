#pragma once

#include <openssl/types.h>

#include "base/random.h"
#include "base/result.h"

namespace karpspec::crypto {

// The library context of private keys, for this room's .cpp files only. Its random numbers are
// those of draw_from: ECDSA's nonce and the salt of RSASSA-PSS repeat with a seed. A key that was
// read in another would be copied into it, and copies are not always wiped.
[[nodiscard]] OSSL_LIB_CTX* signing_context();
// From now on, in this thread, random numbers in signing_context() come from RANDOM, enough of
// them for one signature. Errors: internal.
[[nodiscard]] Result<void> draw_from(Random& random);

}  // namespace karpspec::crypto
