#pragma once

#include "base/secret.h"
#include "oracle/keyserver/policy.h"

// What a router keeps over a power failure (section VI; suites/profile.md, P-248 and P-256): its
// policy, and how often it has started. No traffic keys. The program writes it as a whole with mode
// 0600.
namespace karpspec::oracle::keyserver {

struct Retained {
  std::uint32_t starts = 0;
  Policy policy;
  Octets stowaway = {};  // of a router that keeps what it must not
};

// "KSPS" | format 1 (1) | 0 (3) | starts (4) | body of POLICY | HMAC-SHA-256 under DEVICE_KEY (32).
[[nodiscard]] Octets to_storage(const Retained& retained, const Secret& device_key);
// Errors: truncated, bad_value (another format, a POLICY that cannot be read), not_authentic. With
// UNCHECKED the MAC is not looked at.
[[nodiscard]] Result<Retained> from_storage(OctetView octets, const Secret& device_key,
                                            bool unchecked = false);

}  // namespace karpspec::oracle::keyserver
