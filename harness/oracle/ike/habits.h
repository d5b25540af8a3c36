#pragma once

#include "oracle/core.h"

// The computations of RFC 5996 sections 2.14, 2.15 and 2.18 as the router's tunables want them. For
// a correct router they are those of crypto/ and auth.h.
namespace karpspec::oracle::ike {

// SKEYSEED and SK_* of an SA whose suite, nonces and SPIs are settled. Errors: those of
// crypto::derive_ike_keys.
[[nodiscard]] Result<void> derive_first_keys(Core& core, IkeSa& sa, OctetView g_ir);
[[nodiscard]] Result<Secret> rekeyed_skeyseed(const Core& core, const IkeSa& old, Prf new_prf,
                                              OctetView g_ir, OctetView ni, OctetView nr);

// What an AUTH covers of a first message, of an identity, and the secret that makes it.
[[nodiscard]] Octets covered_message(const Core& core, const Octets& message);
[[nodiscard]] wire::IdPayload covered_id(const Core& core, wire::IdPayload id);
[[nodiscard]] Secret shared_secret(const Core& core, const PeerConfig& peer);

// Whether the SA with nonces of lowest value OURS is the one to go, against THEIRS (section 2.8.1).
[[nodiscard]] bool goes(const Core& core, const Octets& ours, const Octets& theirs);

// An offer for an IKE SA as the checks that are left out let it be seen.
[[nodiscard]] wire::SaPayload considered_offer(Core& core, const wire::SaPayload& offered,
                                               std::size_t spi_size);

}  // namespace karpspec::oracle::ike
