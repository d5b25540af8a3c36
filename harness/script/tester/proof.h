#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "oracle/ike/signature_auth.h"
#include "script/scenario.h"

namespace karpspec::script {

// How the tester proves who it is by signature, and by which keys it knows the device.
struct TesterProof {
  bool by_signature = false;              // the tester's AUTH
  bool device_by_signature = false;       // the device's
  std::optional<crypto::PrivateKey> key;  // the tester's
  oracle::ike::SignatureChoice choice;
  std::vector<Octets> certificates;  // DER, one for each CERT payload
  std::vector<Octets> authorities;   // SHA-1 of their keys, for CERTREQ
  std::vector<crypto::PublicKey> device_keys;
};

// TESTER is the tester's configuration; DEVICE the device's, PEER its peer "tester".
// Errors: bad_value and unsupported, with the member that is wrong.
[[nodiscard]] Result<TesterProof> read_tester_proof(const Json& tester, const Json& device,
                                                    const Json* peer);

}  // namespace karpspec::script
