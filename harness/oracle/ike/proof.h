#pragma once

#include "oracle/core.h"
#include "oracle/ike/auth.h"

// Who proves what to whom in IKE_AUTH: RFC 5996 section 2.15, for both roles.
namespace karpspec::oracle::ike {

// Our AUTH for PEER, and the CERT payloads that go with it.
struct OwnProof {
  wire::AuthPayload auth;
  std::vector<wire::Payload> certificates;
};
// Errors: not_found (no credential, or none whose signatures the peer takes), internal.
[[nodiscard]] Result<OwnProof> prove_ourselves(Core& core, const IkeSa& sa, const PeerConfig& peer,
                                               const AuthInput& input, const wire::IdPayload& id);

// Why the sender of PAYLOADS, which calls itself ID, is not PEER; empty: it has proven that it is.
// The identity itself is not compared.
[[nodiscard]] std::string why_not_authentic(Core& core, const IkeSa& sa, const PeerConfig& peer,
                                            const std::vector<wire::Payload>& payloads,
                                            const AuthInput& input, const wire::IdPayload& id);

}  // namespace karpspec::oracle::ike
