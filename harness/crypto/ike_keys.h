#pragma once

#include "base/algorithm_ids.h"
#include "base/octets.h"
#include "base/result.h"
#include "base/secret.h"

namespace karpspec::crypto {

// What an IKE SA has agreed on. `integ` is NONE with an AEAD cipher.
struct IkeSuite {
  Encr encr = Encr::AES_CBC;
  std::uint16_t key_bits = 128;  // 0 where the cipher has one size (ChaCha20)
  Integ integ = Integ::HMAC_SHA2_256_128;
  Prf prf = Prf::HMAC_SHA2_256;
  DhGroup dh = DhGroup::MODP_2048;
  friend bool operator==(const IkeSuite&, const IkeSuite&) = default;
};
[[nodiscard]] bool is_aead(Encr encr);
// Sizes in octets: key of a direction (an AEAD's with its salt), IV on the wire, ICV, block.
[[nodiscard]] std::size_t encr_key_size(Encr encr, std::uint16_t key_bits);
[[nodiscard]] std::size_t encr_iv_size(Encr encr);
[[nodiscard]] std::size_t encr_block_size(Encr encr);
[[nodiscard]] std::size_t integ_key_size(Integ integ);
[[nodiscard]] std::size_t icv_size(const IkeSuite& suite);
// Whether every part of the suite is one that we can compute.
[[nodiscard]] bool is_supported(const IkeSuite& suite);

// Arguments of their own types, so that swapped nonces do not compile.
struct Ni {
  OctetView octets;
};
struct Nr {
  OctetView octets;
};
struct SharedSecret {
  OctetView octets;
};  // g^ir
struct SpiI {
  std::uint64_t value;
};
struct SpiR {
  std::uint64_t value;
};

struct IkeKeys {
  Secret SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr;
  [[nodiscard]] IkeKeys clone() const;
};

// SKEYSEED = prf(Ni | Nr, g^ir), RFC 5996 section 2.14, with its rule for fixed-size PRFs (AES-XCBC
// and AES-CMAC take the first 8 octets of each nonce).
[[nodiscard]] Result<Secret> derive_skeyseed(Prf prf, Ni ni, Nr nr, SharedSecret g_ir);
// SKEYSEED of a rekeyed IKE SA: prf(SK_d (old), g^ir (new) | Ni | Nr), section 2.18, by the OLD
// SA's PRF.
[[nodiscard]] Result<Secret> derive_rekeyed_skeyseed(Prf old_prf, OctetView old_sk_d,
                                                     SharedSecret g_ir, Ni ni, Nr nr);
// {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr).
[[nodiscard]] Result<IkeKeys> derive_ike_keys(const IkeSuite& suite, const Secret& skeyseed, Ni ni,
                                              Nr nr, SpiI spi_i, SpiR spi_r);
// SIZE octets of KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr), section 2.17. The TCP-AO master key
// of RKMP section 4.1.1.1 is this too. An empty G_IR is left out.
[[nodiscard]] Result<Secret> derive_keymat(Prf prf, OctetView sk_d, SharedSecret g_ir, Ni ni, Nr nr,
                                           std::size_t size);
// prf(prf(Shared Secret, "Key Pad for IKEv2"), <SignedOctets>), section 2.15, where <SignedOctets>
// = RealMessage | nonce of the other side | prf(SK_p, ID payload body).
[[nodiscard]] Result<Octets> psk_auth(Prf prf, OctetView shared_secret, OctetView real_message,
                                      OctetView peer_nonce, OctetView sk_p, OctetView id_body);
// The <SignedOctets> themselves, for signatures.
[[nodiscard]] Result<Octets> signed_octets(Prf prf, OctetView real_message, OctetView peer_nonce,
                                           OctetView sk_p, OctetView id_body);

}  // namespace karpspec::crypto
