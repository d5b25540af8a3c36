#pragma once

#include <string>
#include <vector>

#include "base/octets.h"
#include "oracle/config.h"
#include "script/scenario.h"
#include "script/tester/keyserver_end.h"
#include "script/tester/proof.h"
#include "wire/mrkmp_payloads.h"

namespace karpspec::script {

// One of the routers that the tester plays in a group.
struct TesterRouter {
  std::string name;
  oracle::Identity identity;
  Octets psk;         // its own AUTH is made with this
  Octets device_psk;  // the device's AUTH to it is checked against this
  Endpoint own;
};

// Who the scripted peer is and what it offers and accepts.
struct TesterConfig {
  oracle::Identity identity;
  oracle::Identity device_identity;
  Octets psk;         // its own AUTH is made with this
  Octets device_psk;  // the device's AUTH is checked against this: what the device was given
  TesterProof proof;
  std::vector<crypto::IkeSuite> ike_proposals;
  DhGroup ke_group = DhGroup::NONE;  // of the first KEi; NONE: that of the first proposal
  std::string child = "rkmp";        // "rkmp" or "esp"
  Integ esp_integrity = Integ::HMAC_SHA2_256_128;  // ESP, beside AES-CBC with 128 bits
  oracle::ProtocolPolicy policy;                   // RKMP
  std::uint8_t send_id = 0;                        // of the first key; later ones count up
  std::size_t nonce_size = 32;                     // octets
  bool leading_zero = false;  // as responder: g^ir of IKE_SA_INIT begins with a zero octet
  Endpoint own;
  Endpoint device;
  // Itself, which is called "tester", then those that it plays beside; and the group of them all,
  // where the device is a router of MRKMP.
  std::vector<TesterRouter> routers;
  std::optional<wire::GroupPayload> group;
  std::optional<KeyserverEnd::Setup> keyserver;  // where the device is a key server
  wire::CodePoints numbers;

  // The one of `routers` that is called NAME. nullptr: there is none.
  [[nodiscard]] const TesterRouter* router(const std::string& name) const;
};

// TESTER and DEVICE are the configurations of a scenario, the device's with its peer "tester".
// Errors: bad_value, with the member that is wrong.
[[nodiscard]] Result<TesterConfig> read_tester_config(const Json& tester, const Json& device);

}  // namespace karpspec::script
