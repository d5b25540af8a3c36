#include "oracle/keyserver/security_state.h"

#include <algorithm>
#include <limits>

#include "crypto/digest.h"

namespace karpspec::oracle::keyserver {
namespace {

constexpr std::size_t fingerprint_octets = 8;
constexpr std::uint32_t window_size = 64;

bool is_on(const GroupId& group, const Interface& interface) {
  return group.vrf == interface.vrf && group.interface == interface.link;
}

}  // namespace

const char* origin_name(Origin origin) {
  switch (origin) {
    case Origin::own:
      return "own";
    case Origin::lks:
      return "lks";
    case Origin::dks:
      return "dks";
  }
  return "own";
}

std::vector<std::string> destinations_of(std::string_view protocol, bool ipv6) {
  if (protocol == "ospfv2")
    return {"224.0.0.5", "224.0.0.6"};
  if (protocol == "ospfv3")
    return {"ff02::5", "ff02::6"};
  if (protocol == "rip")
    return {"224.0.0.9"};
  if (protocol == "pim")
    return {ipv6 ? "ff02::d" : "224.0.0.13"};
  return {};
}

bool SecurityState::Window::is_fresh(std::uint32_t sequence) const {
  if (sequence == 0)
    return false;
  if (sequence > highest)
    return true;
  const std::uint32_t back = highest - sequence;
  return back < window_size && ((seen >> back) & 1U) == 0;
}

void SecurityState::Window::take(std::uint32_t sequence) {
  if (sequence > highest) {
    const std::uint32_t ahead = sequence - highest;
    seen = ahead < window_size ? seen << ahead : 0;
    seen |= 1U;
    highest = sequence;
  } else {
    seen |= std::uint64_t{1} << (highest - sequence);
  }
}

SecurityState::SecurityState(std::vector<Interface> interfaces, Habit habit)
    : interfaces_(std::move(interfaces)), habit_(habit) {}

const Interface* SecurityState::find(std::string_view vrf, std::string_view link) const {
  for (const Interface& each : interfaces_)
    if (each.vrf == vrf && each.link == link)
      return &each;
  return nullptr;
}

void SecurityState::set_mode(const Interface& interface, Mode mode, Duration permit_for, Time now) {
  ModeSince& known = modes_[{interface.vrf, interface.link}];
  if (known.mode != mode || known.permit_for != permit_for)
    known = {mode, permit_for, now};
}

Mode SecurityState::mode(const Interface& interface, Time now) const {
  const Interface& asked =
      habit_ == Habit::mode_for_all && !interfaces_.empty() ? interfaces_.front() : interface;
  const auto found = modes_.find({asked.vrf, asked.link});
  if (found == modes_.end())
    return Mode::off;
  const ModeSince& known = found->second;
  const bool over = known.permit_for > Duration::zero() && known.since + known.permit_for <= now &&
                    habit_ != Habit::permit_for_good;
  return known.mode == Mode::permit && over ? Mode::require : known.mode;
}

std::optional<Time> SecurityState::deadline(Time now) const {
  std::optional<Time> next;
  for (const auto& [name, known] : modes_)
    if (known.mode == Mode::permit && known.permit_for > Duration::zero()) {
      const Time at = known.since + known.permit_for;
      if (at > now && (!next || at < *next))
        next = at;
    }
  return next;
}

bool SecurityState::set_inbound(const GroupKeys& keys, Origin origin, Time now) {
  if (habit_ == Habit::no_inbound)
    return false;
  if (habit_ != Habit::second_source_replaces && keys.source)
    for (const auto& [group, known] : inbound_) {
      const bool alive = std::any_of(known.keys.keys.begin(), known.keys.keys.end(),
                                     [&](const DataKey& each) { return !each.key.is_over(now); });
      if (alive && group.speaker != keys.group.speaker && group.vrf == keys.group.vrf &&
          (group.interface == keys.group.interface || habit_ == Habit::address_once) &&
          known.keys.source == keys.source) {
        inbound_.erase(keys.group);
        return true;
      }
    }
  if (habit_ == Habit::second_source_replaces)
    std::erase_if(inbound_, [&](const auto& each) {
      return each.first.speaker != keys.group.speaker && each.first.vrf == keys.group.vrf &&
             each.first.interface == keys.group.interface && each.second.keys.source == keys.source;
    });
  Inbound& known = inbound_[keys.group];
  known.keys = keys.clone();
  known.origin = origin;
  std::erase_if(known.windows, [&](const auto& each) {
    return std::none_of(keys.keys.begin(), keys.keys.end(),
                        [&](const DataKey& key) { return key.key.id == each.first; });
  });
  return false;
}

void SecurityState::set_outbound(const GroupKeys& keys, bool all_keyed) {
  Outbound& known = outbound_[keys.group];
  known.keys = keys.clone();
  known.all_keyed = all_keyed;
  std::erase_if(known.sequences, [&](const auto& each) {
    return std::none_of(keys.keys.begin(), keys.keys.end(),
                        [&](const DataKey& key) { return key.key.id == each.first; });
  });
}

void SecurityState::remove(const GroupId& group) {
  inbound_.erase(group);
  outbound_.erase(group);
}

SecurityState::Out SecurityState::send(const Interface& interface, std::string_view protocol,
                                       std::uint8_t protocol_number, Octets payload, Time now) {
  const Mode counts = mode(interface, now);
  const auto found = std::find_if(outbound_.begin(), outbound_.end(), [&](const auto& each) {
    return is_on(each.first, interface) && each.first.protocol == protocol;
  });
  const bool known = found != outbound_.end();
  const bool protects = counts == Mode::require ||
                        (counts == Mode::off && habit_ == Habit::off_protects && known) ||
                        (counts == Mode::permit && known &&
                         (found->second.all_keyed || habit_ == Habit::permit_protects_at_once));
  if (!protects)
    return {Fate::clear, std::move(payload), 0};
  const DataKey* key = known ? sends_with(found->second.keys.keys, now) : nullptr;
  if (key == nullptr && habit_ == Habit::clear_without_sa)
    return {Fate::clear, std::move(payload), 0};
  if (key == nullptr)
    return {};
  std::uint32_t& sequence = found->second.sequences[key->key.id];
  if (sequence == std::numeric_limits<std::uint32_t>::max())
    return {};  // never two packets under one number (RFC 4303 section 3.3.3)
  auto octets = seal_esp({key->key.id, ++sequence, protocol_number, std::move(payload)},
                         key->key.algorithm, key->key.key);
  if (!octets)
    return {};
  return {Fate::protect, *std::move(octets), key->key.id};
}

SecurityState::In SecurityState::receive_clear(const Interface& interface,
                                               std::string_view protocol, Octets payload,
                                               Time now) const {
  const Mode counts = mode(interface, now);
  In out;
  if (counts == Mode::require && habit_ != Habit::require_takes_clear)
    out.why = "a packet of " + std::string(protocol) + " without protection";
  else if (counts == Mode::permit && habit_ == Habit::permit_refuses_clear)
    out.why = "no protection";
  out.taken = out.why.empty();
  out.payload = std::move(payload);
  return out;
}

std::vector<std::string> SecurityState::destinations(const std::string& protocol,
                                                     const wire::IpAddress& source) const {
  if (habit_ == Habit::destination_of_speaker)
    return {source.to_text()};
  return destinations_of(protocol, !source.is_v4());
}

const DataKey* SecurityState::find_sa(Inbound*& found, const Interface& interface,
                                      const wire::IpAddress& source, std::string_view destination,
                                      std::uint32_t spi, Time now) {
  for (auto& [group, known] : inbound_) {
    const auto goes_to = destinations(group.protocol, source);
    const bool fits = known.keys.source == source &&
                      (goes_to.empty() ||
                       std::find(goes_to.begin(), goes_to.end(), destination) != goes_to.end());
    if ((!is_on(group, interface) && habit_ != Habit::ignores_interface) ||
        (!fits && habit_ != Habit::spi_alone))
      continue;
    for (const DataKey& key : known.keys.keys)
      if (key.key.id == spi && (key.key.may_receive(now) || habit_ == Habit::lives_on)) {
        found = &known;
        return &key;
      }
  }
  return nullptr;
}

SecurityState::In SecurityState::receive_esp(const Interface& interface,
                                             const wire::IpAddress& source,
                                             std::string_view destination, OctetView octets,
                                             Time now) {
  In out;
  const auto refuse = [&](std::string why) {
    out.why = std::move(why);
    return out;
  };
  if (mode(interface, now) == Mode::off && habit_ != Habit::off_protects)
    return refuse("protection on an interface that has none");
  const auto head = read_esp_head(octets);
  if (!head)
    return refuse(to_string(head.error()));
  Inbound* known = nullptr;
  const DataKey* key = find_sa(known, interface, source, destination, head->spi, now);
  if (key == nullptr)
    return refuse("no SA with this SPI, destination and source");
  Window& window = known->windows[head->spi];
  if (!window.is_fresh(head->sequence) && habit_ != Habit::replays_taken)
    return refuse("packet " + std::to_string(head->sequence) + " has come before");
  auto opened = open_esp(octets, key->key.algorithm, key->key.key);
  if (!opened && habit_ != Habit::icv_unchecked)
    return refuse(to_string(opened.error()));
  window.take(head->sequence);
  out.taken = true;
  out.speaker = known->keys.group.speaker;
  if (opened)
    out.payload = std::move(opened->payload);
  return out;
}

std::vector<GspdRow> SecurityState::gspd(Time now) const {
  std::vector<GspdRow> out;
  for (const Interface& interface : interfaces_) {
    const Mode counts = mode(interface, now);
    const std::size_t before = out.size();
    for (const auto& [group, known] : inbound_)
      if (is_on(group, interface))
        out.push_back({interface.link, interface.vrf, counts, group, true,
                       counts == Mode::off      ? "bypass"
                       : counts == Mode::permit ? "protect-or-bypass"
                                                : "protect"});
    for (const auto& [group, known] : outbound_)
      if (is_on(group, interface))
        out.push_back({interface.link, interface.vrf, counts, group, false,
                       counts == Mode::off || (counts == Mode::permit && !known.all_keyed)
                           ? "bypass"
                       : sends_with(known.keys.keys, now) == nullptr ? "discard"
                                                                     : "protect"});
    if (out.size() == before)
      for (const bool inbound : {true, false})
        out.push_back({interface.link,
                       interface.vrf,
                       counts,
                       {},
                       inbound,
                       counts == Mode::require ? "discard" : "bypass"});
  }
  return out;
}

SadRow SecurityState::row_of(const GroupKeys& keys, const DataKey& key, bool inbound,
                             Origin origin) const {
  SadRow out;
  out.group = keys.group;
  out.inbound = inbound;
  out.spi = key.key.id;
  const wire::IpAddress source = keys.source.value_or(wire::IpAddress());
  out.source = source.to_text();
  out.destinations = destinations(keys.group.protocol, source);
  out.algorithm = mrkmp::algorithm_name(key.key.algorithm);
  out.fingerprint =
      habit_ == Habit::fingerprint_is_key
          ? to_hex(key.key.key.view())
          : to_hex(OctetView(crypto::sha256(key.key.key.view())).first(fingerprint_octets));
  out.times = key.key.times;
  out.origin = origin;
  return out;
}

std::vector<SadRow> SecurityState::sad() const {
  std::vector<SadRow> out;
  for (const auto& [group, known] : outbound_)
    for (const DataKey& key : known.keys.keys)
      out.push_back(row_of(known.keys, key, false, Origin::own));
  for (const auto& [group, known] : inbound_)
    for (const DataKey& key : known.keys.keys)
      out.push_back(row_of(known.keys, key, true, known.origin));
  return out;
}

}  // namespace karpspec::oracle::keyserver
