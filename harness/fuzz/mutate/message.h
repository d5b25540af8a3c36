#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/mutate/draw.h"
#include "wire/message.h"

// Mutations of IKE messages that know what a message is made of: what is made decodes, mostly, so
// that it gets past the first check of a parser. Now and then exactly one length, count or next
// payload is made wrong.
namespace karpspec::fuzz {

// A payload as octets; only the one that is changed is read, so that to change one costs little.
struct Part {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;  // the critical bit and RESERVED
  std::uint8_t inner = 0;  // of SK and SKF: what their Next Payload says of the first one inside
  Octets body;
};
// A chain as far as it can be taken apart; SK and SKF end it.
struct Chain {
  std::vector<Part> parts;
  Octets tail;  // what follows the last one
};
[[nodiscard]] Chain read_chain(std::uint8_t first, OctetView octets);

// One change: of a field, of a list's members, of the payloads and their order.
void change_parts(std::vector<Part>& parts, Draw& draw, const wire::CodePoints& numbers);
// Takes payloads of OTHER over.
void take_over(std::vector<Part>& parts, const std::vector<Part>& other, Draw& draw);

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
[[nodiscard]] bool cross_chains(Octets& octets, OctetView other, Draw& draw);

}  // namespace karpspec::fuzz
