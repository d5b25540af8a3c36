#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/mutate/draw.h"
#include "wire/message.h"

// Mutations of IKE messages that know what a message is made of: what is made decodes, mostly, so
// that it gets past the first check of a parser. Now and then exactly one length, count or next
// payload is made wrong.
namespace karpspec::fuzz {

// A chain of payloads as far as it can be read. A payload whose body cannot is an UnknownPayload
// of its type.
struct Chain {
  std::vector<wire::Payload> payloads;
  Octets tail;  // what follows the last one that could be read
};
[[nodiscard]] Chain read_chain(std::uint8_t first, OctetView octets,
                               const wire::CodePoints& numbers = {});

// One change: of a field, of a list's members, of the payloads and their order.
void change_payloads(std::vector<wire::Payload>& payloads, Draw& draw);
// Takes payloads of OTHER over.
void take_over(std::vector<wire::Payload>& payloads, const std::vector<wire::Payload>& other,
               Draw& draw);

// False: OCTETS are no such thing, and have not been changed.
//   a message
[[nodiscard]] bool change_message(Octets& octets, Draw& draw);
//   the type of the first payload (1), and a chain
[[nodiscard]] bool change_chain(Octets& octets, Draw& draw, const wire::CodePoints& numbers = {});
//   the type of a payload (1), and its body
[[nodiscard]] bool change_body(Octets& octets, Draw& draw);
//   anything with, somewhere in it, the type of a first payload (1), a length (1) and that many
//   octets of a chain
[[nodiscard]] bool change_piece(Octets& octets, Draw& draw);
// The same with payloads of OTHER, which must be such a thing too.
[[nodiscard]] bool cross_messages(Octets& octets, OctetView other, Draw& draw);
[[nodiscard]] bool cross_chains(Octets& octets, OctetView other, Draw& draw,
                                const wire::CodePoints& numbers = {});

}  // namespace karpspec::fuzz
