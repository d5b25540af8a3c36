#include "fuzz/mutate/message.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "fuzz/mutate/der.h"
#include "transcript/reflection.h"

namespace karpspec::fuzz {
namespace {

using transcript::Info;
using transcript::ListRef;
using transcript::NumberRef;
using transcript::StructureRef;
using wire::Payload;
using wire::PayloadType;

constexpr std::size_t most_payloads = 64;
constexpr std::size_t most_payload_octets = 60000;

// The numbers that have names, and those of the drafts, which the profile gives.
const std::vector<std::uint64_t>& known_numbers(transcript::Names names) {
  static const auto all = [] {
    std::array<std::vector<std::uint64_t>, static_cast<std::size_t>(transcript::Names::address) + 1>
        tables;
    for (std::size_t i = 0; i < tables.size(); ++i)
      for (const std::string& name : transcript::names_of(static_cast<transcript::Names>(i)))
        if (const auto number =
                transcript::number_from_name(static_cast<transcript::Names>(i), name))
          tables[i].push_back(*number);
    return tables;
  }();
  return all[static_cast<std::size_t>(names)];
}

// Every field of a structure, its lists and their elements too. VISIT has number(info, n),
// octets(info, o), list(l), and done(), after which nothing is visited any more: what was visited
// may have changed the list that we are in.
template <class Visit>
void walk(const StructureRef& structure, Visit& visit) {
  structure.each_field([&](std::string_view, Info info, const transcript::MemberRef& member) {
    if (visit.done())
      return;
    if (const auto* number = std::get_if<NumberRef>(&member))
      return visit.number(info, *number);
    if (const auto* octets = std::get_if<Octets*>(&member))
      return visit.octets(info, **octets);
    if (const auto* value = std::get_if<transcript::AttributeValue*>(&member)) {
      if (auto* number = std::get_if<std::uint16_t>(*value))
        return visit.number(info, NumberRef(*number));
      return visit.octets(info, std::get<Octets>(**value));
    }
    const auto& list = std::get<ListRef>(member);
    visit.list(list);
    for (std::size_t i = 0; !visit.done() && i < list.size(); ++i) {
      const transcript::ElementRef element = list[i];
      if (const auto* inner = std::get_if<StructureRef>(&element))
        walk(*inner, visit);
      else
        visit.octets(info, *std::get<Octets*>(element));
    }
  });
}

class Count {
 public:
  std::size_t fields = 0;
  static bool done() { return false; }
  void number(const Info&, const NumberRef&) { ++fields; }
  void octets(const Info&, const Octets&) { ++fields; }
  void list(const ListRef&) { ++fields; }
};

// Changes the field of this number.
class Change {
 public:
  Change(std::size_t which, Draw& draw) : left_(which), draw_(draw) {}
  [[nodiscard]] bool done() const { return done_; }

  void number(const Info& info, const NumberRef& number) {
    if (!is_this())
      return;
    if (number.is_flag())
      return number.set(number.value() == 0 ? 1 : 0);
    const auto& known = known_numbers(info.names);
    const std::uint64_t now = number.value() << (64 - number.bits()) >> (64 - number.bits());
    const unsigned bits = info.bits == 0 ? number.bits() : info.bits;
    number.set(!known.empty() && draw_.one_in(2) ? known[draw_.below(known.size())]
                                                 : draw_.near(now, bits));
  }
  void octets(const Info&, Octets& value) {
    if (!is_this())
      return;
    if (draw_.one_in(4) || !change_der(value, draw_))
      draw_.change(value);
    if (value.size() > most_payload_octets)
      value.resize(most_payload_octets);
  }
  void list(const ListRef& list) {
    if (!is_this())
      return;
    if (list.empty() || draw_.one_in(8))
      list.insert(draw_.below(list.size() + 1));
    else
      draw_.rearrange(list);
  }

 private:
  bool is_this() {
    done_ = left_ == 0;
    --left_;
    return done_;
  }

  std::size_t left_;
  Draw& draw_;
  bool done_ = false;
};

void change_field(const StructureRef& structure, Draw& draw) {
  Count count;
  walk(structure, count);
  if (count.fields == 0)
    return;
  Change change(draw.below(count.fields), draw);
  walk(structure, change);
}

Payload fresh_payload(Draw& draw) {
  static const std::array<Payload, 25> all = {
      wire::make_payload(PayloadType::SA, wire::SaPayload{}),
      wire::make_payload(PayloadType::KE, wire::KePayload{31, 0, Octets(32, 9)}),
      wire::make_payload(PayloadType::IDi, wire::IdPayload{2, 0, octets_of("a.example")}),
      wire::make_payload(PayloadType::IDr, wire::IdPayload{1, 0, {192, 0, 2, 1}}),
      wire::make_payload(PayloadType::CERT, wire::CertPayload{4, {0x30, 0}}),
      wire::make_payload(PayloadType::CERTREQ, wire::CertReqPayload{4, Octets(20, 1)}),
      wire::make_payload(PayloadType::AUTH, wire::AuthPayload{2, 0, Octets(32, 1)}),
      wire::make_payload(PayloadType::Nonce, wire::NoncePayload{Octets(32, 1)}),
      wire::make_notify(wire::NotifyType::COOKIE, Octets(8, 1)),
      wire::make_notify(wire::NotifyType::REKEY_SA, {}, 3, Octets(4, 1)),
      wire::make_payload(PayloadType::D, wire::DeletePayload{3, 4, {Octets(4, 1)}}),
      wire::make_payload(PayloadType::V, wire::VendorIdPayload{Octets(16, 1)}),
      wire::make_payload(PayloadType::TSi, wire::TsPayload{0, {wire::RpSelector{241, 1}}}),
      wire::make_payload(
          PayloadType::TSr,
          wire::TsPayload{
              0, {wire::AddressSelector{7, 6, 0, 65535, {0, 0, 0, 0}, {255, 255, 255, 255}}}}),
      wire::make_payload(PayloadType::CP, wire::ConfigPayload{1, 0, {{false, 1, {}}}}),
      wire::make_payload(PayloadType::EAP, wire::EapPayload{{1, 1, 0, 4}}),
      wire::make_payload(PayloadType::GROUP, wire::GroupPayload{1, 0, 0, 0}),
      wire::make_payload(PayloadType::KD, wire::KeyDownloadPayload{1, {wire::KeyItem{}}}),
      wire::make_payload(PayloadType::SEQ, wire::SequencePayload{1}),
      wire::make_payload(PayloadType::ADV, wire::AdvertPayload{1, 2, 1, 1000, 0}),
      wire::make_payload(PayloadType::GKM, wire::GroupActionPayload{1, 0, 0}),
      wire::make_payload(PayloadType::INC, wire::IncarnationPayload{1}),
      wire::make_payload(PayloadType::POLICY, wire::PolicyPayload{1, {wire::PolicyEntry{}}}),
      wire::make_payload(PayloadType::SKF, wire::EncryptedFragmentPayload{35, 1, 2, Octets(32, 1)}),
      wire::make_payload(static_cast<PayloadType>(200), wire::UnknownPayload{{1}})};
  Payload out = all[draw.below(all.size())];
  for (std::size_t changes = draw.below(4); changes > 0; --changes)
    change_field(StructureRef(out.body), draw);
  return out;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether a field says how long something is, how many there are, or what follows.
bool is_framing(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::string_view name = dot == std::string_view::npos ? path : path.substr(dot + 1);
  return ends_with(name, "length") || name == "next_payload" || name == "spi_size" ||
         name == "last" || name.substr(0, 4) == "num_" || name == "total_fragments" ||
         name == "fragment_number";
}

void break_one(Octets& octets, const std::vector<FieldAt>& fields, Draw& draw) {
  std::vector<const FieldAt*> framing;
  for (const FieldAt& field : fields)
    if (is_framing(field.path))
      framing.push_back(&field);
  if (framing.empty())
    return;
  const FieldAt& field = *framing[draw.below(framing.size())];
  draw.change_number(octets, field.offset, field.size);
}

constexpr std::size_t generic_header = 4;

bool is_sealed(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(PayloadType::SK) ||
         type == static_cast<std::uint8_t>(PayloadType::SKF);
}

Octets generic_header_and(const Part& part, std::uint8_t next) {
  const std::size_t length = part.body.size() + generic_header;
  Octets out{next, part.flags, static_cast<std::uint8_t>(length >> 8),
             static_cast<std::uint8_t>(length)};
  append(out, part.body);
  return out;
}

Part part_of(const Payload& payload, std::vector<FieldAt>* fields = nullptr) {
  Octets octets = wire::encode_chain({payload}, fields);
  Part part;
  part.type = static_cast<std::uint8_t>(payload.type);
  part.flags = octets[1];
  part.inner = octets[0];
  part.body.assign(octets.begin() + generic_header, octets.end());
  return part;
}

// A field of PART's body, which is changed as octets where it cannot be read. One time in ten a
// length or count in it is made wrong.
void change_body_of(Part& part, Draw& draw, const wire::CodePoints& numbers) {
  auto read = wire::decode_chain(
      static_cast<PayloadType>(part.type),
      generic_header_and(part, is_sealed(part.type) ? part.inner : std::uint8_t{0}), numbers);
  if (!read || read->size() != 1) {
    draw.change(part.body);
  } else if (!draw.one_in(10)) {
    change_field(StructureRef(read->front().body), draw);
    part = part_of(read->front());
  } else {
    std::vector<FieldAt> fields;
    part = part_of(read->front(), &fields);
    std::erase_if(fields, [](const FieldAt& field) { return field.offset < generic_header; });
    for (FieldAt& field : fields)
      field.offset -= generic_header;
    break_one(part.body, fields, draw);
  }
  if (part.body.size() > most_payload_octets)
    part.body.resize(most_payload_octets);
}

// Puts the parts behind what OUT has, whose octet at FIRST_AT names the first. One time in ten a
// length or a next payload is made wrong.
void put_together(Octets& out, std::size_t first_at, const Chain& chain, Draw& draw) {
  const std::vector<Part>& parts = chain.parts;
  out.at(first_at) = parts.empty() ? std::uint8_t{0} : parts.front().type;
  const std::size_t wrong = draw.one_in(10) ? draw.below(parts.size()) : parts.size();
  const bool next_not_length = draw.one_in(3);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::uint8_t next = i + 1 < parts.size() ? parts[i + 1].type : std::uint8_t{0};
    if (is_sealed(parts[i].type))
      next = parts[i].inner;
    Octets octets = generic_header_and(parts[i], next);
    if (i == wrong)
      draw.change_number(octets, next_not_length ? 0 : 2, next_not_length ? 1 : 2);
    append(out, octets);
  }
  append(out, chain.tail);
}

struct Parts {
  Octets header;  // as it came, so that what follows from the rest is there too
  wire::CodePoints numbers;
  Chain chain;
};

std::optional<Parts> parts_of(OctetView octets) {
  const auto header = wire::decode_header(octets, false);
  if (!header)
    return std::nullopt;
  Parts parts;
  const OctetView head = octets.first(wire::Header::size);
  parts.header.assign(head.begin(), head.end());
  parts.numbers.mrkmp = wire::is_mrkmp(header->exchange_type());
  parts.chain = read_chain(octets[16], octets.subspan(wire::Header::size));
  return parts;
}

Octets put_together(const Parts& parts, Draw& draw) {
  constexpr std::size_t first_at = 16, length_at = 24;
  Octets out = parts.header;
  put_together(out, first_at, parts.chain, draw);
  std::ranges::copy(big_endian(static_cast<std::uint32_t>(out.size())), out.begin() + length_at);
  if (draw.one_in(32))
    draw.change_number(out, length_at, 4);
  return out;
}

Octets put_together(const Chain& chain, Draw& draw) {
  Octets out(1);
  put_together(out, 0, chain, draw);
  return out;
}

void change_header(Octets& header, Draw& draw) {
  auto read = wire::decode_header(header, false);
  if (!read)
    return;
  change_field(StructureRef(*read), draw);
  const Octets changed = wire::encode_message({*read, {}});
  // Only the exchange that is spoken has payloads of its own: it stays, mostly.
  const std::uint8_t exchange = header[18];
  header = changed;
  if (!draw.one_in(2))
    header[18] = exchange;
}

}  // namespace

Chain read_chain(std::uint8_t first, OctetView octets) {
  Chain chain;
  std::uint8_t type = first;
  while (type != 0 && octets.size() >= generic_header && chain.parts.size() < most_payloads) {
    const std::size_t length = static_cast<std::size_t>(octets[2] << 8 | octets[3]);
    if (length < generic_header || length > octets.size())
      break;
    const OctetView body = octets.subspan(generic_header, length - generic_header);
    chain.parts.push_back({type, octets[1], octets[0], Octets(body.begin(), body.end())});
    type = is_sealed(type) ? std::uint8_t{0} : octets[0];
    octets = octets.subspan(length);
  }
  chain.tail.assign(octets.begin(), octets.end());
  return chain;
}

void change_parts(std::vector<Part>& parts, Draw& draw, const wire::CodePoints& numbers) {
  const std::size_t what = parts.empty() ? 0 : draw.below(16);
  if (what == 0 && parts.size() < most_payloads) {
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(draw.below(parts.size() + 1)),
                 part_of(fresh_payload(draw)));
    return;
  }
  if (what <= 3)
    return draw.rearrange(parts, most_payloads);
  Part& part = parts[draw.below(parts.size())];
  switch (what) {
    case 4:
      part.flags ^= 0x80;
      return;
    case 5: {
      // The octets under another type: what they are read as then, nobody has written.
      const auto& types = known_numbers(transcript::Names::payload);
      part.type = static_cast<std::uint8_t>(
          draw.one_in(4) || types.empty() ? draw.next() : types[draw.below(types.size())]);
      return;
    }
    case 6:
      part.flags = static_cast<std::uint8_t>(draw.near(part.flags, 7));
      return;
    default:
      return change_body_of(part, draw, numbers);
  }
}

void take_over(std::vector<Part>& parts, const std::vector<Part>& other, Draw& draw) {
  if (other.empty())
    return;
  const Part& from = other[draw.below(other.size())];
  const auto same = std::find_if(parts.begin(), parts.end(),
                                 [&](const Part& part) { return part.type == from.type; });
  switch (draw.below(3)) {
    case 0:
      if (same != parts.end()) {
        *same = from;
        return;
      }
      [[fallthrough]];
    case 1:
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(draw.below(parts.size() + 1)), from);
      return;
    default: {
      parts.resize(draw.below(parts.size() + 1));
      const std::size_t start = draw.below(other.size());
      parts.insert(parts.end(), other.begin() + static_cast<std::ptrdiff_t>(start), other.end());
      return;
    }
  }
}

bool change_message(Octets& octets, Draw& draw) {
  auto parts = parts_of(octets);
  if (!parts)
    return false;
  if (draw.one_in(8))
    change_header(parts->header, draw);
  else if (!parts->chain.tail.empty() && draw.one_in(4))
    parts->chain.tail.clear();
  else
    change_parts(parts->chain.parts, draw, parts->numbers);
  octets = put_together(*parts, draw);
  return true;
}

bool change_chain(Octets& octets, Draw& draw, const wire::CodePoints& numbers) {
  if (octets.empty())
    return false;
  Chain chain = read_chain(octets[0], OctetView(octets).subspan(1));
  if (chain.parts.empty())
    return false;
  if (!chain.tail.empty() && draw.one_in(4))
    chain.tail.clear();
  else
    change_parts(chain.parts, draw, numbers);
  octets = put_together(chain, draw);
  return true;
}

bool change_body(Octets& octets, Draw& draw) {
  if (octets.empty() || octets[0] == 0 || octets.size() > most_payload_octets)
    return false;
  wire::CodePoints numbers;
  numbers.mrkmp = true;
  Part part{octets[0], 0, 0, Octets(octets.begin() + 1, octets.end())};
  if (draw.one_in(16))
    part.type = static_cast<std::uint8_t>(fresh_payload(draw).type);
  else
    change_body_of(part, draw, numbers);
  octets.assign(1, part.type);
  append(octets, part.body);
  return true;
}

bool change_piece(Octets& octets, Draw& draw) {
  constexpr std::size_t most = 255;
  wire::CodePoints numbers;
  numbers.mrkmp = true;
  const auto put = [&](std::size_t from, std::size_t to, const Chain& chain) {
    Octets piece = put_together(chain, draw);
    if (piece.size() > most + 1)
      piece.resize(most + 1);
    piece.insert(piece.begin() + 1, static_cast<std::uint8_t>(piece.size() - 1));
    octets.erase(octets.begin() + static_cast<std::ptrdiff_t>(from),
                 octets.begin() + static_cast<std::ptrdiff_t>(to));
    octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(from), piece.begin(), piece.end());
  };
  const std::size_t start = draw.below(octets.size() + 1);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t at = (start + i) % octets.size();
    if (at + 2 + generic_header > octets.size() || octets[at + 1] < generic_header ||
        at + 2 + octets[at + 1] > octets.size() ||
        octets[at] < static_cast<std::uint8_t>(PayloadType::SA))
      continue;
    Chain chain = read_chain(octets[at], OctetView(octets).subspan(at + 2, octets[at + 1]));
    if (chain.parts.empty() || !chain.tail.empty())
      continue;
    change_parts(chain.parts, draw, numbers);
    put(at, at + 2 + octets[at + 1], chain);
    return true;
  }
  put(start, start, Chain{{part_of(fresh_payload(draw))}, {}});
  return true;
}

bool cross_messages(Octets& octets, OctetView other, Draw& draw) {
  auto parts = parts_of(octets);
  const auto more = parts_of(other);
  if (!parts || !more)
    return false;
  take_over(parts->chain.parts, more->chain.parts, draw);
  octets = put_together(*parts, draw);
  return true;
}

bool cross_chains(Octets& octets, OctetView other, Draw& draw) {
  if (octets.empty() || other.empty())
    return false;
  Chain chain = read_chain(octets[0], OctetView(octets).subspan(1));
  const Chain more = read_chain(other[0], other.subspan(1));
  if (chain.parts.empty() || more.parts.empty())
    return false;
  take_over(chain.parts, more.parts, draw);
  octets = put_together(chain, draw);
  return true;
}

}  // namespace karpspec::fuzz
