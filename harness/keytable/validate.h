#pragma once

#include "keytable/row_text.h"

namespace karpspec::keytable {

// What a router must see to before it takes a row (operations model section 3.1), and what is legal
// but unwise in a row by itself: algorithm, KDF, direction and peers against what the protocol
// permits, names, sizes, times. What UNREAD holds is passed over: it has been reported. Where AlgID
// names several mechanisms of the protocol, or none, the row is held against the one that fits
// best.
void validate(const Row& row, FieldSet unread, const Rulebook& book, Findings& findings);

// Who a row is from: "manual", or the name of a key management protocol, from `origin` in
// ProtocolSpecificInfo or, of RKMP's rows, from the announcing peer (profile P-33).
[[nodiscard]] std::string origin_of(const Row& row);

}  // namespace karpspec::keytable
