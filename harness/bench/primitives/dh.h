#pragma once

#include "base/algorithm_ids.h"
#include "base/octets.h"
#include "bench/primitives/owners.h"

namespace karpspec::bench::primitives {

// A Diffie-Hellman group by OpenSSL's EVP_PKEY, its parameters looked up beforehand.
class Dh {
 public:
  // MODP exponents are as long as those of crypto::DhKeyPair, so that both do the same work.
  explicit Dh(DhGroup group);

  // A new key pair, by OpenSSL's own random numbers. False: OpenSSL refused.
  [[nodiscard]] bool generate();
  // The KE data of that pair (RFC 5996 section 3.4, RFC 5903, RFC 8031).
  [[nodiscard]] Octets ke_data() const;
  // The shared secret with whoever sent KE_DATA. That a point lies on its curve is checked; a MODP
  // value is not raised to the group's order, which RFC 6989 section 2.1 does not ask for with
  // these primes. Empty: OpenSSL refused.
  [[nodiscard]] Octets derive(OctetView ke_data);

 private:
  DhGroup group_;
  PkeyCtxPtr generator_;
  PkeyPtr key_;
  PkeyCtxPtr deriver_;  // of key_
};

}  // namespace karpspec::bench::primitives
