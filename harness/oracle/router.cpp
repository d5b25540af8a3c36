#include "oracle/router.h"

#include <algorithm>

#include "oracle/child.h"
#include "oracle/core.h"
#include "oracle/ike/exchanges.h"

namespace karpspec::oracle {

namespace {

const char* to_string(IkeState state) {
  switch (state) {
    case IkeState::init_sent:
      return "init-sent";
    case IkeState::half_open:
      return "half-open";
    case IkeState::auth_sent:
      return "auth-sent";
    case IkeState::established:
      return "established";
    case IkeState::closing:
      return "closing";
    case IkeState::closed:
      return "closed";
  }
  return "closed";
}

ChildInfo info_of(const Child& child) {
  ChildInfo info;
  info.kind = child.kind;
  info.protocol = child.protocol;
  info.send_id = child.send_id;
  info.recv_id = child.recv_id;
  info.auth_alg = child.auth_alg;
  info.kdf = child.kdf;
  info.exclude_options = child.exclude_options;
  info.spi_in = child.spi_in;
  info.spi_out = child.spi_out;
  info.admin_key_name = child.admin_key_name;
  return info;
}

tl::unexpected<Error> unknown_peer(std::string_view name) {
  return fail(ErrorCode::not_found, "no peer is called '" + std::string(name) + "'");
}

tl::unexpected<Error> nothing_stands(std::string_view name) {
  return fail(ErrorCode::not_found, "no IKE SA stands with '" + std::string(name) + "'");
}

// Queues TASK for the established IKE SA with the peer.
Result<IkeSa*> queue(Core& core, std::string_view peer_name, const Task& task) {
  const Peer* peer = core.find_peer(peer_name);
  if (peer == nullptr)
    return unknown_peer(peer_name);
  IkeSa* sa = core.established_with(*peer);
  if (sa == nullptr)
    return nothing_stands(peer_name);
  sa->tasks.push_back(task);
  core.touch(*sa);
  return sa;
}

}  // namespace

Router::Router(RouterConfig config, Random& random, Seams& seams)
    : core_(std::make_unique<Core>(std::move(config), random, seams)) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

std::vector<Datagram> Router::receive(const Datagram& datagram, Time now) {
  core_->now = now;
  core_->receive(datagram);
  return core_->settle();
}

std::vector<Datagram> Router::tick(Time now) {
  core_->now = now;
  core_->tick();
  return core_->settle();
}

std::optional<Time> Router::deadline() const {
  return core_->deadline();
}

Router::Sent Router::start(std::string_view peer_name, std::uint8_t protocol, Time now) {
  core_->now = now;
  Peer* peer = core_->find_peer(peer_name);
  if (peer == nullptr)
    return unknown_peer(peer_name);
  if (peer->config.child == ChildKind::tcp_ao && peer->config.policy(protocol) == nullptr)
    return fail(ErrorCode::bad_value, "routing protocol " + std::to_string(protocol) +
                                          " is not configured for '" + std::string(peer_name) +
                                          "'");
  IkeSa* sa = core_->established_with(*peer);
  if (sa == nullptr)
    sa = core_->opening_with(*peer);
  if (sa == nullptr) {
    ike::start_ike_sa_init(*core_, *peer, protocol);
  } else {
    Task task;
    task.kind = Task::Kind::create_child;
    task.protocol = protocol;
    sa->tasks.push_back(task);
    core_->touch(*sa);
  }
  return core_->settle();
}

Router::Sent Router::rekey_key(std::string_view peer_name, std::uint8_t protocol, bool with_ke,
                               Time now) {
  core_->now = now;
  const Peer* peer = core_->find_peer(peer_name);
  if (peer == nullptr)
    return unknown_peer(peer_name);
  const Child* child = newest_child(*peer, protocol);
  if (child == nullptr || child->sa == nullptr)
    return fail(ErrorCode::not_found, "no key of a standing IKE SA can be rekeyed");
  Task task;
  task.kind = Task::Kind::rekey_child;
  task.child = child->number;
  task.with_ke = with_ke;
  child->sa->tasks.push_back(task);
  core_->touch(*child->sa);
  return core_->settle();
}

Router::Sent Router::rekey_ike(std::string_view peer, Time now) {
  core_->now = now;
  Task task;
  task.kind = Task::Kind::rekey_ike;
  KARPSPEC_CHECK(queue(*core_, peer, task));
  return core_->settle();
}

Router::Sent Router::reauthenticate(std::string_view peer, Time now) {
  core_->now = now;
  Task task;
  task.kind = Task::Kind::reauthenticate;
  KARPSPEC_CHECK(queue(*core_, peer, task));
  return core_->settle();
}

Router::Sent Router::check_liveness(std::string_view peer, Time now) {
  core_->now = now;
  KARPSPEC_CHECK(queue(*core_, peer, Task{}));
  return core_->settle();
}

Router::Sent Router::delete_key(std::string_view peer_name, std::uint8_t protocol, Time now) {
  core_->now = now;
  const Peer* peer = core_->find_peer(peer_name);
  if (peer == nullptr)
    return unknown_peer(peer_name);
  Child* child = newest_child(*peer, protocol);
  if (child == nullptr)
    return fail(ErrorCode::not_found, "there is no such key");
  IkeSa* opening = core_->opening_with(*peer);
  if (child->sa == nullptr && opening == nullptr) {
    if (!core_->tunables.purge_without_ike_sa)
      return core_->settle();
    // Nobody is left to tell (profile P-10).
    remove_child(*core_, *child, untold);
    return core_->settle();
  }
  std::vector<Child*> all = {child};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& other : peer->children)
      if (comes_back_after(*all[i], *other) && !other->deleting &&
          std::find(all.begin(), all.end(), other.get()) == all.end())
        all.push_back(other.get());
  std::reverse(all.begin(), all.end());
  for (Child* each : all) {
    Task task;
    task.kind = Task::Kind::delete_child;
    task.child = each->number;
    each->deleting = true;
    // Those that go along may have lost their IKE SA.
    IkeSa* sa = each->sa != nullptr ? each->sa : opening != nullptr ? opening : child->sa;
    sa->tasks.push_back(task);
    core_->touch(*sa);
  }
  return core_->settle();
}

Router::Sent Router::delete_ike(std::string_view peer, bool keep_keys, Time now) {
  core_->now = now;
  Task task;
  task.kind = Task::Kind::delete_ike;
  task.keep_keys = keep_keys;
  KARPSPEC_CHECK(queue(*core_, peer, task));
  return core_->settle();
}

Router::Sent Router::request_key(const kmdb::KeyRequest& request, Time now) {
  core_->now = now;
  KARPSPEC_CHECK(core_->kmdb.request(request));
  return core_->settle();
}

Router::Sent Router::withdraw_request(std::string_view client, std::string_view peer,
                                      std::uint8_t protocol, Time now) {
  core_->now = now;
  KARPSPEC_CHECK(core_->kmdb.withdraw(client, peer, protocol));
  return core_->settle();
}

Router::Sent Router::purge_row(std::string_view admin_key_name, Time now) {
  core_->now = now;
  KARPSPEC_CHECK(core_->kmdb.purge(admin_key_name));
  return core_->settle();
}

std::vector<kmdb::RequestInfo> Router::requests() const {
  return core_->kmdb.requests();
}

std::vector<kmdb::Notification> Router::notifications(std::string_view client,
                                                      std::uint64_t since) const {
  return core_->kmdb.notifications(client, since);
}

operations::Management& Router::management(Time now) {
  core_->now = now;
  return core_->management;
}

operations::Associations& Router::associations(Time now) {
  core_->now = now;
  return core_->associations;
}

void Router::use_gatekeeper() {
  core_->gatekeeper.use();
}

Router::Sent Router::set_record(gatekeeper::Record record, Time now) {
  core_->now = now;
  KARPSPEC_CHECK(core_->gatekeeper.set(std::move(record)));
  return core_->settle();
}

Router::Sent Router::remove_record(std::string_view name, Time now) {
  core_->now = now;
  KARPSPEC_CHECK(core_->gatekeeper.remove(name));
  return core_->settle();
}

Router::Sent Router::change_peer(PeerConfig changed, Time now) {
  core_->now = now;
  KARPSPEC_CHECK(core_->gatekeeper.change_peer(std::move(changed)));
  return core_->settle();
}

Router::Sent Router::open_connection(std::string_view protocol, const tcpao::ConnectionEnds& ends,
                                     gatekeeper::Opened& opened, Time now) {
  core_->now = now;
  KARPSPEC_TRY(done, core_->gatekeeper.open(protocol, ends));
  opened = std::move(done);
  return core_->settle();
}

Router::Sent Router::close_connection(std::string_view protocol, const tcpao::ConnectionEnds& ends,
                                      Time now) {
  core_->now = now;
  KARPSPEC_CHECK(core_->gatekeeper.close(protocol, ends));
  return core_->settle();
}

std::vector<gatekeeper::RecordInfo> Router::records() const {
  return core_->gatekeeper.records();
}

std::vector<gatekeeper::MktInfo> Router::mkts() const {
  return core_->gatekeeper.mkts();
}

const PeerConfig* Router::peer(std::string_view name) const {
  const Peer* found = core_->find_peer(name);
  return found == nullptr ? nullptr : &found->config;
}

const PeerConfig* Router::pad_entry(std::string_view name) const {
  for (const auto& peer : core_->peers)
    if (peer->config.name == name)
      return &peer->config;
  return nullptr;
}

const RouterConfig& Router::config() const {
  return core_->config;
}
const keytable::Table& Router::key_table() const {
  return core_->table;
}
const std::vector<Event>& Router::events() const {
  return core_->events;
}
const std::vector<IkeKeyLog>& Router::ike_keys() const {
  return core_->key_log;
}

std::vector<SaInfo> Router::sas() const {
  return sas_of(*core_);
}

std::vector<SaInfo> sas_of(const Core& core) {
  std::map<std::uint64_t, SaInfo> ordered;
  for (const auto& [number, sa] : core.sas) {
    if (sa->state == IkeState::closed)
      continue;
    SaInfo& info = ordered[number];
    info.peer = sa->peer == nullptr ? std::string() : sa->peer->config.name;
    info.spi_i = sa->spi_i;
    info.spi_r = sa->spi_r;
    info.initiator = sa->initiator;
    info.state = to_string(sa->state);
    info.suite = sa->suite;
    info.remote = sa->remote;
    info.next_request_id = sa->next_request;
    info.expected_request_id = sa->expected_request;
    if (sa->peer != nullptr)
      for (const auto& child : sa->peer->children)
        if (child->sa == sa.get() && !child->purged)
          info.children.push_back(info_of(*child));
  }
  std::vector<SaInfo> result;
  result.reserve(ordered.size());
  for (auto& [number, info] : ordered)
    result.push_back(std::move(info));
  return result;
}

}  // namespace karpspec::oracle
