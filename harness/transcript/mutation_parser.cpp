#include <algorithm>
#include <iterator>

#include "transcript/mutation.h"

namespace karpspec::transcript {
namespace {

Result<Path> path_of(const Node& node) {
  KARPSPEC_TRY(text, node.scalar("a field's path"));
  auto path = parse_path(text);
  if (!path)
    return node.error(path.error().message, path.error().offset.value_or(0));
  return *std::move(path);
}

Result<PayloadName> payload_of(const Node& node) {
  KARPSPEC_TRY(text, node.scalar("a payload"));
  auto name = parse_payload_name(text);
  if (!name)
    return node.error(name.error().message, name.error().offset.value_or(0));
  return *std::move(name);
}

// A path that is written to: a whole payload or list is none.
Result<SetField> field_of(const Node& key, const Node& value) {
  KARPSPEC_TRY(path, path_of(key));
  if (path.segments.empty())
    return key.error("'" + path.text + "' names a payload, expected a field of it as in " +
                     path.text + ".data");
  KARPSPEC_TRY(expression, parse_expression(value));
  return SetField{std::move(path), std::move(expression)};
}

Result<std::vector<SetField>> fields_of_map(const Node& map, bool check_values) {
  if (!map.is_map())
    return map.error(std::string(map.kind_name()) + " where a map of paths and values is expected");
  std::vector<SetField> out;
  for (const auto& [key, value] : map.entries()) {
    KARPSPEC_TRY(field, field_of(key, value));
    if (check_values)
      KARPSPEC_CHECK(check_literal(field.value, field.path));
    out.push_back(std::move(field));
  }
  return out;
}

Result<bool> first_or_last(const Node* at) {
  if (at == nullptr || (at->is_scalar() && at->text() == "last"))
    return false;
  if (at->is_scalar() && at->text() == "first")
    return true;
  return at->error("expected first or last");
}

Result<Mutation> parse_add(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"add", "at", "with"}, "an operation 'add'"));
  AddPayload op;
  KARPSPEC_TRY(payload, payload_of(what));
  op.payload = std::move(payload);
  if (const Node* at = map.find("at")) {
    KARPSPEC_TRY(text, at->scalar("a place"));
    if (text == "first") {
      op.at = AddPayload::At::first;
    } else if (text.starts_with("before ") || text.starts_with("after ")) {
      op.at = text[0] == 'b' ? AddPayload::At::before : AddPayload::At::after;
      const auto space = text.find(' ') + 1;
      auto anchor = parse_payload_name(std::string_view(text).substr(space));
      if (!anchor)
        return at->error(anchor.error().message, space + anchor.error().offset.value_or(0));
      op.anchor = *std::move(anchor);
    } else if (text != "last") {
      return at->error("expected first, last, before PAYLOAD or after PAYLOAD");
    }
  }
  if (const Node* with = map.find("with")) {
    KARPSPEC_TRY(fields, fields_of_map(*with, true));
    op.with = std::move(fields);
  }
  return Mutation{std::move(op), map};
}

Result<std::vector<std::pair<std::string, Expression>>> element_fields(const Node& map,
                                                                       const std::string& prefix) {
  std::vector<std::pair<std::string, Expression>> out;
  for (const auto& [key, value] : map.entries()) {
    if (key.text() == "transforms" && prefix == "SA.proposals[1].")
      continue;
    auto path = parse_path(prefix + key.text());
    if (!path)
      return key.error(path.error().message);
    KARPSPEC_TRY(expression, parse_expression(value));
    KARPSPEC_CHECK(check_literal(expression, *path));
    out.emplace_back(key.text(), std::move(expression));
  }
  return out;
}

Result<Mutation> parse_add_element(const Node& map, const Node& what, AddElement::Kind kind) {
  const bool proposal = kind == AddElement::Kind::proposal;
  KARPSPEC_CHECK(
      map.check_keys({"add-proposal", "add-transform", "value", "at"},
                     proposal ? "an operation 'add-proposal'" : "an operation 'add-transform'"));
  AddElement op;
  op.kind = kind;
  op.source = map;
  KARPSPEC_TRY(path, path_of(what));
  if (path.root != Path::Root::payload || path.payload.type != wire::PayloadType::SA)
    return what.error("expected an SA payload" + std::string(proposal ? "" : " and its proposal"));
  op.path = std::move(path);
  KARPSPEC_TRY(first, first_or_last(map.find("at")));
  op.at_first = first;
  const Node* value = map.find("value");
  if (value == nullptr || !value->is_map())
    return map.error("expected value: {FIELD: VALUE, ...}");
  KARPSPEC_TRY(fields, element_fields(*value, proposal ? "SA.proposals[1]."
                                                       : "SA.proposals[1].transforms[1]."));
  op.fields = std::move(fields);
  if (const Node* transforms = proposal ? value->find("transforms") : nullptr) {
    if (!transforms->is_list())
      return transforms->error("expected a list of transforms");
    for (const Node& item : transforms->items()) {
      if (!item.is_map())
        return item.error("expected a transform, {FIELD: VALUE, ...}");
      KARPSPEC_TRY(transform, element_fields(item, "SA.proposals[1].transforms[1]."));
      op.transforms.push_back(std::move(transform));
    }
  }
  return Mutation{std::move(op), map};
}

Result<bool> inner_of(const Node& map) {
  const Node* inner = map.find("inner");
  if (inner == nullptr)
    return false;
  return inner->boolean();
}

Result<Expression> octets_expression(const Node& node) {
  KARPSPEC_TRY(expression, parse_expression(node));
  if (expression.kind == Expression::Kind::literal) {
    KARPSPEC_TRY(octets, literal_value(expression, FieldValue{Octets{}, Names::none, 0}));
    static_cast<void>(octets);
  }
  return expression;
}

Result<Mutation> parse_octets(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"octets", "inner"}, "an operation 'octets'"));
  KARPSPEC_CHECK(what.check_keys({"at", "set", "inner"}, "'octets'"));
  const Node* at = what.find("at");
  const Node* value = what.find("set");
  if (at == nullptr || value == nullptr)
    return what.error("expected {at: N, set: 0x...}");
  SetOctets op;
  KARPSPEC_TRY(offset, at->integer());
  op.at = offset;
  KARPSPEC_TRY(octets, octets_expression(*value));
  op.value = std::move(octets);
  KARPSPEC_TRY(outside, inner_of(map));
  KARPSPEC_TRY(inside, inner_of(what));
  op.inner = outside || inside;
  return Mutation{std::move(op), map};
}

Result<Mutation> parse_truncate(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"truncate", "inner"}, "an operation 'truncate'"));
  KARPSPEC_TRY(size, what.integer());
  KARPSPEC_TRY(inner, inner_of(map));
  return Mutation{Truncate{size, inner}, map};
}

Result<Mutation> parse_append(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"append", "inner"}, "an operation 'append'"));
  KARPSPEC_TRY(value, octets_expression(what));
  KARPSPEC_TRY(inner, inner_of(map));
  return Mutation{AppendOctets{std::move(value), inner}, map};
}

// The SK payload is only made when the message is sealed: its fields are set in the octets then,
// and its data is what comes of sealing.
Result<void> check_sealed_field(const SetField& field) {
  static constexpr const char* known[] = {"next_payload", "first_inner",     "critical",
                                          "reserved",     "length",          "padding",
                                          "pad_length",   "generic_reserved"};
  if (field.path.root == Path::Root::sealed &&
      std::none_of(std::begin(known), std::end(known),
                   [&](const char* name) { return field.path.segments.front().name == name; }))
    return field.value.source.error("'" + field.path.text +
                                    "' cannot be set: expected SK.padding, SK.pad_length, "
                                    "SK.critical, SK.reserved, SK.length or SK.next_payload");
  return {};
}

Result<Mutation> set_or_patch(SetField field) {
  KARPSPEC_CHECK(check_sealed_field(field));
  const Node source = field.value.source;
  if (field.path.root == Path::Root::sealed)
    return Mutation{PatchField{std::move(field.path), std::move(field.value)}, source};
  return Mutation{std::move(field), source};
}

Result<std::vector<Mutation>> parse_set(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"set"}, "an operation 'set'"));
  KARPSPEC_TRY(fields, fields_of_map(what, true));
  std::vector<Mutation> out;
  for (SetField& field : fields) {
    KARPSPEC_TRY(mutation, set_or_patch(std::move(field)));
    out.push_back(std::move(mutation));
  }
  return out;
}

Result<std::vector<Mutation>> parse_patch(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"patch"}, "an operation 'patch'"));
  KARPSPEC_TRY(fields, fields_of_map(what, false));
  std::vector<Mutation> out;
  for (SetField& field : fields) {
    KARPSPEC_CHECK(check_sealed_field(field));
    const Node source = field.value.source;
    const auto kind = kind_of(field.path);
    if (kind && kind->bits % 8 != 0 && field.path.root != Path::Root::sealed)
      return source.error("'" + field.path.text +
                          "' is a part of an octet: use `set`, or patch the whole octet");
    out.push_back({PatchField{std::move(field.path), std::move(field.value)}, source});
  }
  return out;
}

Result<Mutation> parse_order(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"order"}, "an operation 'order'"));
  if (!what.is_list())
    return what.error("expected a list of payloads");
  OrderPayloads op;
  for (const Node& item : what.items()) {
    KARPSPEC_TRY(name, payload_of(item));
    op.payloads.push_back(std::move(name));
  }
  return Mutation{std::move(op), map};
}

Result<Mutation> parse_move(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"move", "to"}, "an operation 'move'"));
  KARPSPEC_TRY(name, payload_of(what));
  const Node* to = map.find("to");
  if (to == nullptr)
    return map.error("expected to: first or to: last beside 'move'");
  KARPSPEC_TRY(first, first_or_last(to));
  return Mutation{MovePayload{std::move(name), first}, map};
}

Result<std::vector<Mutation>> one(Result<Mutation> mutation) {
  if (!mutation)
    return tl::unexpected(mutation.error());
  std::vector<Mutation> out;
  out.push_back(*std::move(mutation));
  return out;
}

template <class Op>
Result<Mutation> parse_payload_op(const Node& map, const Node& what, const char* key) {
  KARPSPEC_CHECK(map.check_keys({key}, std::string("an operation '") + key + "'"));
  KARPSPEC_TRY(name, payload_of(what));
  return Mutation{Op{std::move(name)}, map};
}

template <class Op>
Result<Mutation> parse_element_op(const Node& map, const Node& what, const char* key) {
  KARPSPEC_CHECK(map.check_keys({key}, std::string("an operation '") + key + "'"));
  KARPSPEC_TRY(path, path_of(what));
  if (path.segments.empty() ||
      (path.segments.back().index == 0 && path.segments.back().argument.empty()))
    return what.error("expected an element of a list, as in SAi1.proposals[1]");
  return Mutation{Op{std::move(path)}, map};
}

}  // namespace

Result<std::vector<Mutation>> parse_mutation(const Node& map) {
  static const std::vector<std::string> operations = {
      "set",   "add",          "remove",        "double",         "move",
      "order", "add-proposal", "add-transform", "remove-element", "double-element",
      "patch", "octets",       "truncate",      "append"};
  if (!map.is_map() || map.entries().empty())
    return map.error(std::string(map.kind_name()) +
                     " where an operation is expected, a map such as {remove: N}");
  const auto found =
      std::find_if(map.entries().begin(), map.entries().end(), [](const auto& entry) {
        return std::find(operations.begin(), operations.end(), entry.first.text()) !=
               operations.end();
      });
  if (found == map.entries().end()) {
    const Node& key = map.entries().front().first;
    return key.error("unknown operation '" + key.text() + "'" + suggestion(key.text(), operations));
  }
  const std::string& name = found->first.text();
  const Node& what = found->second;
  if (name == "set")
    return parse_set(map, what);
  if (name == "patch")
    return parse_patch(map, what);
  if (name == "add")
    return one(parse_add(map, what));
  if (name == "remove")
    return one(parse_payload_op<RemovePayload>(map, what, "remove"));
  if (name == "double")
    return one(parse_payload_op<DoublePayload>(map, what, "double"));
  if (name == "move")
    return one(parse_move(map, what));
  if (name == "order")
    return one(parse_order(map, what));
  if (name == "add-proposal")
    return one(parse_add_element(map, what, AddElement::Kind::proposal));
  if (name == "add-transform")
    return one(parse_add_element(map, what, AddElement::Kind::transform));
  if (name == "remove-element")
    return one(parse_element_op<RemoveElement>(map, what, "remove-element"));
  if (name == "double-element")
    return one(parse_element_op<DoubleElement>(map, what, "double-element"));
  if (name == "octets")
    return one(parse_octets(map, what));
  if (name == "truncate")
    return one(parse_truncate(map, what));
  return one(parse_append(map, what));
}

Result<std::vector<Mutation>> parse_mutations(const Node& list) {
  if (!list.is_list())
    return list.error(std::string(list.kind_name()) + " where a list of operations is expected");
  std::vector<Mutation> out;
  for (const Node& item : list.items()) {
    KARPSPEC_TRY(some, parse_mutation(item));
    for (Mutation& mutation : some)
      out.push_back(std::move(mutation));
  }
  return out;
}

Result<std::vector<Mutation>> parse_with(const Node& map) {
  KARPSPEC_TRY(fields, fields_of_map(map, true));
  std::vector<Mutation> out;
  for (SetField& field : fields) {
    KARPSPEC_TRY(mutation, set_or_patch(std::move(field)));
    out.push_back(std::move(mutation));
  }
  return out;
}

}  // namespace karpspec::transcript
