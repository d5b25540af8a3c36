#include "transcript/resolve.h"

#include "transcript/node.h"
#include "transcript/reflection.h"

namespace karpspec::transcript {
namespace {

using Segments = std::span<const Path::Segment>;

struct Walk {
  const wire::CodePoints& numbers;
  bool any_element = false;
  // What would have been known where an unknown name stood, of all kinds of elements tried.
  std::vector<std::string> candidates;
  std::string unknown;
  std::size_t unknown_at = 0;

  void note_unknown(const Path::Segment& segment, const std::vector<std::string>& known) {
    if (segment.at != unknown_at)
      candidates.clear();
    unknown = segment.name;
    unknown_at = segment.at;
    candidates.insert(candidates.end(), known.begin(), known.end());
  }
};

tl::unexpected<Error> too_deep(const Path::Segment& segment) {
  return fail(ErrorCode::not_found, "'" + segment.name + "' stands below a field that has no parts",
              segment.at);
}

Result<std::uint64_t> as_number(const Value& value, unsigned bits) {
  const auto* number = std::get_if<std::uint64_t>(&value);
  if (number == nullptr)
    return fail(ErrorCode::bad_value, "octets where a number is needed");
  if (bits < 64 && (*number >> bits) != 0)
    return fail(ErrorCode::bad_value,
                std::to_string(*number) + " does not fit into " + std::to_string(bits) + " bits");
  return *number;
}

// A number, or bits of one.
Result<Target> in_number(const StructureRef& owner, std::string_view name, Info info,
                         NumberRef member, Segments rest, std::string canonical) {
  unsigned shift = 0, bits = info.bits;
  Names names = info.names;
  if (!rest.empty()) {
    const auto parts = owner.bits_of(name);
    const Bits* found = nullptr;
    std::vector<std::string> candidates;
    for (const Bits& part : parts) {
      candidates.emplace_back(part.name);
      if (part.name == rest[0].name)
        found = &part;
    }
    if (found == nullptr) {
      if (parts.empty())
        return too_deep(rest[0]);
      return fail(ErrorCode::not_found,
                  "unknown bit '" + rest[0].name + "'" + suggestion(rest[0].name, candidates),
                  rest[0].at);
    }
    if (rest.size() > 1)
      return too_deep(rest[1]);
    shift = found->shift;
    bits = 0;
    while ((found->mask >> bits) != 0)
      ++bits;
    if (bits == 1)
      names = Names::flag;
  }
  const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  Target target;
  target.canonical = std::move(canonical);
  target.value = FieldValue{(member.value() >> shift) & mask, names, bits};
  target.set = [member, shift, bits, mask](const Value& value) -> Result<void> {
    KARPSPEC_TRY(number, as_number(value, bits));
    member.set((member.value() & ~(mask << shift)) | (number << shift));
    return {};
  };
  return target;
}

Result<Target> in_octets(Octets& member, Info info, Segments rest, std::string canonical) {
  if (!rest.empty())
    return too_deep(rest[0]);
  Target target;
  target.canonical = std::move(canonical);
  target.value = FieldValue{member, info.names, 0};
  target.set = [&member](const Value& value) -> Result<void> {
    const auto* octets = std::get_if<Octets>(&value);
    if (octets != nullptr) {
      member = *octets;
      return {};
    }
    // One octet is a number as well: the SPI of a key is its KeyID.
    if (member.size() != 1)
      return fail(ErrorCode::bad_value, "a number where octets are needed, such as 0x0a0b");
    KARPSPEC_TRY(number, as_number(value, 8));
    member = {static_cast<std::uint8_t>(number)};
    return {};
  };
  return target;
}

Result<Target> in_attribute_value(AttributeValue& member, Segments rest, std::string canonical) {
  if (!rest.empty())
    return too_deep(rest[0]);
  Target target;
  target.canonical = std::move(canonical);
  if (const auto* number = std::get_if<std::uint16_t>(&member))
    target.value = FieldValue{std::uint64_t{*number}, Names::none, 16};
  else
    target.value = FieldValue{std::get<Octets>(member), Names::none, 0};
  target.set = [&member](const Value& value) -> Result<void> {
    if (const auto* octets = std::get_if<Octets>(&value)) {
      member = *octets;
      return {};
    }
    KARPSPEC_TRY(number, as_number(value, 16));
    member = static_cast<std::uint16_t>(number);
    return {};
  };
  return target;
}

Result<Target> in_structure(Walk& walk, const StructureRef& structure, Segments rest,
                            std::string canonical);

// Of a transform: its key length attribute in bits, made when it is set and not there.
Result<Target> in_key_length(wire::Transform& transform, Segments rest,
                             const std::string& canonical) {
  if (rest.size() > 1)
    return too_deep(rest[1]);
  Target target;
  for (std::size_t i = 0; i < transform.attributes.size(); ++i) {
    if (transform.attributes[i].type != wire::Attribute::key_length)
      continue;
    target.canonical = canonical + ".attributes[" + std::to_string(i + 1) + "].value";
    if (const auto* bits = std::get_if<std::uint16_t>(&transform.attributes[i].value))
      target.value = FieldValue{std::uint64_t{*bits}, Names::none, 16};
    break;
  }
  if (target.canonical.empty())
    target.canonical = canonical + ".attributes";
  target.set = [&transform](const Value& value) -> Result<void> {
    KARPSPEC_TRY(bits, as_number(value, 16));
    for (wire::Attribute& attribute : transform.attributes) {
      if (attribute.type != wire::Attribute::key_length)
        continue;
      attribute.value = static_cast<std::uint16_t>(bits);
      return {};
    }
    wire::Attribute attribute;
    attribute.type = wire::Attribute::key_length;
    attribute.value = static_cast<std::uint16_t>(bits);
    transform.attributes.push_back(attribute);
    return {};
  };
  return target;
}

Result<Target> in_element(Walk& walk, const ListRef& list, std::size_t i, Segments rest,
                          std::string canonical) {
  const ElementRef element = list[i];
  const auto* structure = std::get_if<StructureRef>(&element);
  if (!rest.empty()) {
    if (structure == nullptr)
      return too_deep(rest[0]);
    return in_structure(walk, *structure, rest, std::move(canonical));
  }
  Target target;
  target.canonical = std::move(canonical);
  if (structure == nullptr) {
    KARPSPEC_TRY(leaf, in_octets(*std::get<Octets*>(element), Info{}, rest, target.canonical));
    target.value = std::move(leaf.value);
    target.set = std::move(leaf.set);
  }
  target.erase = [list, i] { list.erase(i); };
  target.duplicate = [list, i] { list.duplicate(i); };
  return target;
}

// The first item of a kind: items(KEK), items(PMK), items(GCKS), items(GROUP), items(ORDER).
Result<std::size_t> pick_item(Walk& walk, const std::vector<wire::KeyItem>& list,
                              const Path::Segment& segment) {
  using Kind = wire::KeyItem::Kind;
  std::optional<Kind> kind;
  for (const auto& [name, value] : {std::pair("KEK", Kind::kek),
                                    {"PMK", Kind::pmk},
                                    {"GCKS", Kind::gcks},
                                    {"GROUP", Kind::group},
                                    {"ORDER", Kind::order}})
    if (segment.argument == name)
      kind = value;
  if (!kind)
    return fail(ErrorCode::not_found,
                "unknown kind of item '" + segment.argument + "'" +
                    suggestion(segment.argument, {"KEK", "PMK", "GCKS", "GROUP", "ORDER"}),
                segment.at);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool same = list[i].kind == static_cast<std::uint8_t>(*kind);
    // A sample has one item with a key, and of the others one of each form.
    const bool key = *kind == Kind::kek || *kind == Kind::pmk;
    const bool address = *kind == Kind::gcks && !list[i].is_key() && !list[i].is(Kind::group) &&
                         !list[i].is(Kind::order);
    if (same || (walk.any_element && (key ? list[i].is_key() : address)))
      return i;
  }
  return fail(ErrorCode::not_found, "there is no item " + segment.argument, segment.at);
}

// The index of what SEGMENT names in LIST.
Result<std::size_t> pick(Walk& walk, const ListRef& list, const Path::Segment& segment) {
  if (!segment.argument.empty()) {
    if (const auto* items = list.as_key_items())
      return pick_item(walk, *items, segment);
    const auto type = number_from_name(Names::transform_type, segment.argument);
    if (!type)
      return fail(ErrorCode::not_found,
                  "unknown transform type '" + segment.argument + "'" +
                      suggestion(segment.argument, {"ENCR", "PRF", "INTEG", "DH", "ESN"}),
                  segment.at);
    if (const auto* transforms = list.as_transforms()) {
      for (std::size_t i = 0; i < transforms->size(); ++i)
        if ((*transforms)[i].type == *type || walk.any_element)
          return i;
    }
    return fail(ErrorCode::not_found, "there is no transform of type " + segment.argument,
                segment.at);
  }
  if (segment.index == 0)
    return fail(ErrorCode::not_found,
                "'" + segment.name + "' is a list, expected an index such as " + segment.name +
                    "[1], or .count",
                segment.at);
  if (segment.index > list.size())
    return fail(ErrorCode::not_found,
                "there is no " + segment.name + "[" + std::to_string(segment.index) + "], only " +
                    std::to_string(list.size()),
                segment.at);
  return segment.index - 1;
}

Result<Target> in_list(Walk& walk, const ListRef& list, Segments rest, std::string canonical) {
  const Path::Segment& segment = rest[0];
  if (segment.index == 0 && segment.argument.empty() && rest.size() == 2 &&
      rest[1].name == "count") {
    Target target;
    target.canonical = std::move(canonical);
    target.value = FieldValue{std::uint64_t{list.size()}, Names::none, 8};
    return target;
  }
  if (walk.any_element && segment.index > 0) {
    // A sample has one element of each kind: the path is right when it is for one of them.
    std::optional<Error> error;
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto found = in_element(walk, list, i, rest.subspan(1), canonical);
      if (found)
        return found;
      error = found.error();
    }
    if (error)
      return tl::unexpected(*error);
  }
  KARPSPEC_TRY(i, pick(walk, list, segment));
  return in_element(walk, list, i, rest.subspan(1), canonical + "[" + std::to_string(i + 1) + "]");
}

Result<Target> in_structure(Walk& walk, const StructureRef& structure, Segments rest,
                            std::string canonical) {
  const Path::Segment& segment = rest[0];
  const std::string below = canonical.empty() ? segment.name : canonical + "." + segment.name;
  if (segment.name == "key_length")
    if (auto* transform = structure.as_transform())
      return in_key_length(*transform, rest, canonical);
  std::vector<std::string> candidates;
  std::optional<Result<Target>> found;
  structure.each_field([&](std::string_view name, Info info, const MemberRef& member) {
    candidates.emplace_back(name);
    if (segment.name != name || found)
      return;
    if (const auto* number = std::get_if<NumberRef>(&member))
      found = in_number(structure, name, info, *number, rest.subspan(1), below);
    else if (const auto* octets = std::get_if<Octets*>(&member))
      found = in_octets(**octets, info, rest.subspan(1), below);
    else if (const auto* value = std::get_if<AttributeValue*>(&member))
      found = in_attribute_value(**value, rest.subspan(1), below);
    else
      found = in_list(walk, std::get<ListRef>(member), rest, below);
  });
  if (found)
    return std::move(*found);
  for (const std::string_view name : structure.wire_only()) {
    candidates.emplace_back(name);
    if (segment.name != name)
      continue;
    if (rest.size() > 1)
      return too_deep(rest[1]);
    Target target;
    target.canonical = below;
    target.wire_only = true;
    return target;
  }
  walk.note_unknown(segment, candidates);
  return fail(ErrorCode::not_found,
              "unknown field '" + segment.name + "'" + suggestion(segment.name, walk.candidates),
              segment.at);
}

// The generic payload header, RFC 5996 section 3.2.
std::optional<Result<Target>> in_generic_header(Walk&, wire::Payload& payload, Segments rest) {
  const std::string& name = rest[0].name;
  bool own_reserved = true;
  StructureRef(payload.body).each_field([&](std::string_view field, Info, const MemberRef&) {
    own_reserved = own_reserved && field != "reserved";
  });
  const bool generic = name == "critical" || name == "next_payload" || name == "length" ||
                       name == "generic_reserved" || (name == "reserved" && own_reserved);
  if (!generic)
    return std::nullopt;
  if (rest.size() > 1)
    return too_deep(rest[1]);
  Target target;
  target.canonical = name;
  if (name == "critical") {
    target.value = FieldValue{std::uint64_t{payload.critical ? 1U : 0U}, Names::flag, 1};
    target.set = [&payload](const Value& value) -> Result<void> {
      KARPSPEC_TRY(number, as_number(value, 1));
      payload.critical = number != 0;
      return {};
    };
  } else if (name == "next_payload" || name == "length") {
    target.wire_only = true;
  } else {
    target.canonical = "generic_reserved";
    target.value = FieldValue{std::uint64_t{payload.reserved}, Names::none, 7};
    target.set = [&payload](const Value& value) -> Result<void> {
      KARPSPEC_TRY(number, as_number(value, 7));
      payload.reserved = static_cast<std::uint8_t>(number);
      return {};
    };
  }
  return target;
}

}  // namespace

Result<Target> resolve(wire::Message& message, const Path& path, const wire::CodePoints& numbers,
                       bool any_element) {
  Walk walk{numbers, any_element, {}, {}, 0};
  const Segments rest(path.segments);
  if (path.root == Path::Root::header) {
    if (rest.empty())
      return fail(ErrorCode::not_found, "HDR needs a field, as in HDR.flags.R", 0);
    return in_structure(walk, StructureRef(message.header), rest, "");
  }
  const auto index = locate(message.payloads, path.payload, numbers);
  if (!index)
    return fail(ErrorCode::not_found, "there is no payload " + path.payload.text(),
                path.payload.at);
  wire::Payload& payload = message.payloads[*index];
  if (rest.empty()) {
    Target target;
    target.erase = [&message, i = *index] {
      message.payloads.erase(message.payloads.begin() + static_cast<std::ptrdiff_t>(i));
    };
    target.duplicate = [&message, i = *index] {
      wire::Payload copy = message.payloads[i];
      message.payloads.insert(message.payloads.begin() + static_cast<std::ptrdiff_t>(i),
                              std::move(copy));
    };
    return target;
  }
  if (auto generic = in_generic_header(walk, payload, rest))
    return std::move(*generic);
  return in_structure(walk, StructureRef(payload.body), rest, "");
}

}  // namespace karpspec::transcript
