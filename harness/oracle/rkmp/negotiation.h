#pragma once

#include <optional>
#include <vector>

#include "oracle/config.h"
#include "wire/payloads.h"

// SA and TS payloads for TCP-AO keys, RKMP sections 4.1 and 4.2.
namespace karpspec::oracle::rkmp {

// One proposal, its transforms the policy's pairs in order of preference, all with our SendID.
[[nodiscard]] wire::SaPayload offer(const ProtocolPolicy& policy, std::uint8_t send_id,
                                    const wire::CodePoints& numbers = {});

struct TcpAoChoice {
  std::uint8_t number = 0;         // of the chosen proposal
  wire::TcpAoTransform transform;  // as offered, with the initiator's SendID
};
// The first acceptable transform in the initiator's order (the last one with LAST). Proposals of
// other protocols and with an SPI are passed over.
[[nodiscard]] std::optional<TcpAoChoice> choose(const wire::SaPayload& offered,
                                                const ProtocolPolicy& policy,
                                                const wire::CodePoints& numbers = {},
                                                bool last = false);
// The answer: one proposal with one transform; Auth Alg, KDF and O unmodified, the X bits
// cleared, the responder's own SendID.
[[nodiscard]] wire::SaPayload answer(const TcpAoChoice& choice, std::uint8_t own_send_id,
                                     const wire::CodePoints& numbers = {});

// Which of the offered transforms an answer takes up, with the responder's SendID. SendID and X
// bits are left out of the comparison. Errors: no_match, with the reason.
[[nodiscard]] Result<TcpAoChoice> check_answer(const wire::SaPayload& offered,
                                               const wire::SaPayload& answered,
                                               const wire::CodePoints& numbers = {});

// A TS payload with the one selector of a routing protocol.
[[nodiscard]] wire::TsPayload selector(std::uint8_t protocol, const wire::CodePoints& numbers = {});

}  // namespace karpspec::oracle::rkmp
