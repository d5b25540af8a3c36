#pragma once

#include <initializer_list>
#include <span>

#include "base/algorithm_ids.h"
#include "base/octets.h"
#include "bench/primitives/owners.h"

namespace karpspec::bench::primitives {

// HMAC or CMAC by OpenSSL, with nothing to be looked up or allocated any more.
class Mac {
 public:
  // The one that PRF is. AES-XCBC, which OpenSSL lacks, takes as many blocks of AES as CMAC, which
  // stands for it here.
  explicit Mac(Prf prf);
  // The one that INTEG cuts its checksum from. Not for NONE.
  explicit Mac(Integ integ);

  [[nodiscard]] std::size_t size() const { return size_; }
  // From now on under KEY, of the size that the algorithm wants. False: OpenSSL refused.
  [[nodiscard]] bool set_key(OctetView key);
  // The MAC of DATA under the key, size() octets to OUT.
  [[nodiscard]] bool run(std::initializer_list<OctetView> data, std::span<std::uint8_t> out);
  // Both, as a prf() under a key of its own takes.
  [[nodiscard]] bool run(OctetView key, std::initializer_list<OctetView> data,
                         std::span<std::uint8_t> out) {
    return set_key(key) && run(data, out);
  }
  // prf+(key, SEED) to OUT (RFC 5996 section 2.13), the key being set once for all blocks. OUT has
  // whole blocks.
  [[nodiscard]] bool prf_plus(OctetView key, OctetView seed, std::span<std::uint8_t> out);

 private:
  void make(const char* mac, const char* parameter, const char* algorithm);

  MacCtxPtr context_;
  std::size_t size_;
  bool fresh_ = false;  // no data yet since set_key()
};

}  // namespace karpspec::bench::primitives
