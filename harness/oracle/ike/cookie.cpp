#include "oracle/ike/cookie.h"

#include "base/writer.h"
#include "crypto/prf.h"

namespace karpspec::oracle::ike {

Result<Octets> make_cookie(OctetView secret, std::uint32_t secret_version, OctetView ni,
                           const Endpoint& from, std::uint64_t spi_i) {
  Writer version;
  version.u32(secret_version, "version");
  Writer rest;
  rest.u16(from.port, "port");
  rest.u64(spi_i, "SPIi");
  KARPSPEC_TRY(
      mac, crypto::prf(Prf::HMAC_SHA2_256, secret, {ni, octets_of(from.address), rest.written()}));
  Octets cookie = version.take();
  append(cookie, mac.view().first(cookie_size - cookie.size()));
  return cookie;
}

}  // namespace karpspec::oracle::ike
