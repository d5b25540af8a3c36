#pragma once

#include <optional>

#include "capture/fragments.h"
#include "wire/tcp_segment.h"

namespace karpspec::capture {

// The TCP segment in a frame, header and options unread: whether they parse is for whoever judges
// the segment, while libtins would refuse the whole frame. Nothing when the frame is another
// protocol's, or a fragment whose packet is not complete yet. LINK_TYPE as in is_known_link().
// Errors: truncated when the frame was not captured whole, bad_length when its headers contradict
// each other; both only where it is TCP's as far as can be seen.
[[nodiscard]] Result<std::optional<wire::TcpPacket>> tcp_packet(int link_type, OctetView frame,
                                                                Fragments& fragments);

}  // namespace karpspec::capture
