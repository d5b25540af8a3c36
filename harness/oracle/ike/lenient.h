#pragma once

#include "base/octets.h"
#include "wire/code_points.h"

// What a router sees that overlooks contradictions: for checks that are left out.
namespace karpspec::oracle::ike {

// Makes the counts and last octets in the SA payloads of a payload chain agree with their lengths
// (RFC 5996 section 3.3). FIRST is the type of the payload at START; lengths are left as they are,
// and what does not fit them too.
void repair_sa_counts(wire::PayloadType first, Octets& octets, std::size_t start);

// Takes out of a payload chain what TCP-AO transforms and routing protocol selectors have beyond
// their 8 and 4 octets (RKMP sections 4.1.1.1 and 4.2), and mends the lengths around it. FIRST is
// the type of the payload at its start.
void cut_long_elements(wire::PayloadType first, Octets& octets, const wire::CodePoints& numbers);

// Ends a payload that is longer than the chain where the chain ends. FIRST is the type of the
// payload at START.
void clamp_lengths(wire::PayloadType first, Octets& octets, std::size_t start);

// The length field of a whole header, octets 24 to 27.
[[nodiscard]] std::uint32_t header_length(OctetView octets);
void set_header_length(Octets& octets, std::size_t length);

}  // namespace karpspec::oracle::ike
