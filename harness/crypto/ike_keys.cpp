#include "crypto/ike_keys.h"

#include "crypto/prf.h"

namespace karpspec::crypto {
namespace {

// RFC 5996 section 2.14 treats these two apart, and only in computing SKEYSEED: the key is the
// first 64 bits of Ni and of Nr. RFC 4434 and RFC 4615 would take keys of any size, and do wherever
// else a PRF is keyed; the nonces enter prf+ whole.
bool has_fixed_key(Prf prf) {
  return prf == Prf::AES128_XCBC || prf == Prf::AES128_CMAC;
}

}  // namespace

bool is_aead(Encr encr) {
  return encr == Encr::AES_GCM_16 || encr == Encr::CHACHA20_POLY1305;
}

std::size_t encr_key_size(Encr encr, std::uint16_t key_bits) {
  constexpr std::size_t salt = 4;
  switch (encr) {
    case Encr::NONE:
      return 0;
    case Encr::AES_CBC:
      return key_bits / 8U;
    case Encr::AES_GCM_16:
      return key_bits / 8U + salt;
    case Encr::CHACHA20_POLY1305:
      return 32 + salt;
  }
  return 0;
}

std::size_t encr_iv_size(Encr encr) {
  if (encr == Encr::AES_CBC)
    return 16;
  return is_aead(encr) ? 8 : 0;
}

std::size_t encr_block_size(Encr encr) {
  return encr == Encr::AES_CBC ? 16 : 1;
}

std::size_t integ_key_size(Integ integ) {
  switch (integ) {
    case Integ::NONE:
      return 0;
    case Integ::HMAC_SHA1_96:
      return 20;
    case Integ::AES_XCBC_96:
    case Integ::AES_CMAC_96:
      return 16;
    case Integ::HMAC_SHA2_256_128:
      return 32;
    case Integ::HMAC_SHA2_384_192:
      return 48;
    case Integ::HMAC_SHA2_512_256:
      return 64;
  }
  return 0;
}

std::size_t icv_size(const IkeSuite& suite) {
  if (is_aead(suite.encr))
    return 16;
  switch (suite.integ) {
    case Integ::NONE:
      return 0;
    case Integ::HMAC_SHA1_96:
    case Integ::AES_XCBC_96:
    case Integ::AES_CMAC_96:
      return 12;
    case Integ::HMAC_SHA2_256_128:
      return 16;
    case Integ::HMAC_SHA2_384_192:
      return 24;
    case Integ::HMAC_SHA2_512_256:
      return 32;
  }
  return 0;
}

bool is_supported(const IkeSuite& suite) {
  if (prf_output_size(suite.prf) == 0)
    return false;
  const bool aes_size = suite.key_bits == 128 || suite.key_bits == 256;
  switch (suite.encr) {
    case Encr::AES_CBC:
      return aes_size && integ_key_size(suite.integ) != 0;
    case Encr::AES_GCM_16:
      return aes_size && suite.integ == Integ::NONE;
    case Encr::CHACHA20_POLY1305:
      return (suite.key_bits == 0 || suite.key_bits == 256) && suite.integ == Integ::NONE;
    default:
      return false;
  }
}

IkeKeys IkeKeys::clone() const {
  return {SK_d.clone(),  SK_ai.clone(), SK_ar.clone(), SK_ei.clone(),
          SK_er.clone(), SK_pi.clone(), SK_pr.clone()};
}

Result<Secret> derive_skeyseed(Prf function, Ni ni, Nr nr, SharedSecret g_ir) {
  OctetView from_i = ni.octets;
  OctetView from_r = nr.octets;
  if (has_fixed_key(function)) {
    const std::size_t half = prf_key_size(function) / 2;
    if (from_i.size() < half || from_r.size() < half) {
      return fail(ErrorCode::bad_length, "nonces are shorter than half of the PRF's key");
    }
    from_i = from_i.first(half);
    from_r = from_r.first(half);
  }
  return prf(function, concat({from_i, from_r}), {g_ir.octets});
}

Result<Secret> derive_rekeyed_skeyseed(Prf old_prf, OctetView old_sk_d, SharedSecret g_ir, Ni ni,
                                       Nr nr) {
  return prf(old_prf, old_sk_d, {g_ir.octets, ni.octets, nr.octets});
}

Result<IkeKeys> derive_ike_keys(const IkeSuite& suite, const Secret& skeyseed, Ni ni, Nr nr,
                                SpiI spi_i, SpiR spi_r) {
  const std::size_t prf_size = prf_key_size(suite.prf);
  const std::size_t encr_size = encr_key_size(suite.encr, suite.key_bits);
  const std::size_t integ_size = integ_key_size(suite.integ);
  const auto i = big_endian(spi_i.value);
  const auto r = big_endian(spi_r.value);
  const Octets seed = concat({ni.octets, nr.octets, i, r});
  KARPSPEC_TRY(stream, prf_plus(suite.prf, skeyseed.view(), seed,
                                3 * prf_size + 2 * integ_size + 2 * encr_size));
  std::size_t at = 0;
  const auto take = [&stream, &at](std::size_t size) {
    Secret part(stream.view().subspan(at, size));
    at += size;
    return part;
  };
  IkeKeys keys;
  keys.SK_d = take(prf_size);
  keys.SK_ai = take(integ_size);
  keys.SK_ar = take(integ_size);
  keys.SK_ei = take(encr_size);
  keys.SK_er = take(encr_size);
  keys.SK_pi = take(prf_size);
  keys.SK_pr = take(prf_size);
  return keys;
}

Result<Secret> derive_keymat(Prf function, OctetView sk_d, SharedSecret g_ir, Ni ni, Nr nr,
                             std::size_t size) {
  const Secret seed(concat({g_ir.octets, ni.octets, nr.octets}));
  return prf_plus(function, sk_d, seed.view(), size);
}

Result<Octets> signed_octets(Prf function, OctetView real_message, OctetView peer_nonce,
                             OctetView sk_p, OctetView id_body) {
  KARPSPEC_TRY(maced_id, prf(function, sk_p, {id_body}));
  return concat({real_message, peer_nonce, maced_id.view()});
}

Result<Octets> psk_auth(Prf function, OctetView shared_secret, OctetView real_message,
                        OctetView peer_nonce, OctetView sk_p, OctetView id_body) {
  const Octets pad = octets_of("Key Pad for IKEv2");
  KARPSPEC_TRY(key, prf(function, shared_secret, {pad}));
  KARPSPEC_TRY(octets, signed_octets(function, real_message, peer_nonce, sk_p, id_body));
  KARPSPEC_TRY(value, prf(function, key.view(), {octets}));
  return Octets(value.view().begin(), value.view().end());
}

}  // namespace karpspec::crypto
