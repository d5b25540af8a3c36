#pragma once

#include <map>

#include "fuzz/live/fuzz_case.h"
#include "wire/message.h"

namespace karpspec::fuzz {

// What the grammar takes from outside: octets that only somebody with keys or an authority can
// make.
struct Material {
  // DER of certificates by what is special about them: "self-signed", "of an authority".
  std::map<std::string, Octets> certificates;
};

// Everything that is done to MESSAGE, the altered message of EXCHANGE as it is sent without
// operations (its payloads in clear), one thing at a time: every field at its limits, every length
// and count, payloads that are missing, doubled, moved and foreign, the message cut short and
// longer. The first part of what a run plays, all of it, in an order that the seed chooses.
[[nodiscard]] std::vector<Operation> operations_of(const Exchange& exchange,
                                                   const wire::Message& message,
                                                   const Material& material,
                                                   const wire::CodePoints& numbers);
// One octet of each payload after the other: what has no name. The second part.
[[nodiscard]] std::vector<Operation> octet_operations(const Exchange& exchange,
                                                      const wire::Message& message,
                                                      const wire::CodePoints& numbers);

// The name by which paths call the INDEXth payload of MESSAGE: "SA", "N(COOKIE)", "V[2]".
[[nodiscard]] std::string path_name(const wire::Message& message, std::size_t index,
                                    const wire::CodePoints& numbers);

// foreign.cpp: payloads of types that do not belong into the message, each of their fields at its
// limits.
[[nodiscard]] std::vector<Operation> foreign_payloads(const Material& material);
// fragments.cpp: numbers, totals and orders of fragments (RFC 7383).
[[nodiscard]] std::vector<Operation> fragment_operations();

}  // namespace karpspec::fuzz
