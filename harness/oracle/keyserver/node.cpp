#include "oracle/keyserver/node.h"

#include "oracle/keyserver/node_impl.h"

namespace karpspec::oracle::keyserver {
namespace {

std::string address_of(const RouterConfig& config, const std::string& peer) {
  for (const PeerConfig& each : config.peers)
    if (each.name == peer)
      return each.endpoint.address;
  return {};
}

RouterConfig prepared(RouterConfig config, const Times& times) {
  config.numbers.mrkmp = true;
  if (config.tunables.liveness_interval == Duration::zero())
    config.tunables.liveness_interval = times.liveness;
  return config;
}

}  // namespace

Node::Impl::Impl(NodeConfig given, Random& random, Seams& seams)
    : core(prepared(given.router.clone(), given.times), random, seams),
      config(std::move(given)),
      habit(core.tunables.keyserver_habit),
      own(name_of(core.config.identity)),
      reconnection(address_of(config.router, config.dks), random, habit),
      security(config.interfaces, habit) {
  core.groups = this;
  if (!config.dks.empty())
    dks = core.find_peer(config.dks);
  if (config.domain)
    domain.emplace(*std::move(config.domain), habit);
}

bool Node::Impl::knows(wire::ExchangeType exchange) const {
  return exchange == wire::ExchangeType::ks_policy || exchange == wire::ExchangeType::ks_group;
}

void Node::Impl::event(std::string kind, std::string text, const GroupId* group) {
  core.event(std::move(kind), std::move(text),
             group == nullptr ? std::map<std::string, std::string>()
                              : std::map<std::string, std::string>{{"group", to_text(*group)}});
}

Peer* Node::Impl::find_peer(const std::string& name) {
  return core.find_named_peer(identity_of(name));
}

bool Node::Impl::dks_connected() const {
  return dks != nullptr && core.established_with(*dks) != nullptr;
}

// Section VI: after a power failure, with the knowledge that was kept.
void Node::Impl::start() {
  started = true;
  if (config.storage && habit != Habit::forgets_policy) {
    auto retained =
        from_storage(*config.storage, config.device_key, habit == Habit::storage_unchecked);
    if (retained) {
      starts = retained->starts;
      policy = std::move(retained->policy);
      has_policy = true;
    } else {
      event("storage-refused", to_string(retained.error()));
    }
  }
  if (!has_policy && config.bootstrap) {
    policy = *config.bootstrap;
    policy.version = 0;
    has_policy = true;
  }
  ++starts;
  store();
  if (dks != nullptr)
    reconnection.begin(schedule(), core.now);
  if (has_policy && habit != Habit::waits_for_dks)
    apply_policy();
}

void Node::Impl::tick() {
  if (!started)
    start();
  core.tick();
  for (auto& [id, group] : own_groups) {
    const std::size_t before = group.keys().size();
    group.tick(core.now);
    changed = changed || group.keys().size() != before;
  }
  for (auto& [id, group] : heard) {
    const std::size_t before = group.held().keys.size();
    if (group.tick(core.now))
      event("neighbour-dropped", "the last key of " + id.speaker + " is over", &id);
    changed = changed || group.held().keys.size() != before;
  }
  if (domain)
    domain->tick(core.now);
  if (dks != nullptr && reconnection.due(core.now))
    pull_policy();
}

std::optional<Time> Node::Impl::deadline() const {
  if (!started)
    return Time{};
  std::optional<Time> next = core.deadline();
  const auto consider = [&](std::optional<Time> time) {
    if (time && (!next || *time < *next))
      next = time;
  };
  consider(reconnection.deadline());
  for (const auto& [id, group] : own_groups)
    consider(group.deadline());
  for (const auto& [id, group] : heard)
    consider(group.deadline());
  return next;
}

std::vector<Datagram> Node::Impl::settle() {
  std::vector<Datagram> out;
  for (bool busy = true; busy;) {
    for (const std::string& name : std::exchange(up, {}))
      for (auto& [id, group] : heard)
        if (id.speaker == name)
          group.speaker_up(core.now);
    push_changed();
    pull_groups();
    busy = false;
    for (Datagram& datagram : core.settle()) {
      busy = true;
      out.push_back(std::move(datagram));
    }
  }
  if (std::exchange(changed, false)) {
    for (const auto& [id, group] : own_groups)
      security.set_outbound(group.download(), group.all_keyed());
    for (const auto& [id, group] : heard) {
      const Origin origin = group.origin() == HeardGroup::Whom::dks ? Origin::dks : Origin::lks;
      if (!security.set_inbound(group.held(), origin, core.now))
        conflicts.erase(id);
      else if (conflicts.insert(id).second)
        event("address-taken", "another speaker sends from " + group.held().source->to_text(), &id);
    }
  }
  return out;
}

Node::Node(NodeConfig config, Random& random, Seams& seams)
    : impl_(std::make_unique<Impl>(std::move(config), random, seams)) {}
Node::~Node() = default;

std::vector<Datagram> Node::receive(const Datagram& datagram, Time now) {
  impl_->core.now = now;
  if (!impl_->started)
    impl_->start();
  impl_->core.receive(datagram);
  return impl_->settle();
}

std::vector<Datagram> Node::tick(Time now) {
  impl_->core.now = now;
  impl_->tick();
  return impl_->settle();
}

std::optional<Time> Node::deadline() const {
  return impl_->deadline();
}

Node::Sent Node::refresh(Time now) {
  impl_->core.now = now;
  if (impl_->dks == nullptr)
    return fail(ErrorCode::unsupported, "no DKS is configured");
  impl_->pull_policy();
  return impl_->settle();
}

Node::Sent Node::route_appeared(const std::string& address, Time now) {
  impl_->core.now = now;
  if (impl_->dks == nullptr)
    return fail(ErrorCode::unsupported, "no DKS is configured");
  impl_->reconnection.route(address, now);
  if (impl_->reconnection.due(now))
    impl_->pull_policy();
  return impl_->settle();
}

Node::Sent Node::set_domain_policy(DomainPolicy policy, Time now) {
  impl_->core.now = now;
  if (!impl_->domain)
    return fail(ErrorCode::unsupported, "this is no DKS");
  impl_->domain->replace(std::move(policy));
  impl_->push_policy();
  return impl_->settle();
}

Node::Sent Node::change_key(const GroupId& group, Time now) {
  impl_->core.now = now;
  const auto found = impl_->own_groups.find(group);
  if (found == impl_->own_groups.end())
    return fail(ErrorCode::not_found, "no group of its own is " + to_text(group));
  found->second.change(now);
  return impl_->settle();
}

std::optional<Octets> Node::take_storage() {
  return std::exchange(impl_->storage, std::nullopt);
}
SecurityState& Node::security() {
  return impl_->security;
}
const Policy& Node::policy() const {
  return impl_->policy;
}
const DomainPolicy* Node::domain_policy() const {
  return impl_->domain ? &impl_->domain->policy() : nullptr;
}
Reconnection::State Node::dks_state() const {
  return impl_->reconnection.state();
}

std::vector<const DataKey*> Node::own_keys(const GroupId& group) const {
  std::vector<const DataKey*> out;
  if (const auto found = impl_->own_groups.find(group); found != impl_->own_groups.end())
    for (const DataKey& each : found->second.keys())
      out.push_back(&each);
  return out;
}

std::vector<const DataKey*> Node::heard_keys(const GroupId& group) const {
  std::vector<const DataKey*> out;
  if (const auto found = impl_->heard.find(group); found != impl_->heard.end())
    for (const DataKey& each : found->second.held().keys)
      out.push_back(&each);
  return out;
}

std::vector<GroupId> Node::own_groups() const {
  std::vector<GroupId> out;
  for (const auto& [id, group] : impl_->own_groups)
    out.push_back(id);
  return out;
}

std::vector<GroupId> Node::heard_groups() const {
  std::vector<GroupId> out;
  for (const auto& [id, group] : impl_->heard)
    out.push_back(id);
  return out;
}

std::vector<GroupKeys> Node::reported_keys(Time now) const {
  std::vector<GroupKeys> out;
  if (impl_->domain)
    for (const auto& [id, keys] : impl_->domain->all())
      out.push_back(impl_->domain->keys(id, now));
  return out;
}

std::vector<SaInfo> Node::sas() const {
  return sas_of(impl_->core);
}
const std::vector<Event>& Node::events() const {
  return impl_->core.events;
}
const std::vector<IkeKeyLog>& Node::ike_keys() const {
  return impl_->core.key_log;
}

}  // namespace karpspec::oracle::keyserver
