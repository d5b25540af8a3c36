#include "transcript/field.h"

#include <algorithm>

#include "transcript/node.h"
#include "transcript/number.h"
#include "transcript/reflection.h"
#include "transcript/resolve.h"

namespace karpspec::transcript {
namespace {

using wire::PayloadType;

constexpr std::uint8_t first_private_type = 128;  // RFC 5996 section 3.2

template <class T>
wire::Payload sample(PayloadType type, T body = {}) {
  return wire::make_payload(type, std::move(body));
}

// A payload of TYPE that has one element of every kind that such a payload can hold.
wire::Payload sample_of(PayloadType type) {
  switch (type) {
    case PayloadType::SA: {
      wire::Transform transform;
      transform.attributes.emplace_back();
      wire::Proposal plain, tcp_ao;
      plain.transforms = std::vector<wire::Transform>{transform};
      tcp_ao.transforms = std::vector<wire::TcpAoTransform>(1);
      return sample(type, wire::SaPayload{{plain, tcp_ao}});
    }
    case PayloadType::KE:
      return sample<wire::KePayload>(type);
    case PayloadType::IDi:
    case PayloadType::IDr:
      return sample<wire::IdPayload>(type);
    case PayloadType::CERT:
      return sample<wire::CertPayload>(type);
    case PayloadType::CERTREQ:
      return sample<wire::CertReqPayload>(type);
    case PayloadType::AUTH:
      return sample<wire::AuthPayload>(type);
    case PayloadType::Nonce:
      return sample<wire::NoncePayload>(type);
    case PayloadType::N:
      return sample<wire::NotifyPayload>(type);
    case PayloadType::D:
      return sample(type, wire::DeletePayload{0, 0, {Octets{}}});
    case PayloadType::V:
      return sample<wire::VendorIdPayload>(type);
    case PayloadType::TSi:
    case PayloadType::TSr: {
      wire::TsPayload ts;
      ts.selectors = {wire::AddressSelector{}, wire::RpSelector{}, wire::UnknownSelector{}};
      return sample(type, ts);
    }
    case PayloadType::SK:
      return sample<wire::EncryptedPayload>(type);
    case PayloadType::SKF:
      return sample<wire::EncryptedFragmentPayload>(type);
    case PayloadType::CP:
      return sample(type, wire::ConfigPayload{0, 0, {{}}});
    case PayloadType::EAP:
      return sample<wire::EapPayload>(type);
    case PayloadType::GROUP:
      return sample<wire::GroupPayload>(type);
    case PayloadType::KD: {
      wire::KeyDownloadPayload download;
      download.items.resize(4);
      download.items[0].kind = static_cast<std::uint8_t>(wire::KeyItem::Kind::kek);
      download.items[1].kind = static_cast<std::uint8_t>(wire::KeyItem::Kind::group);
      download.items[2].kind = static_cast<std::uint8_t>(wire::KeyItem::Kind::order);
      return sample(type, download);
    }
    case PayloadType::SEQ:
      return sample<wire::SequencePayload>(type);
    case PayloadType::ADV:
      return sample<wire::AdvertPayload>(type);
    case PayloadType::GKM:
      return sample<wire::GroupActionPayload>(type);
    case PayloadType::INC:
      return sample<wire::IncarnationPayload>(type);
    case PayloadType::POLICY: {
      wire::PolicyPayload policy;
      policy.entries.resize(4);
      for (std::uint8_t kind = 0; kind < 4; ++kind) {
        policy.entries[kind].kind = kind;
        policy.entries[kind].materials.resize(1);
      }
      return sample(type, policy);
    }
    case PayloadType::none:
      break;
  }
  return sample<wire::UnknownPayload>(type);
}

// Where the words between the dots begin: parentheses and brackets may hold dots of their own.
Result<std::vector<std::pair<std::string, std::size_t>>> split(std::string_view text) {
  std::vector<std::pair<std::string, std::size_t>> out;
  std::size_t from = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '.';
    if (c == '(' || c == '[')
      ++depth;
    if (c == ')' || c == ']')
      --depth;
    if (c != '.' || (depth != 0 && i < text.size()))
      continue;
    if (i == from)
      return fail(ErrorCode::bad_value, "expected a field's name", i);
    out.emplace_back(text.substr(from, i - from), from);
    from = i + 1;
  }
  return out;
}

Result<Path::Segment> parse_segment(const std::string& word, std::size_t at) {
  Path::Segment out;
  out.at = at;
  const auto open = word.find_first_of("([");
  out.name = word.substr(0, open);
  if (out.name.empty())
    return fail(ErrorCode::bad_value, "expected a field's name", at);
  if (open == std::string::npos)
    return out;
  const char close = word[open] == '(' ? ')' : ']';
  if (word.back() != close || word.find(close) + 1 != word.size())
    return fail(ErrorCode::bad_value,
                std::string("expected '") + close + "' at the end of '" + word + "'",
                at + word.size());
  const std::string inside = word.substr(open + 1, word.size() - open - 2);
  if (close == ')') {
    out.argument = inside;
  } else {
    const auto index = read_number(inside);
    if (!index || *index == 0)
      return fail(ErrorCode::bad_value, "expected an index from 1, found '" + inside + "'",
                  at + open + 1);
    out.index = static_cast<std::size_t>(*index);
  }
  return out;
}

// The short forms: "proposal" and "transform" mean the first, and transforms of an SA payload are
// those of its first proposal.
void spell_out(Path& path) {
  std::vector<Path::Segment> out;
  for (std::size_t i = 0; i < path.segments.size(); ++i) {
    Path::Segment segment = path.segments[i];
    const bool plain = segment.index == 0 && segment.argument.empty();
    if (i == 0 && path.payload.type == PayloadType::SA &&
        (segment.name == "transform" || segment.name == "transforms"))
      out.push_back({"proposals", "", 1, segment.at});
    for (const char* name : {"proposal", "transform", "selector", "attribute"}) {
      if (segment.name != name || !plain)
        continue;
      segment.name += "s";
      segment.index = 1;
    }
    out.push_back(std::move(segment));
  }
  path.segments = std::move(out);
}

}  // namespace

Result<std::vector<Path::Segment>> parse_segments(std::string_view text) {
  KARPSPEC_TRY(words, split(text));
  std::vector<Path::Segment> out;
  for (const auto& [word, at] : words) {
    KARPSPEC_TRY(segment, parse_segment(word, at));
    out.push_back(std::move(segment));
  }
  return out;
}

Result<Path> parse_path(std::string_view text) {
  KARPSPEC_TRY(words, split(text));
  Path path;
  path.text = std::string(text);
  wire::Message message;
  if (words[0].first == "HDR") {
    path.root = Path::Root::header;
  } else {
    KARPSPEC_TRY(payload, parse_payload_name(words[0].first));
    path.payload = std::move(payload);
    if (words[0].first == "SK")  // P46 is a payload of that type in clear
      path.root = Path::Root::sealed;
    message.payloads.push_back(sample_of(path.payload.type));
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    KARPSPEC_TRY(segment, parse_segment(words[i].first, words[i].second));
    path.segments.push_back(std::move(segment));
  }
  spell_out(path);
  Path generic = path;  // the sample is the only payload, and no notification in particular
  generic.payload.index = 1;
  generic.payload.notify.reset();
  generic.payload.argument.clear();
  auto found = resolve(message, generic, {}, true);
  // MRKMP's payloads are of types for private use: in other exchanges they are octets.
  if (!found && static_cast<std::uint8_t>(path.payload.type) >= first_private_type) {
    message.payloads = {sample<wire::UnknownPayload>(path.payload.type)};
    if (resolve(message, generic, {}, true))
      return path;
  }
  if (!found)
    return fail(ErrorCode::bad_value, found.error().message, found.error().offset);
  return path;
}

std::optional<FieldValue> kind_of(const Path& path) {
  if (path.segments.empty())
    return std::nullopt;
  // A transform's ID is named by its type, and an attribute's value has two forms.
  const std::string& last = path.segments.back().name;
  if (last == "value" || last == "data")
    return std::nullopt;
  wire::Message message;
  Path generic = path;
  generic.payload.index = 1;
  generic.payload.notify.reset();
  generic.payload.argument.clear();
  if (path.root != Path::Root::header)
    message.payloads.push_back(sample_of(path.payload.type));
  const auto found = resolve(message, generic, {}, true);
  if (!found || !found->value)
    return std::nullopt;
  FieldValue kind = *found->value;
  if (last == "id" && path.segments.size() > 1) {
    const Path::Segment& owner = path.segments[path.segments.size() - 2];
    const auto type = number_from_name(Names::transform_type, owner.argument);
    if (!type)
      return std::nullopt;
    kind.names = transform_id_names(static_cast<std::uint8_t>(*type));
  }
  return kind;
}

Result<FieldValue> get_field(const wire::Message& message, const Path& path,
                             const wire::CodePoints& numbers) {
  // Reading only; resolve() is written once, for both.
  auto& writable = const_cast<wire::Message&>(message);
  KARPSPEC_TRY(target, resolve(writable, path, numbers));
  if (target.value)
    return *target.value;
  if (target.wire_only) {
    // Encoding is the inverse of decoding: what the field says is what it would be written as.
    const auto at = find_octets(message, path, numbers);
    if (!at)
      return fail(ErrorCode::not_found, path.text + " stands nowhere in the message");
    const Octets encoded = wire::encode_message(message);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < at->size; ++i)
      value = (value << 8) | encoded.at(at->offset + i);
    const bool payload = path.segments.back().name == "next_payload";
    return FieldValue{value, payload ? Names::payload : Names::none,
                      static_cast<unsigned>(at->size * 8)};
  }
  if (path.segments.empty())
    return FieldValue{};  // it is there: a whole payload
  if (target.erase)
    return FieldValue{};  // an element that is there
  return fail(ErrorCode::not_found, path.text + " is not there");
}

Result<void> set_field(wire::Message& message, const Path& path, const Value& value,
                       const wire::CodePoints& numbers) {
  KARPSPEC_TRY(target, resolve(message, path, numbers));
  if (target.set) {
    if (auto done = target.set(value); !done)
      return fail(done.error().code, path.text + ": " + done.error().message);
    return {};
  }
  if (target.wire_only)
    return fail(ErrorCode::bad_value,
                path.text + " follows from the rest of the message: use `patch` to overwrite it");
  return fail(ErrorCode::bad_value, path.text + " is not a field that can be set");
}

namespace {

// Offsets of the payloads in the encoding of MESSAGE, and its end.
std::vector<std::size_t> payload_offsets(const wire::Message& message) {
  std::vector<std::size_t> out;
  std::size_t at = wire::Header::size;
  for (const wire::Payload& payload : message.payloads) {
    out.push_back(at);
    at += wire::encode_chain({payload}).size();
  }
  out.push_back(at);
  return out;
}

// A field's path in the encoder's log, without what is named first.
std::string_view below_first(std::string_view path) {
  const auto dot = path.find('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace

std::optional<FieldAt> find_octets(const wire::Message& message, const Path& path,
                                   const wire::CodePoints& numbers) {
  auto& writable = const_cast<wire::Message&>(message);
  const auto target = resolve(writable, path, numbers);
  if (!target)
    return std::nullopt;
  std::size_t from = 0, to = wire::Header::size;
  std::vector<FieldAt> log;
  const Octets encoded = wire::encode_message(message, &log);
  if (path.root != Path::Root::header) {
    const auto index = locate(message.payloads, path.payload, numbers);
    if (!index)
      return std::nullopt;
    const auto offsets = payload_offsets(message);
    from = offsets[*index];
    to = offsets[*index + 1];
    if (target->canonical.empty())
      return FieldAt{path.text, from, to - from};
    // The generic header is the same for all.
    if (target->canonical == "next_payload")
      return FieldAt{path.text, from, 1};
    if (target->canonical == "critical" || target->canonical == "generic_reserved")
      return FieldAt{path.text, from + 1, 1};
    if (target->canonical == "length")
      return FieldAt{path.text, from + 2, 2};
    from += 4;
  }
  std::optional<FieldAt> found;
  for (const FieldAt& field : log) {
    if (field.offset < from || field.offset + field.size > to)
      continue;
    const std::string_view suffix = below_first(field.path);
    if (suffix == target->canonical)
      return FieldAt{path.text, field.offset, field.size};
    // A part of what is named: the whole begins where its first part does.
    const bool inside =
        suffix.starts_with(target->canonical) && suffix.size() > target->canonical.size() &&
        (suffix[target->canonical.size()] == '.' || suffix[target->canonical.size()] == '[');
    if (!inside)
      continue;
    if (!found)
      found = FieldAt{path.text, field.offset, 0};
    found->size = field.offset + field.size - found->offset;
  }
  return found;
}

namespace {

void list_fields(const StructureRef& structure, const std::string& prefix,
                 std::vector<std::string>& out) {
  structure.each_field([&](std::string_view name, Info, const MemberRef& member) {
    const std::string path = prefix + std::string(name);
    if (const auto* list = std::get_if<ListRef>(&member)) {
      out.push_back(path + ".count");
      for (std::size_t i = 0; i < list->size(); ++i) {
        const ElementRef element = (*list)[i];
        if (const auto* inner = std::get_if<StructureRef>(&element))
          list_fields(*inner, path + "[1].", out);
        else
          out.push_back(path + "[1]");
      }
    } else {
      out.push_back(path);
    }
    for (const Bits& bits : structure.bits_of(name))
      out.push_back(path + "." + bits.name);
  });
  for (const std::string_view name : structure.wire_only())
    out.push_back(prefix + std::string(name));
}

}  // namespace

std::vector<std::string> fields_of(std::string_view payload) {
  std::vector<std::string> out;
  if (payload == "HDR") {
    wire::Header header;
    list_fields(StructureRef(header), "", out);
    return out;
  }
  const auto name = parse_payload_name(payload);
  if (!name)
    return out;
  wire::Payload body = sample_of(name->type);
  out = {"next_payload", "critical", "length"};
  list_fields(StructureRef(body.body), "", out);
  std::vector<std::string> unique;
  for (const std::string& field : out)
    if (std::find(unique.begin(), unique.end(), field) == unique.end())
      unique.push_back(field);
  return unique;
}

}  // namespace karpspec::transcript
