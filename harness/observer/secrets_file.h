#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/dh.h"

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

  // The key pair whose public value is KE_DATA, or nullptr.
  [[nodiscard]] const crypto::DhKeyPair* pair_of(DhGroup group, OctetView ke_data) const;
};

// Whether the file PATH is one of secrets, by its first line that says something.
[[nodiscard]] bool is_secrets_file(const std::string& path);
// Reads
//   preshared-keys: [{identity: tester.example, key: "text" or 0x octets}]
//   private-values: [{group: MODP_2048, value: 0x...}]
// Errors: not_found; bad_value "FILE:LINE:COLUMN: ...".
[[nodiscard]] Result<Secrets> read_secrets(const std::string& path);
// Such a file's text, for write_private_file(). A key or value that is there twice is written once.
struct PrivateValue {
  DhGroup group = DhGroup::NONE;
  Secret value;
};
[[nodiscard]] std::string secrets_text(const std::vector<Secret>& preshared_keys,
                                       const std::vector<PrivateValue>& private_values);

}  // namespace karpspec::observer
