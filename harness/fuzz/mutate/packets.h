#pragma once

#include "fuzz/mutate/draw.h"

// Mutations of packets, which keep lengths, offsets and checksums right but now and then.
// False: OCTETS are no such thing, and have not been changed.
namespace karpspec::fuzz {

// Options of a TCP segment, its data, or fields of its header. The checksum is left: it depends on
// addresses.
[[nodiscard]] bool change_segment(Octets& octets, Draw& draw);
// Neighbors, digest or fields of an OSPFv2 packet.
[[nodiscard]] bool change_ospf(Octets& octets, Draw& draw);
// Entries, authentication or trailer of a RIP message.
[[nodiscard]] bool change_rip(Octets& octets, Draw& draw);
// What an IP packet carries (a segment, an OSPF packet, a RIP or IKE message in UDP), its headers,
// or its place among fragments.
[[nodiscard]] bool change_ip(Octets& octets, Draw& draw);
// The IP packet in a frame of Ethernet, Linux cooked capture or without a link header.
[[nodiscard]] bool change_frame(Octets& octets, Draw& draw);

}  // namespace karpspec::fuzz
