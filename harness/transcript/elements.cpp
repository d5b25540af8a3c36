#include <algorithm>

#include "transcript/reflection.h"
#include "transcript/resolve.h"

namespace karpspec::transcript {
namespace {

using Fields = std::vector<std::pair<std::string, Expression>>;

// Sets FIELDS of one structure, through the same code that serves paths, by letting it stand in a
// payload of its own.
Result<void> fill(wire::Message& message, const std::string& prefix, const Fields& fields,
                  Context& context) {
  // A transform's type comes first: it says what names its ID has.
  Fields ordered = fields;
  std::stable_partition(ordered.begin(), ordered.end(), [](const auto& field) {
    return field.first == "type" || field.first == "protocol";
  });
  for (const auto& [name, expression] : ordered) {
    const auto path = parse_path(prefix + name);
    if (!path)
      return expression.source.error(path.error().message);
    KARPSPEC_TRY(target, resolve(message, *path, context.numbers()));
    const FieldValue current = target.value.value_or(FieldValue{std::uint64_t{0}, Names::none, 16});
    KARPSPEC_TRY(value, evaluate(expression, current, context));
    KARPSPEC_CHECK(set_field(message, *path, value, context.numbers()));
  }
  return {};
}

bool has(const Fields& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const auto& field) { return field.first == name; });
}

// Makes transforms of the kind that the proposal has.
Result<void> add_transforms(wire::Message& message, const std::vector<Fields>& transforms,
                            Context& context) {
  wire::Proposal& proposal = message.payloads[0].as<wire::SaPayload>()->proposals[0];
  for (const Fields& fields : transforms) {
    if (auto* plain = std::get_if<std::vector<wire::Transform>>(&proposal.transforms))
      plain->emplace_back();
    else
      std::get<std::vector<wire::TcpAoTransform>>(proposal.transforms).emplace_back();
    const std::size_t n =
        std::visit([](const auto& list) { return list.size(); }, proposal.transforms);
    KARPSPEC_CHECK(
        fill(message, "SA.proposals[1].transforms[" + std::to_string(n) + "].", fields, context));
  }
  return {};
}

template <class T>
void insert(std::vector<T>& list, T element, bool first) {
  list.insert(first ? list.begin() : list.end(), std::move(element));
}

}  // namespace

Result<void> add_element(const AddElement& op, wire::Message& message, Context& context) {
  const auto index = locate(message.payloads, op.path.payload, context.numbers());
  auto* sa = index ? message.payloads[*index].as<wire::SaPayload>() : nullptr;
  if (sa == nullptr)
    return fail(ErrorCode::not_found, "the message has no SA payload " + op.path.payload.text());

  wire::Message scratch;
  scratch.payloads.push_back(
      wire::make_payload(wire::PayloadType::SA, wire::SaPayload{{wire::Proposal{}}}));
  wire::Proposal& made = scratch.payloads[0].as<wire::SaPayload>()->proposals[0];

  if (op.kind == AddElement::Kind::proposal) {
    made.number = static_cast<std::uint8_t>(sa->proposals.size() + 1);
    KARPSPEC_CHECK(fill(scratch, "SA.proposals[1].", op.fields, context));
    // Which kind of transform a proposal has follows from its protocol, unless the values say so.
    const bool tcp_ao = std::any_of(op.transforms.begin(), op.transforms.end(),
                                    [](const Fields& fields) { return has(fields, "send_id"); });
    if (tcp_ao || (made.protocol == context.numbers().tcp_ao_protocol && op.transforms.empty()))
      made.transforms = std::vector<wire::TcpAoTransform>{};
    KARPSPEC_CHECK(add_transforms(scratch, op.transforms, context));
    insert(sa->proposals, std::move(made), op.at_first);
    return {};
  }

  const std::size_t n = op.path.segments.empty() ? 1 : op.path.segments[0].index;
  if (n == 0 || n > sa->proposals.size())
    return fail(ErrorCode::not_found, "the SA payload has no " + op.path.text);
  wire::Proposal& owner = sa->proposals[n - 1];
  if (owner.is_tcp_ao())
    made.transforms = std::vector<wire::TcpAoTransform>{};
  KARPSPEC_CHECK(add_transforms(scratch, {op.fields}, context));
  if (auto* plain = std::get_if<std::vector<wire::Transform>>(&owner.transforms))
    insert(*plain, std::get<std::vector<wire::Transform>>(made.transforms).front(), op.at_first);
  else
    insert(std::get<std::vector<wire::TcpAoTransform>>(owner.transforms),
           std::get<std::vector<wire::TcpAoTransform>>(made.transforms).front(), op.at_first);
  return {};
}

}  // namespace karpspec::transcript
