#include "crypto/prf.h"

#include <algorithm>
#include <optional>

#include "crypto/aes_mac.h"
#include "crypto/keyed_mac.h"

namespace karpspec::crypto {
namespace {

constexpr std::size_t aes_key = 16;

// Of the PRFs that are HMACs.
std::optional<HashAlgorithm> hash_of(Prf prf) {
  switch (prf) {
    case Prf::HMAC_SHA1:
      return HashAlgorithm::SHA1;
    case Prf::HMAC_SHA2_256:
      return HashAlgorithm::SHA2_256;
    case Prf::HMAC_SHA2_384:
      return HashAlgorithm::SHA2_384;
    case Prf::HMAC_SHA2_512:
      return HashAlgorithm::SHA2_512;
    default:
      return std::nullopt;
  }
}

using AesMac = Result<Secret> (*)(OctetView, std::initializer_list<OctetView>);

// A key of any size for a MAC that takes 16 octets: shorter ones are padded with zeros, longer
// ones are hashed under a zero key (RFC 4434 section 2, RFC 4615 section 3). RFC 4615 hashes
// whatever is not exactly 16 octets, RFC 4434 only what is longer.
Result<Secret> aes_prf(AesMac mac, bool pads_short_keys, OctetView key,
                       std::initializer_list<OctetView> data) {
  if (key.size() == aes_key)
    return mac(key, data);
  Secret fixed(aes_key);
  if (key.size() < aes_key && pads_short_keys) {
    std::copy(key.begin(), key.end(), fixed.writable().begin());
    return mac(fixed.view(), data);
  }
  KARPSPEC_TRY(hashed, mac(fixed.view(), {key}));
  return mac(hashed.view(), data);
}

}  // namespace

std::size_t prf_output_size(Prf prf) {
  switch (prf) {
    case Prf::HMAC_SHA1:
      return 20;
    case Prf::HMAC_SHA2_256:
      return 32;
    case Prf::HMAC_SHA2_384:
      return 48;
    case Prf::HMAC_SHA2_512:
      return 64;
    case Prf::AES128_XCBC:
    case Prf::AES128_CMAC:
      return 16;
  }
  return 0;
}

// For every PRF here the preferred key size is the output size.
std::size_t prf_key_size(Prf prf) {
  return prf_output_size(prf);
}

Result<Secret> prf(Prf prf, OctetView key, std::initializer_list<OctetView> data) {
  if (prf == Prf::AES128_XCBC)
    return aes_prf(aes_xcbc, true, key, data);
  if (prf == Prf::AES128_CMAC)
    return aes_prf(aes_cmac, false, key, data);
  const auto hash = hash_of(prf);
  if (!hash)
    return fail(ErrorCode::unsupported, "PRF is not implemented");
  return hmac(*hash, key, data);
}

Result<Secret> prf_plus(Prf function, OctetView key, OctetView seed, std::size_t size) {
  const std::size_t step = prf_output_size(function);
  if (step == 0)
    return fail(ErrorCode::unsupported, "PRF is not implemented");
  if (size > 255 * step)
    return fail(ErrorCode::bad_value, "prf+ ends after 255 blocks");
  // HMAC makes two blocks of its key, which are the same for all of prf+.
  std::optional<KeyedMac> keyed;
  if (const auto hash = hash_of(function)) {
    KARPSPEC_TRY(hmac, KeyedMac::hmac(*hash, key));
    keyed = std::move(hmac);
  }
  Secret out(size);
  Secret block;
  std::size_t done = 0;
  for (std::uint8_t i = 1; done < size; ++i) {
    const OctetView counter(&i, 1);
    KARPSPEC_TRY(next, keyed ? keyed->run({block.view(), seed, counter})
                             : prf(function, key, {block.view(), seed, counter}));
    block = std::move(next);
    const std::size_t take = std::min(step, size - done);
    std::copy_n(block.view().begin(), take,
                out.writable().begin() + static_cast<std::ptrdiff_t>(done));
    done += take;
  }
  return out;
}

}  // namespace karpspec::crypto
