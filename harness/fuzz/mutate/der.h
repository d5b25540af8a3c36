#pragma once

#include "fuzz/mutate/draw.h"

namespace karpspec::fuzz {

// One change of an element of DER (X.690) in OCTETS: its tag, value or place; lengths follow, but
// now and then one is made wrong. False: OCTETS are no single SEQUENCE, and have not been changed.
[[nodiscard]] bool change_der(Octets& octets, Draw& draw);

}  // namespace karpspec::fuzz
