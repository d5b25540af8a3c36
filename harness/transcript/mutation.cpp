#include "transcript/mutation.h"

#include <algorithm>
#include <bit>

#include "transcript/resolve.h"

namespace karpspec::transcript {

Mutation::Mutation(Operation done, Node written)
    : operation(std::move(done)), source(std::move(written)) {}
Mutation::Mutation(const Mutation& other) = default;
Mutation::Mutation(Mutation&& other) noexcept = default;
Mutation& Mutation::operator=(const Mutation& other) = default;
Mutation& Mutation::operator=(Mutation&& other) noexcept = default;
Mutation::~Mutation() = default;

namespace {

// Says where in the file an operation stands that could not be done.
tl::unexpected<Error> blame(const Mutation& mutation, const Error& error) {
  if (mutation.source.where().empty() || error.message.find(mutation.source.file()) == 0)
    return tl::unexpected(error);
  return mutation.source.error(error.message);
}

Result<std::size_t> find_payload(const wire::Message& message, const PayloadName& name,
                                 const wire::CodePoints& numbers) {
  if (const auto index = locate(message.payloads, name, numbers))
    return *index;
  return fail(ErrorCode::not_found, "the message has no payload " + name.text());
}

Result<void> set(wire::Message& message, const Path& path, const Expression& expression,
                 Context& context) {
  KARPSPEC_TRY(target, resolve(message, path, context.numbers()));
  const FieldValue current = target.value.value_or(FieldValue{std::uint64_t{0}, Names::none, 16});
  KARPSPEC_TRY(value, evaluate(expression, current, context));
  return set_field(message, path, value, context.numbers());
}

Result<void> perform(const SetField& op, wire::Message& message, Context& context) {
  return set(message, op.path, op.value, context);
}

Result<void> perform(const AddPayload& op, wire::Message& message, Context& context) {
  KARPSPEC_TRY(payload, context.payload(op.payload));
  payload.critical = payload.critical || op.payload.critical;
  // Set its fields while it is alone, so that no other of its kind is meant.
  wire::Message alone;
  alone.payloads.push_back(std::move(payload));
  for (const SetField& field : op.with)
    KARPSPEC_CHECK(set(alone, field.path, field.value, context));
  auto& list = message.payloads;
  auto at = list.end();
  if (op.at == AddPayload::At::first)
    at = list.begin();
  if (op.anchor) {
    KARPSPEC_TRY(index, find_payload(message, *op.anchor, context.numbers()));
    at = list.begin() + static_cast<std::ptrdiff_t>(index);
    if (op.at == AddPayload::At::after)
      ++at;
  }
  list.insert(at, std::move(alone.payloads.front()));
  return {};
}

Result<void> perform(const RemovePayload& op, wire::Message& message, Context& context) {
  KARPSPEC_TRY(index, find_payload(message, op.payload, context.numbers()));
  message.payloads.erase(message.payloads.begin() + static_cast<std::ptrdiff_t>(index));
  return {};
}

Result<void> perform(const DoublePayload& op, wire::Message& message, Context& context) {
  KARPSPEC_TRY(index, find_payload(message, op.payload, context.numbers()));
  wire::Payload copy = message.payloads[index];
  message.payloads.insert(message.payloads.begin() + static_cast<std::ptrdiff_t>(index),
                          std::move(copy));
  return {};
}

Result<void> perform(const MovePayload& op, wire::Message& message, Context& context) {
  KARPSPEC_TRY(index, find_payload(message, op.payload, context.numbers()));
  auto& list = message.payloads;
  const auto it = list.begin() + static_cast<std::ptrdiff_t>(index);
  if (op.to_first)
    std::rotate(list.begin(), it, it + 1);
  else
    std::rotate(it, it + 1, list.end());
  return {};
}

Result<void> perform(const OrderPayloads& op, wire::Message& message, Context& context) {
  std::vector<wire::Payload> ordered;
  for (const PayloadName& name : op.payloads) {
    KARPSPEC_TRY(index, find_payload(message, name, context.numbers()));
    ordered.push_back(std::move(message.payloads[index]));
    message.payloads.erase(message.payloads.begin() + static_cast<std::ptrdiff_t>(index));
  }
  // What is not named stays behind, in its order.
  for (wire::Payload& payload : message.payloads)
    ordered.push_back(std::move(payload));
  message.payloads = std::move(ordered);
  return {};
}

Result<void> perform(const AddElement& op, wire::Message& message, Context& context) {
  return add_element(op, message, context);
}

Result<void> perform(const RemoveElement& op, wire::Message& message, Context& context) {
  KARPSPEC_TRY(target, resolve(message, op.path, context.numbers()));
  if (!target.erase)
    return fail(ErrorCode::bad_value, op.path.text + " is no element of a list");
  target.erase();
  return {};
}

Result<void> perform(const DoubleElement& op, wire::Message& message, Context& context) {
  KARPSPEC_TRY(target, resolve(message, op.path, context.numbers()));
  if (!target.duplicate)
    return fail(ErrorCode::bad_value, op.path.text + " is no element of a list");
  target.duplicate();
  return {};
}

// The later stages.
Result<void> perform(const PatchField&, wire::Message&, Context&) {
  return {};
}
Result<void> perform(const SetOctets&, wire::Message&, Context&) {
  return {};
}
Result<void> perform(const Truncate&, wire::Message&, Context&) {
  return {};
}
Result<void> perform(const AppendOctets&, wire::Message&, Context&) {
  return {};
}

Result<void> overwrite(Octets& octets, std::size_t offset, std::size_t size,
                       const Expression& value, Context& context) {
  if (offset + size > octets.size())
    return fail(ErrorCode::not_found, "the field was cut off by an earlier operation");
  const auto from = octets.begin() + static_cast<std::ptrdiff_t>(offset);
  const Octets now(from, from + static_cast<std::ptrdiff_t>(size));
  // What is longer than any number is octets.
  FieldValue current{now, Names::payload, static_cast<unsigned>(size * 8)};
  if (size <= 8)
    current.value = unsigned_from(now);
  KARPSPEC_TRY(wanted, evaluate(value, current, context));
  Octets written;
  if (const auto* exact = std::get_if<Octets>(&wanted))
    written = *exact;
  else
    for (std::size_t i = size; i-- > 0;)
      written.push_back(static_cast<std::uint8_t>(std::get<std::uint64_t>(wanted) >> (8 * i)));
  if (written.size() != size)
    return value.source.error("the field has " + std::to_string(size) + " octets");
  std::copy(written.begin(), written.end(), from);
  return {};
}

// The bits of MASK, which is one run of ones, in the octet at OFFSET.
Result<void> overwrite_bits(Octets& octets, std::size_t offset, std::uint8_t mask,
                            const Expression& value, Context& context) {
  const int shift = std::countr_zero(mask);
  std::uint8_t& octet = octets.at(offset);
  const FieldValue current{std::uint64_t{static_cast<unsigned>(octet & mask) >> shift}, Names::none,
                           static_cast<unsigned>(std::popcount(mask))};
  KARPSPEC_TRY(wanted, evaluate(value, current, context));
  const auto* number = std::get_if<std::uint64_t>(&wanted);
  if (number == nullptr || *number > static_cast<unsigned>(mask >> shift))
    return value.source.error("the field has " + std::to_string(std::popcount(mask)) + " bits");
  octet = static_cast<std::uint8_t>((octet & ~mask) | static_cast<int>(*number << shift));
  return {};
}

// octets, truncate and append on the part of OCTETS from START.
Result<void> edit(const Mutation& mutation, bool inner, std::size_t start, Octets& octets,
                  Context& context) {
  const std::size_t size = octets.size() - start;
  if (const auto* op = std::get_if<SetOctets>(&mutation.operation); op && op->inner == inner) {
    const std::int64_t at = op->at < 0 ? static_cast<std::int64_t>(size) + op->at : op->at;
    if (at < 0 || static_cast<std::size_t>(at) >= size)
      return mutation.source.error("octets beyond the end: there are " + std::to_string(size));
    const auto to = octets.begin() + static_cast<std::ptrdiff_t>(start) + at;
    KARPSPEC_TRY(made, evaluate(op->value, FieldValue{Octets{*to}, Names::none, 0}, context));
    const auto* value = std::get_if<Octets>(&made);
    if (value == nullptr || static_cast<std::size_t>(at) + value->size() > size)
      return mutation.source.error("octets beyond the end: there are " + std::to_string(size));
    std::copy(value->begin(), value->end(), to);
  } else if (const auto* cut = std::get_if<Truncate>(&mutation.operation);
             cut && cut->inner == inner) {
    const std::int64_t keep =
        cut->size < 0 ? static_cast<std::int64_t>(size) + cut->size : cut->size;
    if (keep < 0 || static_cast<std::size_t>(keep) > size)
      return mutation.source.error("cannot cut: there are " + std::to_string(size) + " octets");
    octets.resize(start + static_cast<std::size_t>(keep));
  } else if (const auto* more = std::get_if<AppendOctets>(&mutation.operation);
             more && more->inner == inner) {
    KARPSPEC_TRY(value, evaluate(more->value, FieldValue{Octets{}, Names::none, 0}, context));
    if (const auto* tail = std::get_if<Octets>(&value))
      append(octets, *tail);
  }
  return {};
}

bool is_envelope_patch(const Path& path) {
  return path.root == Path::Root::header || path.root == Path::Root::sealed;
}

}  // namespace

Result<void> apply_to_message(const std::vector<Mutation>& mutations, wire::Message& message,
                              Context& context) {
  for (const Mutation& mutation : mutations) {
    const auto done = std::visit([&](const auto& op) { return perform(op, message, context); },
                                 mutation.operation);
    if (!done)
      return blame(mutation, done.error());
  }
  return {};
}

Result<void> apply_to_clear_form(const std::vector<Mutation>& mutations,
                                 const wire::Message& message, Octets& clear, Context& context) {
  for (const Mutation& mutation : mutations) {
    if (const auto* patch = std::get_if<PatchField>(&mutation.operation)) {
      if (patch->path.root == Path::Root::sealed)
        continue;
      const auto at = find_octets(message, patch->path, context.numbers());
      if (!at || at->size == 0)
        return mutation.source.error("the message has no octets of " + patch->path.text);
      if (const auto done = overwrite(clear, at->offset, at->size, patch->value, context); !done)
        return blame(mutation, done.error());
    }
    if (clear.size() < wire::Header::size)
      return mutation.source.error("nothing is left to change");
    KARPSPEC_CHECK(edit(mutation, true, wire::Header::size, clear, context));
  }
  return {};
}

Result<void> apply_to_envelope(const std::vector<Mutation>& mutations, Octets& encoded,
                               Context& context) {
  struct Field {
    const char* name;
    std::size_t offset, size;
    std::uint8_t mask = 0xff;  // of one octet
  };
  // RFC 5996 section 3.1, then section 3.2 for the SK payload.
  constexpr Field header[] = {{"spi_i", 0, 8},       {"spi_r", 8, 8},     {"next_payload", 16, 1},
                              {"version", 17, 1},    {"exchange", 18, 1}, {"flags", 19, 1},
                              {"message_id", 20, 4}, {"length", 24, 4}};
  constexpr Field sealed[] = {{"next_payload", 28, 1},   {"first_inner", 28, 1},
                              {"critical", 29, 1, 0x80}, {"generic_reserved", 29, 1, 0x7f},
                              {"reserved", 29, 1, 0x7f}, {"length", 30, 2}};
  for (const Mutation& mutation : mutations) {
    const auto* patch = std::get_if<PatchField>(&mutation.operation);
    if (patch == nullptr || !is_envelope_patch(patch->path))
      continue;
    const bool in_header = patch->path.root == Path::Root::header;
    const std::string& name = patch->path.segments.front().name;
    const auto try_field = [&](const Field& field) -> Result<void> {
      if (name != field.name)
        return {};
      if (field.mask != 0xff)
        return overwrite_bits(encoded, field.offset, field.mask, patch->value, context);
      return overwrite(encoded, field.offset, field.size, patch->value, context);
    };
    for (const Field& field : header)
      if (in_header)
        if (auto done = try_field(field); !done)
          return blame(mutation, done.error());
    for (const Field& field : sealed)
      if (!in_header)
        if (auto done = try_field(field); !done)
          return blame(mutation, done.error());
  }
  return {};
}

Result<void> apply_to_datagram(const std::vector<Mutation>& mutations, Octets& datagram,
                               Context& context) {
  for (const Mutation& mutation : mutations)
    KARPSPEC_CHECK(edit(mutation, false, 0, datagram, context));
  return {};
}

Result<Octets> encode_mutated(const std::vector<Mutation>& mutations, const wire::Message& message,
                              Context& context) {
  for (const Mutation& mutation : mutations) {
    const auto* patch = std::get_if<PatchField>(&mutation.operation);
    if (patch != nullptr && patch->path.root == Path::Root::sealed)
      return mutation.source.error("a message in clear has no SK payload");
  }
  Octets encoded = wire::encode_message(message);
  KARPSPEC_CHECK(apply_to_clear_form(mutations, message, encoded, context));
  KARPSPEC_CHECK(apply_to_datagram(mutations, encoded, context));
  return encoded;
}

}  // namespace karpspec::transcript
