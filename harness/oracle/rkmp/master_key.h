#pragma once

#include <cstdint>
#include <string>

#include "crypto/ike_keys.h"

// The TCP-AO master key, RKMP section 4.1.1.1.
namespace karpspec::oracle::rkmp {

// Octets of the master key of a KDF: 20 for KDF_HMAC_SHA1, 16 for KDF_AES_128_CMAC, and 20 for
// those we do not know.
[[nodiscard]] std::size_t master_key_size(std::uint8_t kdf);
// prf+(SK_d, [g^ir |] Ni | Nr), the PRF being the IKE SA's.
[[nodiscard]] Result<Secret> master_key(Prf prf, OctetView sk_d, crypto::SharedSecret g_ir,
                                        crypto::Ni ni, crypto::Nr nr, std::uint8_t kdf);

// Names of the key table's registries (RFC 7210): "HMAC-SHA-1-96", "HMAC-SHA-1", "bgp"; the
// number in decimal where there is none.
[[nodiscard]] std::string alg_id_name(std::uint8_t auth_alg);
[[nodiscard]] std::string kdf_name(std::uint8_t kdf);
[[nodiscard]] std::string protocol_name(std::uint8_t routing_protocol);

}  // namespace karpspec::oracle::rkmp
