#include "fuzz/mutate/message.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "fuzz/mutate/der.h"
#include "fuzz/mutate/fields.h"
#include "transcript/field.h"

namespace karpspec::fuzz {
namespace {

using transcript::Info;
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

class Count {
 public:
  std::size_t fields = 0;
  static bool done() { return false; }
  template <class T>
  void number(const Info&, T&) {
    ++fields;
  }
  void octets(const Info&, const Octets&) { ++fields; }
  template <class T>
  void list(const std::vector<T>&) {
    ++fields;
  }
};

// Changes the field of this number.
class Change {
 public:
  Change(std::size_t which, Draw& draw) : left_(which), draw_(draw) {}
  [[nodiscard]] bool done() const { return done_; }

  template <class T>
  void number(const Info& info, T& value) {
    if (!is_this())
      return;
    if constexpr (std::is_same_v<T, bool>) {
      value = !value;
    } else {
      const auto& known = known_numbers(info.names);
      const std::uint64_t now = static_cast<std::make_unsigned_t<T>>(value);
      const unsigned bits = info.bits == 0 ? sizeof(T) * 8 : info.bits;
      value = static_cast<T>(!known.empty() && draw_.one_in(2) ? known[draw_.below(known.size())]
                                                               : draw_.near(now, bits));
    }
  }
  void octets(const Info&, Octets& value) {
    if (!is_this())
      return;
    if (draw_.one_in(4) || !change_der(value, draw_))
      draw_.change(value);
    if (value.size() > most_payload_octets)
      value.resize(most_payload_octets);
  }
  template <class T>
  void list(std::vector<T>& members) {
    if (!is_this())
      return;
    if (members.empty() || draw_.one_in(8))
      members.insert(members.begin() + static_cast<std::ptrdiff_t>(draw_.below(members.size() + 1)),
                     T{});
    else
      draw_.rearrange(members);
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

template <class S>
void change_field(S& structure, Draw& draw) {
  Count count;
  walk(Info{}, structure, count);
  if (count.fields == 0)
    return;
  Change change(draw.below(count.fields), draw);
  walk(Info{}, structure, change);
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
    change_field(out.body, draw);
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

template <class Encode>
Octets encode(Draw& draw, const Encode& encode) {
  if (!draw.one_in(6))
    return encode(nullptr);
  std::vector<FieldAt> fields;
  Octets out = encode(&fields);
  break_one(out, fields, draw);
  return out;
}

std::uint8_t first_of(const std::vector<Payload>& payloads) {
  return payloads.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(payloads.front().type);
}

struct Parts {
  wire::Header header;
  Chain chain;
};

std::optional<Parts> parts_of(OctetView octets) {
  const auto header = wire::decode_header(octets, false);
  if (!header)
    return std::nullopt;
  wire::CodePoints numbers;
  numbers.mrkmp = wire::is_mrkmp(header->exchange_type());
  return Parts{*header, read_chain(octets[16], octets.subspan(wire::Header::size), numbers)};
}

Octets put_together(const Parts& parts, Draw& draw) {
  Octets out = encode(draw, [&](std::vector<FieldAt>* log) {
    return wire::encode_message({parts.header, parts.chain.payloads}, log);
  });
  append(out, parts.chain.tail);
  return out;
}

Octets put_together(const Chain& chain, Draw& draw) {
  Octets out{first_of(chain.payloads)};
  append(out, encode(draw, [&](std::vector<FieldAt>* log) {
           return wire::encode_chain(chain.payloads, log);
         }));
  append(out, chain.tail);
  return out;
}

}  // namespace

Chain read_chain(std::uint8_t first, OctetView octets, const wire::CodePoints& numbers) {
  Chain chain;
  std::uint8_t type = first;
  while (type != 0 && octets.size() >= 4 && chain.payloads.size() < most_payloads) {
    const std::size_t length = static_cast<std::size_t>(octets[2] << 8 | octets[3]);
    if (length < 4 || length > octets.size())
      break;
    const bool sealed = type == static_cast<std::uint8_t>(PayloadType::SK) ||
                        type == static_cast<std::uint8_t>(PayloadType::SKF);
    Octets alone(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(length));
    const std::uint8_t next = alone[0];
    if (!sealed)
      alone[0] = 0;
    if (auto one = wire::decode_chain(static_cast<PayloadType>(type), alone, numbers)) {
      chain.payloads.push_back(std::move(one->front()));
    } else {
      Payload unread = wire::make_payload(static_cast<PayloadType>(type), wire::UnknownPayload{});
      unread.critical = (alone[1] & 0x80U) != 0;
      unread.reserved = alone[1] & 0x7fU;
      unread.as<wire::UnknownPayload>()->data.assign(alone.begin() + 4, alone.end());
      chain.payloads.push_back(std::move(unread));
    }
    octets = octets.subspan(length);
    type = sealed ? std::uint8_t{0} : next;
  }
  chain.tail.assign(octets.begin(), octets.end());
  return chain;
}

void change_payloads(std::vector<Payload>& payloads, Draw& draw) {
  const std::size_t what = payloads.empty() ? 0 : draw.below(16);
  if (what == 0 && payloads.size() < most_payloads) {
    payloads.insert(payloads.begin() + static_cast<std::ptrdiff_t>(draw.below(payloads.size() + 1)),
                    fresh_payload(draw));
    return;
  }
  if (payloads.empty() || what <= 3) {
    if (!payloads.empty())
      draw.rearrange(payloads, most_payloads);
    return;
  }
  Payload& payload = payloads[draw.below(payloads.size())];
  switch (what) {
    case 4:
      payload.critical = !payload.critical;
      return;
    case 5: {
      // The octets under another type: what they are read as then, nobody has written.
      const auto& types = known_numbers(transcript::Names::payload);
      payload.type = static_cast<PayloadType>(
          draw.one_in(4) || types.empty() ? draw.next() : types[draw.below(types.size())]);
      return;
    }
    case 6:
      payload.reserved = static_cast<std::uint8_t>(draw.near(payload.reserved, 7));
      return;
    default:
      return change_field(payload.body, draw);
  }
}

void take_over(std::vector<Payload>& payloads, const std::vector<Payload>& other, Draw& draw) {
  if (other.empty())
    return;
  const Payload& from = other[draw.below(other.size())];
  const auto same = std::find_if(payloads.begin(), payloads.end(),
                                 [&](const Payload& payload) { return payload.type == from.type; });
  switch (draw.below(3)) {
    case 0:
      if (same != payloads.end()) {
        same->body = from.body;
        return;
      }
      [[fallthrough]];
    case 1:
      payloads.insert(
          payloads.begin() + static_cast<std::ptrdiff_t>(draw.below(payloads.size() + 1)), from);
      return;
    default: {
      payloads.resize(draw.below(payloads.size() + 1));
      const std::size_t start = draw.below(other.size());
      payloads.insert(payloads.end(), other.begin() + static_cast<std::ptrdiff_t>(start),
                      other.end());
      return;
    }
  }
}

bool change_message(Octets& octets, Draw& draw) {
  auto parts = parts_of(octets);
  if (!parts)
    return false;
  if (draw.one_in(8))
    change_field(parts->header, draw);
  else if (!parts->chain.tail.empty() && draw.one_in(4))
    parts->chain.tail.clear();
  else
    change_payloads(parts->chain.payloads, draw);
  octets = put_together(*parts, draw);
  return true;
}

bool change_chain(Octets& octets, Draw& draw, const wire::CodePoints& numbers) {
  if (octets.empty())
    return false;
  Chain chain = read_chain(octets[0], OctetView(octets).subspan(1), numbers);
  if (chain.payloads.empty())
    return false;
  if (!chain.tail.empty() && draw.one_in(4))
    chain.tail.clear();
  else
    change_payloads(chain.payloads, draw);
  octets = put_together(chain, draw);
  return true;
}

bool change_body(Octets& octets, Draw& draw) {
  constexpr std::size_t generic_header = 4;
  if (octets.empty() || octets[0] == 0 || octets.size() > most_payload_octets)
    return false;
  wire::CodePoints numbers;
  numbers.mrkmp = true;
  const std::size_t length = octets.size() - 1 + generic_header;
  Octets alone{0, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
  append(alone, OctetView(octets).subspan(1));
  Chain chain = read_chain(octets[0], alone, numbers);
  Payload& payload = chain.payloads.at(0);
  if (draw.one_in(16))
    payload.type = fresh_payload(draw).type;
  else
    change_field(payload.body, draw);
  const Octets changed = put_together(chain, draw);
  octets.assign(1, changed[0]);
  append(octets, OctetView(changed).subspan(1 + generic_header));
  return true;
}

bool change_piece(Octets& octets, Draw& draw) {
  constexpr std::size_t most = 255;
  wire::CodePoints numbers;
  numbers.mrkmp = true;
  const auto put = [&](std::size_t from, std::size_t to, const std::vector<Payload>& payloads) {
    Octets piece = put_together(Chain{payloads, {}}, draw);
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
    if (at + 6 > octets.size() || octets[at + 1] < 4 || at + 2 + octets[at + 1] > octets.size() ||
        octets[at] < static_cast<std::uint8_t>(PayloadType::SA))
      continue;
    auto payloads = wire::decode_chain(static_cast<PayloadType>(octets[at]),
                                       OctetView(octets).subspan(at + 2, octets[at + 1]), numbers);
    if (!payloads)
      continue;
    change_payloads(*payloads, draw);
    put(at, at + 2 + octets[at + 1], *payloads);
    return true;
  }
  put(start, start, {fresh_payload(draw)});
  return true;
}

bool cross_messages(Octets& octets, OctetView other, Draw& draw) {
  auto parts = parts_of(octets);
  const auto more = parts_of(other);
  if (!parts || !more)
    return false;
  take_over(parts->chain.payloads, more->chain.payloads, draw);
  octets = put_together(*parts, draw);
  return true;
}

bool cross_chains(Octets& octets, OctetView other, Draw& draw, const wire::CodePoints& numbers) {
  if (octets.empty() || other.empty())
    return false;
  Chain chain = read_chain(octets[0], OctetView(octets).subspan(1), numbers);
  const Chain more = read_chain(other[0], other.subspan(1), numbers);
  if (chain.payloads.empty() || more.payloads.empty())
    return false;
  take_over(chain.payloads, more.payloads, draw);
  octets = put_together(chain, draw);
  return true;
}

}  // namespace karpspec::fuzz
