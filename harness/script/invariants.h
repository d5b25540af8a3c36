#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "script/tester/tester.h"
#include "transcript/difference.h"

// What holds of every message that a device sends, whatever the exchange. For the room's own use.
namespace karpspec::script {

enum class Invariant {
  version,           // 2.0 (RFC 5996 section 3.1)
  flags,             // X bits and V clear (section 3.1)
  reserved,          // reserved fields and bits are zero (section 2.5, RKMP section 4.1.1.1)
  critical,          // clear in payloads that the document defines (section 3.2)
  proposal_numbers,  // 1, 2, ... in an offer; that of an offered one in the answer (section 3.3.1)
  notify_protocol,   // 0 where no SPI is named (section 3.10)
  nonces,            // 16 to 256 octets, and none used again (sections 2.10, 3.9)
  initial_contact,   // stands in IKE_AUTH only (section 2.4)
  group_iv,          // of the sender's address and the sequence number (profile P-208)
};

struct InvariantName {
  Invariant invariant;
  std::string_view name;
  std::string_view sentence;  // for `explain`
};
// All of them, in the order of the enumeration.
[[nodiscard]] const std::vector<InvariantName>& invariants();

// Remembers what a device has sent, as far as the invariants need it.
class InvariantWatch {
 public:
  // How RECEIVED, opened, breaks INVARIANT. SA is the IKE SA it came on, or nullptr; DEVICE the
  // address that it came from.
  [[nodiscard]] std::optional<transcript::Difference> breach(Invariant invariant,
                                                             const Received& received,
                                                             const TesterSa* sa,
                                                             const std::string& device);

 private:
  std::set<Octets> nonces_;
};

}  // namespace karpspec::script
