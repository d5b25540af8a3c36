#include "oracle/keyserver/policy.h"

#include <algorithm>
#include <limits>

#include "base/writer.h"
#include "wire/codec.h"

namespace karpspec::oracle::keyserver {
namespace {

using wire::PolicyEntry;

Octets octets_of_text(const std::string& text) {
  return {text.begin(), text.end()};
}
std::string text_of(const Octets& octets) {
  return {octets.begin(), octets.end()};
}

std::uint8_t number_of(PolicyEntry::Kind kind) {
  return static_cast<std::uint8_t>(kind);
}

template <class T>
T seconds_of(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return static_cast<T>(std::clamp<std::int64_t>(seconds, 0, std::numeric_limits<T>::max()));
}

PolicyEntry entry_of(const Reconnect& reconnect) {
  PolicyEntry entry;
  entry.kind = number_of(PolicyEntry::Kind::reconnect);
  entry.first = seconds_of<std::uint16_t>(reconnect.first);
  entry.longest = seconds_of<std::uint16_t>(reconnect.longest);
  entry.spread = seconds_of<std::uint16_t>(reconnect.spread);
  entry.jitter_percent = static_cast<std::uint8_t>(std::min(reconnect.jitter_percent, 100U));
  for (const std::string& text : reconnect.addresses)
    if (const auto address = wire::IpAddress::from_text(text))
      entry.materials.push_back(
          {wire::Material::address, Octets(address->octets().begin(), address->octets().end())});
  return entry;
}

std::optional<Reconnect> reconnect_of(const PolicyEntry& entry) {
  if (entry.first == 0 || entry.longest < entry.first || entry.jitter_percent > 100)
    return std::nullopt;
  Reconnect out;
  out.first = std::chrono::seconds{entry.first};
  out.longest = std::chrono::seconds{entry.longest};
  out.spread = std::chrono::seconds{entry.spread};
  out.jitter_percent = entry.jitter_percent;
  for (const wire::Material& material : entry.materials)
    if (material.kind == wire::Material::address)
      if (const auto address = wire::IpAddress::from_octets(material.value))
        out.addresses.push_back(address->to_text());
  return out;
}

}  // namespace

std::string to_text(const GroupId& group) {
  return group.speaker + "/" + group.vrf + "/" + group.interface + "/" + group.protocol;
}

wire::SpeakerGroup to_wire(const GroupId& group) {
  return {octets_of_text(group.speaker), octets_of_text(group.vrf), octets_of_text(group.interface),
          octets_of_text(group.protocol)};
}

GroupId from_wire(const wire::SpeakerGroup& group) {
  return {text_of(group.speaker), text_of(group.vrf), text_of(group.interface),
          text_of(group.protocol)};
}

Octets octets_of(const GroupId& group) {
  Writer out;
  wire::write_speaker_group(out, to_wire(group));
  return out.take();
}

Identity identity_of(const std::string& name) {
  if (const auto address = wire::IpAddress::from_text(name))
    return {static_cast<std::uint8_t>(address->is_v4() ? wire::IdType::ID_IPV4_ADDR
                                                       : wire::IdType::ID_IPV6_ADDR),
            Octets(address->octets().begin(), address->octets().end())};
  if (name.starts_with("0x"))
    if (auto octets = from_hex(name))
      return {static_cast<std::uint8_t>(wire::IdType::ID_KEY_ID), *std::move(octets)};
  const bool mail = name.find('@') != std::string::npos;
  return {static_cast<std::uint8_t>(mail ? wire::IdType::ID_RFC822_ADDR : wire::IdType::ID_FQDN),
          octets_of_text(name)};
}

std::string name_of(const Identity& identity) {
  switch (static_cast<wire::IdType>(identity.type)) {
    case wire::IdType::ID_FQDN:
      return text_of(lower_case(identity.value));
    case wire::IdType::ID_RFC822_ADDR:
      return text_of(identity.value);
    case wire::IdType::ID_IPV4_ADDR:
    case wire::IdType::ID_IPV6_ADDR:
      if (const auto address = wire::IpAddress::from_octets(identity.value))
        return address->to_text();
      break;
    default:
      break;
  }
  return "0x" + to_hex(identity.value);
}

const char* mode_name(Mode mode) {
  switch (mode) {
    case Mode::off:
      return "off";
    case Mode::permit:
      return "permit";
    case Mode::require:
      return "require";
  }
  return "off";
}

bool Policy::permits(const GroupId& group, const std::string& receiver) const {
  return std::any_of(permissions.begin(), permissions.end(), [&](const Permission& each) {
    return each.group == group && each.receiver == receiver;
  });
}

std::set<std::string> Policy::receivers(const GroupId& group) const {
  std::set<std::string> out;
  for (const Permission& each : permissions)
    if (each.group == group)
      out.insert(each.receiver);
  return out;
}

const InterfacePolicy* Policy::find(const std::string& router, const std::string& vrf,
                                    const std::string& interface) const {
  const auto found =
      std::find_if(interfaces.begin(), interfaces.end(), [&](const InterfacePolicy& each) {
        return each.router == router && each.vrf == vrf && each.interface == interface;
      });
  return found == interfaces.end() ? nullptr : &*found;
}

Mode Policy::mode(const std::string& router, const std::string& vrf,
                  const std::string& interface) const {
  if (const InterfacePolicy* entry = find(router, vrf, interface))
    return entry->mode;
  const bool used =
      std::any_of(permissions.begin(), permissions.end(), [&](const Permission& each) {
        return each.group.vrf == vrf && each.group.interface == interface;
      });
  return used ? Mode::require : Mode::off;
}

void DomainPolicy::permit_both(const std::string& one, const std::string& other,
                               const std::string& vrf, const std::string& interface,
                               const std::string& protocol) {
  permissions.push_back({{one, vrf, interface, protocol}, other, {}});
  permissions.push_back({{other, vrf, interface, protocol}, one, {}});
}

void DomainPolicy::revoke(const std::string& router) {
  std::erase_if(permissions, [&](const Permission& each) {
    return each.receiver == router || each.group.speaker == router;
  });
}

Policy DomainPolicy::of(const std::string& router) const {
  Policy out;
  out.version = version;
  out.reconnect = reconnect;
  for (const Permission& each : permissions) {
    if (each.receiver != router && each.group.speaker != router)
      continue;
    Permission permission = each;
    const auto known = materials.find(each.receiver == router ? each.group.speaker : each.receiver);
    permission.materials = known == materials.end() ? std::vector<wire::Material>() : known->second;
    out.permissions.push_back(std::move(permission));
  }
  for (const InterfacePolicy& each : interfaces)
    if (each.router == router)
      out.interfaces.push_back(each);
  return out;
}

bool DomainPolicy::permits(const GroupId& group, const std::string& receiver) const {
  return std::any_of(permissions.begin(), permissions.end(), [&](const Permission& each) {
    return each.group == group && each.receiver == receiver;
  });
}

bool DomainPolicy::central(const GroupId& group) const {
  return std::any_of(interfaces.begin(), interfaces.end(), [&](const InterfacePolicy& each) {
    return each.central && each.vrf == group.vrf && each.interface == group.interface;
  });
}

bool DomainPolicy::has_group(const GroupId& group) const {
  return std::any_of(permissions.begin(), permissions.end(),
                     [&](const Permission& each) { return each.group == group; });
}

wire::PolicyPayload to_payload(const Policy& policy) {
  wire::PolicyPayload out;
  out.version = policy.version;
  for (const Permission& each : policy.permissions) {
    PolicyEntry entry;
    entry.kind = number_of(PolicyEntry::Kind::permission);
    entry.group = to_wire(each.group);
    entry.receiver = octets_of_text(each.receiver);
    entry.materials = each.materials;
    out.entries.push_back(std::move(entry));
  }
  for (const InterfacePolicy& each : policy.interfaces) {
    PolicyEntry entry;
    entry.kind = number_of(PolicyEntry::Kind::interface);
    entry.router = octets_of_text(each.router);
    entry.group.vrf = octets_of_text(each.vrf);
    entry.group.interface = octets_of_text(each.interface);
    entry.mode = static_cast<std::uint8_t>(each.mode);
    entry.flags = each.central ? PolicyEntry::flag_central : 0;
    entry.permit_seconds = seconds_of<std::uint32_t>(each.permit_for);
    out.entries.push_back(std::move(entry));
  }
  if (policy.reconnect)
    out.entries.push_back(entry_of(*policy.reconnect));
  return out;
}

Policy policy_from(const wire::PolicyPayload& payload, std::vector<std::string>* notes) {
  Policy out;
  out.version = payload.version;
  const auto pass_over = [&](std::size_t index, const char* why) {
    if (notes != nullptr)
      notes->push_back("entry " + std::to_string(index + 1) + " of the policy: " + why);
  };
  for (std::size_t i = 0; i < payload.entries.size(); ++i) {
    const PolicyEntry& entry = payload.entries[i];
    if (entry.is(PolicyEntry::Kind::permission)) {
      if (entry.direction == PolicyEntry::hears)
        out.permissions.push_back(
            {from_wire(entry.group), text_of(entry.receiver), entry.materials});
      else
        pass_over(i, "an unknown direction");
    } else if (entry.is(PolicyEntry::Kind::interface)) {
      if (entry.mode <= static_cast<std::uint8_t>(Mode::require))
        out.interfaces.push_back({text_of(entry.router), text_of(entry.group.vrf),
                                  text_of(entry.group.interface), static_cast<Mode>(entry.mode),
                                  (entry.flags & PolicyEntry::flag_central) != 0,
                                  std::chrono::seconds{entry.permit_seconds}});
      else
        pass_over(i, "an unknown mode");
    } else if (entry.is(PolicyEntry::Kind::reconnect)) {
      if (auto reconnect = reconnect_of(entry))
        out.reconnect = std::move(reconnect);
      else
        pass_over(i, "times out of order");
    } else {
      pass_over(i, "an unknown kind");
    }
  }
  return out;
}

}  // namespace karpspec::oracle::keyserver
