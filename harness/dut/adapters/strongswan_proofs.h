#pragma once

#include <string>
#include <vector>

#include "dut/adapters/vici.h"
#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// How charon and a peer prove who they are, as VICI has it.
struct CharonProofs {
  vici::Message local, remote;  // sections of load-conn
  bool requests_certificates = false;
  // Further commands (load-key, load-cert), before the connection is loaded.
  std::vector<std::pair<std::string, vici::Message>> commands;
};

// For PEER of ROUTER, which was read from PARAMS. The identities are in charon's notation.
// Errors: unsupported for what charon cannot be told; bad_value when there is no credential.
[[nodiscard]] Result<CharonProofs> charon_proofs(const Json& params,
                                                 const oracle::RouterConfig& router,
                                                 const oracle::PeerConfig& peer,
                                                 const std::string& own_identity,
                                                 const std::string& peer_identity);

// By preshared keys both ways.
[[nodiscard]] CharonProofs charon_secrets(const std::string& own_identity,
                                          const std::string& peer_identity);

}  // namespace karpspec::dut
