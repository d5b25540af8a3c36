#pragma once

#include <string>
#include <vector>

#include "dut/device.h"
#include "oracle/config.h"

// What daemons are given of keys and certificates: the texts of `configure` as they came, since
// what has been read of them does not give private keys back.
namespace karpspec::dut {

// The credential that ROUTER proves itself with to PEER. Null when it has none.
[[nodiscard]] const oracle::Credential* own_credential(const oracle::RouterConfig& router,
                                                       const oracle::PeerConfig& peer);

// PEM of the private key of the credential called NAME in PARAMS, those of `configure` that
// read_router_config() has taken. "" when there is none.
[[nodiscard]] std::string private_key_pem(const Json& params, const std::string& name);

// PEM of the certificates of that credential, its own first.
[[nodiscard]] std::vector<std::string> certificate_pems(const Json& params,
                                                        const std::string& name);

// PEM of a list in the `trust` of the peer called NAME: "anchors", "revocations", "keys".
[[nodiscard]] std::vector<std::string> trust_pems(const Json& params, const std::string& peer,
                                                  const char* list);

// Whether what PEER's proof is judged by is such as daemons of routers in general can be told:
// anchors or keys. Errors: unsupported, with what is not. DAEMON is its name.
[[nodiscard]] Result<void> check_trust(const oracle::PeerConfig& peer, const std::string& daemon);

}  // namespace karpspec::dut
