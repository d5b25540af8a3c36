#pragma once

#include <memory>

#include "base/algorithm_ids.h"
#include "base/octets.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace karpspec::crypto {

// Octets of a KE payload's data in this group: the prime's size for MODP, both coordinates for
// ECP (RFC 5903 section 7), 32 for Curve25519 (RFC 8031). 0: group not supported.
[[nodiscard]] std::size_t ke_size(DhGroup group);

// A Diffie-Hellman key pair. KE data is the fixed-size form of the group, big-endian for MODP and
// ECP, little-endian for Curve25519 (RFC 7748).
class DhKeyPair {
 public:
  // The private value comes from RANDOM, so that a seed repeats it. Errors: unsupported, internal.
  [[nodiscard]] static Result<DhKeyPair> generate(DhGroup group, Random& random);
  // PRIVATE_VALUE: MODP and ECP big-endian number, Curve25519 32 octets. Errors: unsupported,
  // bad_value for 0 or no less than the curve's order, bad_length for Curve25519, internal.
  [[nodiscard]] static Result<DhKeyPair> from_private(DhGroup group, OctetView private_value);

  DhKeyPair(DhKeyPair&&) noexcept;
  DhKeyPair& operator=(DhKeyPair&&) noexcept;
  ~DhKeyPair();

  [[nodiscard]] DhGroup group() const;
  [[nodiscard]] const Octets& ke_data() const;
  // In the form that from_private() takes, for who logs it.
  [[nodiscard]] Secret private_value() const;
  // The shared secret g^ir at its fixed size: the prime's size, one coordinate, 32 octets.
  // Errors: bad_length for KE data of another size; bad_value for 0, 1, p - 1 and above, a
  // coordinate of p and above, a point that is not on the curve, and an all-zero Curve25519 result
  // (RFC 6989, RFC 7748 section 6.1).
  [[nodiscard]] Result<Secret> agree(OctetView peer_ke_data) const;

 private:
  struct State;
  explicit DhKeyPair(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::crypto
