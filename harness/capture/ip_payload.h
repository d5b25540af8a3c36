#pragma once

#include <cstdint>
#include <optional>

#include "capture/fragments.h"
#include "wire/ip_address.h"

namespace karpspec::capture {

// What an IP packet carries, octet for octet, with its addresses.
struct IpPayload {
  wire::IpAddress source, destination;
  Octets octets;
};

// The payload of the IP packet in a frame, where it is PROTOCOL's (6 is TCP, 89 OSPF), unread:
// whether it parses is for whoever judges it, while libtins would refuse the whole frame. Nothing
// when the frame is another protocol's, or a fragment whose packet is not complete yet. LINK_TYPE
// as in is_known_link().
// Errors: truncated when the frame was not captured whole, bad_length when its headers contradict
// each other; both only where it is PROTOCOL's as far as can be seen.
[[nodiscard]] Result<std::optional<IpPayload>> ip_payload(int link_type, OctetView frame,
                                                          std::uint8_t protocol,
                                                          Fragments& fragments);

}  // namespace karpspec::capture
