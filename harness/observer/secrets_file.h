#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/dh.h"
#include "crypto/ike_keys.h"

namespace karpspec::observer {

// What the keys of an IKE SA follow from, where nobody has written them down: what one of its sides
// drew, and what both know.
struct Secrets {
  struct PresharedKey {
    std::string identity;  // whose it is, for people; or empty
    Secret key;
  };
  std::vector<PresharedKey> preshared_keys;
  std::vector<crypto::DhKeyPair> private_values;  // of KE payloads of either side
  // All keys of an IKE SA, where a side has told them.
  struct IkeSa {
    std::uint64_t spi_i = 0, spi_r = 0;
    crypto::IkeSuite suite;
    crypto::IkeKeys keys;
  };
  std::vector<IkeSa> ike_sas;

  [[nodiscard]] bool empty() const {
    return preshared_keys.empty() && private_values.empty() && ike_sas.empty();
  }
  // The key pair whose public value is KE_DATA, or nullptr.
  [[nodiscard]] const crypto::DhKeyPair* pair_of(DhGroup group, OctetView ke_data) const;
  // Those of the IKE SA with these SPIs, or nullptr.
  [[nodiscard]] const IkeSa* ike_sa(std::uint64_t spi_i, std::uint64_t spi_r) const;
};

// Whether the file PATH is one of secrets, by its first line that says something.
[[nodiscard]] bool is_secrets_file(const std::string& path);
// Reads
//   preshared-keys: [{identity: tester.example, key: "text" or 0x octets}]
//   private-values: [{group: MODP_2048, value: 0x...}]
//   ike-sas: [{spi_i: 0x..., spi_r: 0x..., suite: ENCR/INTEG/PRF/DH, SK_d: 0x..., SK_ai: 0x...,
//     SK_ar: 0x..., SK_ei: 0x..., SK_er: 0x..., SK_pi: 0x..., SK_pr: 0x...}]
// of which SK_ai and SK_ar are missing with an AEAD.
// Errors: not_found; bad_value "FILE:LINE:COLUMN: ...".
[[nodiscard]] Result<Secrets> read_secrets(const std::string& path);
// Such a file's text, for write_private_file(). A key or value that is there twice is written once.
struct PrivateValue {
  DhGroup group = DhGroup::NONE;
  Secret value;
};
[[nodiscard]] std::string secrets_text(const std::vector<Secret>& preshared_keys,
                                       const std::vector<PrivateValue>& private_values,
                                       const std::vector<Secrets::IkeSa>& ike_sas = {});

}  // namespace karpspec::observer
