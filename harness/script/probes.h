#pragma once

#include <string>
#include <vector>

#include "script/suite.h"

namespace karpspec::script {

// Tests by which a device is seen to do what its PICS does not claim: they need one item more than
// it claims.
struct Probe {
  std::string item;  // "cookies", "role initiator"
  Claims claims;     // the device's, and that item
  std::vector<const Scenario*> scenarios;
};
// For each item that something of SUITE needs and CLAIMS lacks, up to three of the tests that need
// nothing else beside, those with the fewest steps first, none with a step that takes long. Whether
// the device has control, and whether its clock can be moved, is not tried out.
[[nodiscard]] std::vector<Probe> choose_probes(const Suite& suite, const Claims& claims);

// A finding for each item all of whose tests the device passes, though it does not claim it. Plays
// with OPTIONS but for their claims; none of its hooks is called.
[[nodiscard]] std::vector<verdict::Finding> unclaimed_abilities(const Suite& suite,
                                                                const RunOptions& options);

}  // namespace karpspec::script
