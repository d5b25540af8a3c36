#pragma once

#include <cstdint>
#include <vector>

#include "wire/message.h"

namespace karpspec::oracle {

struct IkeSa;

// What MRKMP and the key servers make of an IKE SA, which MRKMP calls an association
// (suites/profile.md, P-200, P-240): there are no children; the initial exchanges have numbers of
// their own and may hold a group's payloads; and there are exchanges for groups. A Core that has
// one of these is such a router's.
class GroupExchanges {
 public:
  virtual ~GroupExchanges() = default;

  // Whether EXCHANGE is one of those for groups that this router speaks.
  [[nodiscard]] virtual bool knows(wire::ExchangeType exchange) const = 0;
  // What stands behind AUTH in the mrkmp_auth of SA, which we have begun.
  [[nodiscard]] virtual std::vector<wire::Payload> in_auth(const IkeSa& sa) = 0;
  // The same in our answer to one with PAYLOADS. The peer is authentic.
  [[nodiscard]] virtual std::vector<wire::Payload> answer_auth(
      const IkeSa& sa, const std::vector<wire::Payload>& payloads) = 0;
  // PAYLOADS of the answer to ours. The peer is authentic.
  virtual void auth_answered(const IkeSa& sa, const std::vector<wire::Payload>& payloads) = 0;
  // What to answer a request of an exchange that it knows.
  [[nodiscard]] virtual std::vector<wire::Payload> answer(
      const IkeSa& sa, wire::ExchangeType exchange, const std::vector<wire::Payload>& payloads) = 0;
  // Our request of that kind which is known as ASK was answered.
  virtual void answered(const IkeSa& sa, std::uint64_t ask,
                        const std::vector<wire::Payload>& payloads) = 0;
  // SA ends, and ASKS will not be answered. SILENT: since the peer does not answer at all.
  virtual void ended(const IkeSa& sa, const std::vector<std::uint64_t>& asks, bool silent) = 0;
};

}  // namespace karpspec::oracle
