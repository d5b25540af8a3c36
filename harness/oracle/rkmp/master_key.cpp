#include "oracle/rkmp/master_key.h"

#include "wire/code_points.h"

namespace karpspec::oracle::rkmp {

std::size_t master_key_size(std::uint8_t kdf) {
  return kdf == static_cast<std::uint8_t>(wire::TcpAoKdf::KDF_AES_128_CMAC) ? 16 : 20;
}

Result<Secret> master_key(Prf prf, OctetView sk_d, crypto::SharedSecret g_ir, crypto::Ni ni,
                          crypto::Nr nr, std::uint8_t kdf) {
  return crypto::derive_keymat(prf, sk_d, g_ir, ni, nr, master_key_size(kdf));
}

std::string alg_id_name(std::uint8_t auth_alg) {
  switch (static_cast<wire::TcpAoAuthAlg>(auth_alg)) {
    case wire::TcpAoAuthAlg::HMAC_SHA_1_96:
      return "HMAC-SHA-1-96";
    case wire::TcpAoAuthAlg::AES_128_CMAC_96:
      return "AES-128-CMAC-96";
  }
  return std::to_string(auth_alg);
}

std::string kdf_name(std::uint8_t kdf) {
  switch (static_cast<wire::TcpAoKdf>(kdf)) {
    case wire::TcpAoKdf::KDF_HMAC_SHA1:
      return "HMAC-SHA-1";
    case wire::TcpAoKdf::KDF_AES_128_CMAC:
      return "AES-128-CMAC";
  }
  return std::to_string(kdf);
}

std::string protocol_name(std::uint8_t routing_protocol) {
  switch (static_cast<wire::RoutingProtocol>(routing_protocol)) {
    case wire::RoutingProtocol::BGP:
      return "bgp";
    case wire::RoutingProtocol::LDP:
      return "ldp";
    case wire::RoutingProtocol::MSDP:
      return "msdp";
    case wire::RoutingProtocol::PIM_PORT:
      return "pim";
    case wire::RoutingProtocol::PCEP:
      return "pcep";
  }
  return std::to_string(routing_protocol);
}

}  // namespace karpspec::oracle::rkmp
