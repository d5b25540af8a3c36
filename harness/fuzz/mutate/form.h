#pragma once

#include <optional>
#include <string_view>

#include "fuzz/mutate/draw.h"

namespace karpspec::fuzz {

// What the input of a target is.
enum class Form {
  message,  // an IKE message, or the type of a payload (1) and a chain
  payload,  // the type of a payload (1) and its body
  chain,    // a chain that begins with CERT, or an AlgorithmIdentifier
  stream,   // octets and pieces, as fuzz/input.h reads them
  text,     // YAML, JSON, or lines
  segment,  // TCP
  routing,  // OSPFv2 or RIPv2
  frame,    // a link type (1) and a frame
  capture,  // pcap or pcapng
};
[[nodiscard]] std::optional<Form> form_from(std::string_view name);

// Changes OCTETS, some steps at once, in a way that knows the form; what does not have it is
// changed as octets. The same seed does the same, with the same DRAW.
void mutate(Form form, Octets& octets, Draw& draw);
// Puts something of OTHER into OCTETS.
void cross(Form form, Octets& octets, OctetView other, Draw& draw);

}  // namespace karpspec::fuzz
