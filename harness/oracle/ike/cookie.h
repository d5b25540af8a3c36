#pragma once

#include "base/machine.h"
#include "base/octets.h"
#include "base/result.h"

// Cookies, RFC 5996 section 2.6.
namespace karpspec::oracle::ike {

inline constexpr std::size_t cookie_size = 20;  // octets: version of the secret (4), MAC (16)

// <secret version> | the first 16 octets of HMAC-SHA2-256(secret, Ni | address and port | SPIi):
// nothing needs to be kept until it comes back.
[[nodiscard]] Result<Octets> make_cookie(OctetView secret, std::uint32_t secret_version,
                                         OctetView ni, const Endpoint& from, std::uint64_t spi_i);

}  // namespace karpspec::oracle::ike
