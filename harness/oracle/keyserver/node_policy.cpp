#include <algorithm>

#include "crypto/certificate.h"
#include "oracle/keyserver/node_impl.h"

// What a policy makes of a router: its neighbours and by what it knows them, its own groups, those
// that it hears, and the modes of its interfaces (sections V.A, V.D and VI).
namespace karpspec::oracle::keyserver {
namespace {

// What MATERIALS say of how a router proves who it is; nothing: what is configured counts.
struct Known {
  Trust trust;
  bool signs = false;
  std::string address;
};

Known known_by(const std::vector<wire::Material>& materials) {
  Known out;
  for (const wire::Material& material : materials) {
    if (material.kind == wire::Material::key_sha256) {
      out.trust.key_fingerprints.push_back({crypto::HashAlgorithm::SHA2_256, material.value});
      out.signs = true;
    } else if (material.kind == wire::Material::anchor) {
      if (auto anchor = crypto::Certificate::from_der(material.value)) {
        out.trust.anchors.push_back(*std::move(anchor));
        out.signs = true;
      }
    } else if (material.kind == wire::Material::address) {
      if (const auto address = wire::IpAddress::from_octets(material.value))
        out.address = address->to_text();
    }
  }
  return out;
}

}  // namespace

bool Node::Impl::take_policy(Policy given) {
  if (has_policy && given.version < policy.version && habit != Habit::takes_lower_version) {
    event("policy-refused", "version " + std::to_string(given.version) + " is lower than " +
                                std::to_string(policy.version));
    return false;
  }
  event("policy-taken", "version " + std::to_string(given.version));
  policy = std::move(given);
  has_policy = true;
  store();
  reconnection.adopt(schedule());
  apply_policy();
  return true;
}

void Node::Impl::store() {
  if (habit == Habit::storage_never_written || own.empty())
    return;
  Retained retained{starts, policy, {}};
  if (habit == Habit::storage_with_keys)
    for (const auto& [id, group] : own_groups)
      for (const DataKey& key : group.keys())
        retained.stowaway.insert(retained.stowaway.end(), key.key.key.view().begin(),
                                 key.key.key.view().end());
  storage = to_storage(retained, config.device_key);
}

void Node::Impl::apply_policy() {
  for (const Interface& each : security.interfaces()) {
    if (habit == Habit::keeps_modes && policy.version != 0)
      break;
    const InterfacePolicy* entry = policy.find(own, each.vrf, each.link);
    security.set_mode(each, policy.mode(own, each.vrf, each.link),
                      entry == nullptr ? Duration::zero() : entry->permit_for, core.now);
  }
  apply_neighbours();
  apply_own_groups();
  apply_heard_groups();
  changed = true;
}

void Node::Impl::apply_neighbours() {
  std::map<std::string, const Permission*> neighbours;
  for (const Permission& each : policy.permissions) {
    const std::string& other = each.receiver == own ? each.group.speaker : each.receiver;
    if (other != own)
      neighbours.emplace(other, &each);
  }
  for (const auto& [name, permission] : neighbours) {
    Known known = known_by(permission->materials);
    Peer* peer = find_peer(name);
    if (peer == nullptr) {
      core.peers.push_back(std::make_unique<Peer>());
      peer = core.peers.back().get();
      peer->config.name = name;
      peer->config.identity = identity_of(name);
      peer->config.endpoint = {known.address, core.config.local.port};
      peer->config.authentication = peer->config.own_authentication = Authentication::signature;
      policy_made.insert(name);
    }
    // What the policy says of its identity counts, and what is configured where it says nothing.
    if (policy_made.contains(name)) {
      peer->config.trust = std::move(known.trust);
    } else if (known.signs && habit != Habit::configured_proof_first) {
      configured_proofs.try_emplace(
          name, ConfiguredProof{peer->config.authentication, peer->config.trust});
      peer->config.authentication = Authentication::signature;
      peer->config.trust = std::move(known.trust);
    } else {
      restore_proof(name);
    }
    if (!known.address.empty())
      peer->config.endpoint = {known.address, core.config.local.port};
  }
  // Nobody has to believe any more whom the policy alone has brought.
  if (habit != Habit::keeps_removed)
    for (const std::string& name : policy_made)
      if (Peer* peer = find_peer(name); peer != nullptr && !neighbours.contains(name))
        peer->config.trust = {};
  for (auto at = configured_proofs.begin(); at != configured_proofs.end();) {
    const std::string name = (at++)->first;
    if (!neighbours.contains(name))
      restore_proof(name);
  }
}

void Node::Impl::restore_proof(const std::string& name) {
  auto found = configured_proofs.extract(name);
  Peer* peer = found.empty() ? nullptr : find_peer(name);
  if (peer == nullptr)
    return;
  peer->config.authentication = found.mapped().authentication;
  peer->config.trust = std::move(found.mapped().trust);
}

void Node::Impl::apply_own_groups() {
  std::map<GroupId, std::set<std::string>> wanted;
  for (const Permission& each : policy.permissions)
    if (each.group.speaker == own && each.receiver != own)
      wanted[each.group].insert(each.receiver);
  std::erase_if(wanted, [&](const auto& each) {
    const Interface* interface = security.find(each.first.vrf, each.first.interface);
    return interface == nullptr ||
           (security.mode(*interface, core.now) == Mode::off && habit != Habit::off_protects);
  });
  for (auto at = own_groups.begin(); at != own_groups.end();) {
    if (wanted.contains(at->first)) {
      ++at;
      continue;
    }
    security.remove(at->first);
    at = own_groups.erase(at);
  }
  for (auto& [id, receivers] : wanted) {
    auto found = own_groups.find(id);
    if (found == own_groups.end())
      found = own_groups
                  .try_emplace(id, id, security.find(id.vrf, id.interface)->address, starts,
                               config.times, core.random, habit)
                  .first;
    std::set<std::string> permitted = std::move(receivers);
    if (habit == Habit::keeps_removed)
      permitted.insert(found->second.receivers().begin(), found->second.receivers().end());
    if (found->second.set_receivers(std::move(permitted), policy.version, core.now))
      event("receiver-revoked", "the policy names a receiver no more", &id);
  }
}

void Node::Impl::apply_heard_groups() {
  std::set<GroupId> wanted;
  for (const Permission& each : policy.permissions) {
    const Interface* interface = security.find(each.group.vrf, each.group.interface);
    if (each.receiver == own && each.group.speaker != own && interface != nullptr &&
        (security.mode(*interface, core.now) != Mode::off || habit == Habit::off_protects))
      wanted.insert(each.group);
  }
  for (auto at = heard.begin(); at != heard.end();) {
    if (wanted.contains(at->first) || habit == Habit::keeps_removed) {
      ++at;
      continue;
    }
    event("speaker-revoked", at->first.speaker + " is heard no more", &at->first);
    security.remove(at->first);
    at = heard.erase(at);
  }
  for (const GroupId& id : wanted) {
    const InterfacePolicy* entry = policy.find(own, id.vrf, id.interface);
    const bool central = entry != nullptr && entry->central;
    if (const auto found = heard.find(id); found != heard.end()) {
      found->second.adopt(central, schedule(), core.now);
      continue;
    }
    const auto added =
        heard.try_emplace(id, id, central, schedule(), config.times, core.random, habit);
    added.first->second.want(core.now);
  }
}

}  // namespace karpspec::oracle::keyserver
