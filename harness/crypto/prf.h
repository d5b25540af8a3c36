#pragma once

#include <initializer_list>

#include "base/algorithm_ids.h"
#include "base/octets.h"
#include "base/result.h"
#include "base/secret.h"

namespace karpspec::crypto {

// Preferred key size and output size in octets (RFC 5996 section 2.13 and 2.14). 0: unknown PRF.
[[nodiscard]] std::size_t prf_key_size(Prf prf);
[[nodiscard]] std::size_t prf_output_size(Prf prf);

// prf(key, data1 | data2 | ...). Any key size: AES-XCBC (RFC 4434) and AES-CMAC (RFC 4615) bring
// other sizes to 16 octets themselves. Errors: unsupported PRF, internal.
[[nodiscard]] Result<Secret> prf(Prf prf, OctetView key, std::initializer_list<OctetView> data);

// prf+(key, seed), SIZE octets (RFC 5996 section 2.13). Errors: bad_value when more than 255
// blocks would be needed, unsupported.
[[nodiscard]] Result<Secret> prf_plus(Prf prf, OctetView key, OctetView seed, std::size_t size);

}  // namespace karpspec::crypto
