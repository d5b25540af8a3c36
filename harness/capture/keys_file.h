#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "crypto/ike_keys.h"

namespace karpspec::capture {

// What opens the protected messages of one IKE SA.
struct DecryptionKeys {
  crypto::IkeSuite suite;
  Secret SK_ei, SK_er, SK_ai, SK_ar;
};
using DecryptionTable = std::map<std::pair<std::uint64_t, std::uint64_t>, DecryptionKeys>;

// One line of Wireshark's `ikev2_decryption_table`, without a line end:
//   SPIi,SPIr,SK_ei,SK_er,"encryption algorithm",SK_ai,SK_ar,"integrity algorithm"
// Wireshark 4.0 has no ChaCha20-Poly1305: such a line is left as a comment that says so. It cannot
// check AES-XCBC-96 and AES-CMAC-96 either: the comment is then followed by a line with which it
// decrypts without checking. read_decryption_table() reads the comments.
[[nodiscard]] std::string decryption_line(std::uint64_t spi_i, std::uint64_t spi_r,
                                          const crypto::IkeSuite& suite,
                                          const crypto::IkeKeys& keys);

// Writes TEXT to a new file that only its owner may read (0600). Errors: io.
[[nodiscard]] Result<void> write_private_file(const std::string& path, const std::string& text);

// Reads a table; comments of decryption_line() are read too. Errors: not_found, io, bad_value
// "FILE:LINE: ...".
[[nodiscard]] Result<DecryptionTable> read_decryption_table(const std::string& path);

}  // namespace karpspec::capture
