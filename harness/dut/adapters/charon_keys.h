#pragma once

#include <string_view>
#include <vector>

#include "dut/device.h"

namespace karpspec::dut {

// The keys of IKE SAs in a log that charon has written at level 4 of `ike`: lines of several
// threads between one another, each key named on one and its octets on those that follow. Which IKE
// SA a set is of charon does not say there. A set that is not whole is left out.
[[nodiscard]] std::vector<ToldKeys> charon_keys(std::string_view log);

}  // namespace karpspec::dut
