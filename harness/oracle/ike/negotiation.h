#pragma once

#include <optional>
#include <vector>

#include "crypto/ike_keys.h"
#include "wire/payloads.h"

// SA payloads for IKE SAs, RFC 5996 sections 2.7 and 3.3.
namespace karpspec::oracle::ike {

// The transforms of one suite as a proposal. SPI: empty in IKE_SA_INIT, 8 octets when rekeying.
[[nodiscard]] wire::Proposal proposal_of(const crypto::IkeSuite& suite, std::uint8_t number,
                                         OctetView spi = {});
// One proposal per suite, numbered from 1 in their order.
[[nodiscard]] wire::SaPayload offer(const std::vector<crypto::IkeSuite>& suites,
                                    OctetView spi = {});
// At most two proposals: the suites' algorithms together, AEAD ciphers apart from the others, as
// RFC 5996 section 3.3 requires of combined-mode ciphers.
[[nodiscard]] wire::SaPayload offer_grouped(const std::vector<crypto::IkeSuite>& suites,
                                            OctetView spi = {});

// The suites that can be made out of a proposal, in its order of preference; at most 64.
[[nodiscard]] std::vector<crypto::IkeSuite> suites_in(const wire::Proposal& proposal);

[[nodiscard]] bool has_type(const std::vector<wire::Transform>& transforms,
                            wire::TransformType type);

struct IkeChoice {
  crypto::IkeSuite suite;
  std::uint8_t number = 0;  // of the chosen proposal
  Octets spi;               // of the chosen proposal, the initiator's
};
// The first proposal, in the initiator's order (the last one with LAST), out of which one of
// ACCEPTABLE can be made; within a proposal the first of ACCEPTABLE decides. A transform with an
// attribute that we do not know cannot be chosen (section 3.3.6). SPI_SIZE: of the proposals
// that are looked at.
[[nodiscard]] std::optional<IkeChoice> choose(const wire::SaPayload& offered,
                                              const std::vector<crypto::IkeSuite>& acceptable,
                                              std::size_t spi_size, bool last = false);
// The answer to it: one proposal, one transform of each type.
[[nodiscard]] wire::SaPayload answer(const IkeChoice& choice, OctetView spi = {});

// Why an answer is none of the offers, or the suite it settles on (section 2.7).
// Errors: no_match.
[[nodiscard]] Result<IkeChoice> check_answer(const wire::SaPayload& offered,
                                             const wire::SaPayload& answered);

// A suite as "AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048" or
// "AES_GCM_16-256//HMAC_SHA2_384/ECP_384" (cipher, integrity or nothing for an AEAD, PRF, group),
// and back. Errors: bad_value.
[[nodiscard]] std::string to_text(const crypto::IkeSuite& suite);
[[nodiscard]] Result<crypto::IkeSuite> suite_from_text(std::string_view text);

}  // namespace karpspec::oracle::ike
