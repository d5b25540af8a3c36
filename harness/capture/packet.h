#pragma once

#include <cstdint>
#include <optional>

#include "base/machine.h"
#include "capture/fragments.h"

namespace karpspec::capture {

// Whether frames of a link type (libpcap's DLT_) are taken apart here.
[[nodiscard]] bool is_known_link(int link_type);

// The UDP datagram in a frame, ports and payload as they stand. Nothing when the frame is another
// protocol's, or a fragment whose packet is not complete yet. Throws Tins::exception_base when the
// frame does not parse or is not whole.
[[nodiscard]] std::optional<Datagram> udp_datagram(int link_type, OctetView frame,
                                                   Fragments& fragments);

}  // namespace karpspec::capture
