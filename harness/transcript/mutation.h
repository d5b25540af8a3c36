#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "transcript/expression.h"
#include "transcript/field.h"
#include "transcript/node.h"

namespace karpspec::transcript {

// One operation on an outgoing message. Scenarios (`with`, `mutate`) and faults (`alter`) share
// them. They work at four stages: the decoded message; its encoded clear form; header and SK
// payload before they are sealed; the final datagram.
struct SetField {
  Path path;
  Expression value;
};
struct AddPayload {
  PayloadName payload;
  enum class At { first, last, before, after } at = At::last;
  std::optional<PayloadName> anchor;  // of before and after
  std::vector<SetField> with;
};
struct RemovePayload {
  PayloadName payload;
};
struct DoublePayload {
  PayloadName payload;
};
struct MovePayload {
  PayloadName payload;
  bool to_first = false;
};
struct OrderPayloads {
  std::vector<PayloadName> payloads;
};
// ELEMENT of a list: proposals, transforms, attributes, selectors, spis. PATH names the owner.
struct AddElement {
  enum class Kind { proposal, transform } kind = Kind::transform;
  Path path;
  // Fields of the new element, and of a proposal its transforms.
  std::vector<std::pair<std::string, Expression>> fields;
  std::vector<std::vector<std::pair<std::string, Expression>>> transforms;
  Node source;
  bool at_first = false;
};
struct RemoveElement {
  Path path;
};
struct DoubleElement {
  Path path;
};
// Overwrites a field at its octets; nothing else follows.
struct PatchField {
  Path path;
  Expression value;
};
struct SetOctets {
  std::int64_t at = 0;  // negative: from the end
  Expression value;     // =flip and =reverse work on one octet
  bool inner = false;
};
struct Truncate {
  std::int64_t size = 0;
  bool inner = false;
};  // negative: cut off that many
struct AppendOctets {
  Expression value;
  bool inner = false;
};

// How it is copied, moved and destroyed is compiled once, as of wire::Body.
struct Mutation {
  using Operation = std::variant<SetField, AddPayload, RemovePayload, DoublePayload, MovePayload,
                                 OrderPayloads, AddElement, RemoveElement, DoubleElement,
                                 PatchField, SetOctets, Truncate, AppendOctets>;
  Mutation(Operation done, Node written);
  Mutation(const Mutation& other);
  Mutation(Mutation&& other) noexcept;
  Mutation& operator=(const Mutation& other);
  Mutation& operator=(Mutation&& other) noexcept;
  ~Mutation();

  Operation operation;
  Node source;  // where it was written
};

// A list of operations as under `mutate:`. Errors: bad_value with file, line and column.
[[nodiscard]] Result<std::vector<Mutation>> parse_mutations(const Node& list);
// One operation of the list (a map); a `set` of several fields gives several mutations.
[[nodiscard]] Result<std::vector<Mutation>> parse_mutation(const Node& map);
// The sugar: a map of paths and values as under `with:`.
[[nodiscard]] Result<std::vector<Mutation>> parse_with(const Node& map);

// Stage 1: set, add, remove, double, move, order, and the elements of lists, in their order.
// MESSAGE is the decoded message: for a protected one with the inner payloads, without SK.
// Errors: not_found and bad_value, where an operation finds nothing to work on.
[[nodiscard]] Result<void> apply_to_message(const std::vector<Mutation>& mutations,
                                            wire::Message& message, Context& context);

// Stage 2: patches, and octets/truncate/append with `inner: true`. CLEAR is the clear form of
// MESSAGE, to which stage 1 has been applied: encode_message without an SK payload. Inner offsets
// count from the end of the header.
[[nodiscard]] Result<void> apply_to_clear_form(const std::vector<Mutation>& mutations,
                                               const wire::Message& message, Octets& clear,
                                               Context& context);

// Stage 3, for whoever builds the SK payload himself: patches of HDR and SK in ENCODED, the header
// and the generic header of SK with room for its data. Before sealing, so that a patched header
// still has a right ICV.
[[nodiscard]] Result<void> apply_to_envelope(const std::vector<Mutation>& mutations,
                                             Octets& encoded, Context& context);

// Stage 4: octets, truncate and append without `inner`, on the final datagram.
[[nodiscard]] Result<void> apply_to_datagram(const std::vector<Mutation>& mutations,
                                             Octets& datagram, Context& context);

// For a message in clear: encodes MESSAGE, which stage 1 has been applied to, and does stages 2
// and 4 on it.
[[nodiscard]] Result<Octets> encode_mutated(const std::vector<Mutation>& mutations,
                                            const wire::Message& message, Context& context);

}  // namespace karpspec::transcript
