#pragma once

#include "fuzz/mutate/draw.h"

namespace karpspec::fuzz {

// One change of a pcap or pcapng file of either byte order: of the order of its records or blocks,
// of a field of one, or of the packet in it. Lengths follow, but now and then one is made wrong.
// False: OCTETS are neither, and have not been changed.
[[nodiscard]] bool change_capture(Octets& octets, Draw& draw);
// The same with records or blocks of OTHER, a file of the same form and byte order.
[[nodiscard]] bool cross_captures(Octets& octets, OctetView other, Draw& draw);

}  // namespace karpspec::fuzz
