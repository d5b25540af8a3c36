#pragma once

#include <string>
#include <vector>

#include "dut/device.h"
#include "interop/exchange.h"

namespace karpspec::interop {

// A child as its device sees it, and as the other one has to: an ESP child by its two SPIs, a
// routing protocol's key by the protocol, its algorithms and the two KeyIDs.
struct HeldChild {
  std::string own, mirrored;
  // A key that was replaced or withdrawn is accepted for a while yet (profile P-10, P-11): that it
  // is still there says nothing.
  bool may_linger = false;
  friend bool operator==(const HeldChild&, const HeldChild&) = default;
};
struct HeldSa {
  std::string spi_i, spi_r;  // hexadecimal
  std::string state;         // as the control protocol has it
  std::vector<HeldChild> children;
  [[nodiscard]] bool established() const { return state == "established"; }
  [[nodiscard]] bool same_sa(const HeldSa& other) const {
    return spi_i == other.spi_i && spi_r == other.spi_r;
  }
};
// The IKE SAs that a device says it has.
using Holdings = std::vector<HeldSa>;

// Of the result of the control method `sas`. Errors: io for what is no such result.
[[nodiscard]] Result<Holdings> holdings_of(const dut::Json& result);
// "IKE SA 0123.../4567... established, child esp in 1 out 2"
[[nodiscard]] std::string in_words(const Holdings& holdings);

// What a device that had BEFORE and has NOW lacks for ACTION to be complete at its side, as what is
// said of it: "has no IKE SA". Empty: nothing, of what a device can be asked for; whether a
// liveness check or a Delete went over the wire the observer knows. BEFORE of `initial` is nothing.
[[nodiscard]] std::string lacks(Exchange::Action action, const Holdings& before,
                                const Holdings& now);
// In what the two differ of which both have it: SPIs, KeyIDs, algorithms; or "". Keys that the
// responder accepts yet are no difference.
[[nodiscard]] std::string disagreement(const Holdings& initiator, const Holdings& responder);

}  // namespace karpspec::interop
