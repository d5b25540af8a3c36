#include <algorithm>

#include "oracle/child.h"
#include "oracle/core.h"
#include "oracle/ike/exchanges.h"

// From a client's request to RKMP's exchanges, RKMP sections 5.1, 5.2 and 6, profile P-28, P-65 to
// P-70.
//
// What is needed is compared with what there is whenever something has happened, and what is
// missing is begun. So it does not matter which way a key was lost, or who has made the one there
// is.
//
//   no key, no IKE SA            --> IKE_SA_INIT, IKE_AUTH
//   no key, an IKE SA            --> CREATE_CHILD_SA
//   key with an IKE SA, for algorithms that are permitted no more
//                                --> CREATE_CHILD_SA with REKEY_SA
//   the same without an IKE SA   --> IKE_SA_INIT, IKE_AUTH; the key rolls over (profile P-14)
//   a key that will do           --> nothing, until it is time to refresh it (core's timers)
//   a try that came to nothing   --> the client is told; again after a while
namespace karpspec::oracle::kmdb {

namespace {

bool is_of(const Child& child, std::uint8_t protocol) {
  return child.kind == ChildKind::tcp_ao && child.protocol == protocol;
}

bool makes_key(const Core& core, const Task& task, std::uint8_t protocol) {
  if (task.kind == Task::Kind::create_child)
    return task.protocol == protocol;
  if (task.kind != Task::Kind::rekey_child)
    return false;
  const auto child = core.children.find(task.child);
  return child != core.children.end() && is_of(*child->second, protocol);
}

bool is_create_child(const Exchange& exchange) {
  return exchange.exchange == static_cast<std::uint8_t>(wire::ExchangeType::CREATE_CHILD_SA);
}

}  // namespace

const char* to_string(RequestState state) {
  switch (state) {
    case RequestState::idle:
      return "idle";
    case RequestState::negotiating:
      return "negotiating";
    case RequestState::keyed:
      return "keyed";
    case RequestState::rekeying:
      return "rekeying";
    case RequestState::failed:
      return "failed";
  }
  return "idle";
}

bool Kmdb::Need::active() const {
  return std::any_of(clients.begin(), clients.end(),
                     [](const KeyRequest& request) { return !request.passive; });
}

const Kmdb::Need* Kmdb::find(const Peer& peer, std::uint8_t protocol) const {
  for (const auto& need : needs_)
    if (need->peer == &peer && need->protocol == protocol)
      return need.get();
  return nullptr;
}

Kmdb::Need* Kmdb::find(const Peer& peer, std::uint8_t protocol) {
  return const_cast<Need*>(std::as_const(*this).find(peer, protocol));
}

// --- what the clients say ------------------------------------------------------------------------

Result<void> Kmdb::request(const KeyRequest& wanted) {
  Peer* peer = core_.find_peer(wanted.peer);
  if (peer == nullptr && !core_.tunables.kmdb_checks_peer && !core_.peers.empty())
    peer = core_.peers.front().get();
  if (peer == nullptr)
    return fail(ErrorCode::not_found, "no peer is called '" + wanted.peer + "'");
  if (wanted.client.empty())
    return fail(ErrorCode::bad_value, "the client has no name");
  if (peer->config.child != ChildKind::tcp_ao || peer->config.policy(wanted.protocol) == nullptr)
    return fail(ErrorCode::bad_value, "routing protocol " + std::to_string(wanted.protocol) +
                                          " is not configured for '" + wanted.peer + "'");
  if (wanted.life && (*wanted.life < shortest_life || *wanted.life > longest_life))
    return fail(ErrorCode::bad_value, "a key's life is 10 to 604800 seconds");

  const Need* known = find(*peer, wanted.protocol);
  Need changed;
  if (known != nullptr)
    changed = *known;
  changed.peer = peer;
  changed.protocol = wanted.protocol;
  const auto same = std::find_if(changed.clients.begin(), changed.clients.end(),
                                 [&](const auto& one) { return one.client == wanted.client; });
  const bool repeated = same != changed.clients.end() && same->pairs == wanted.pairs &&
                        same->life == wanted.life && same->passive == wanted.passive;
  if (same == changed.clients.end())
    changed.clients.push_back(wanted);
  else
    *same = wanted;
  if (permitted_pairs(changed).empty())
    return fail(ErrorCode::bad_value, "no algorithm is configured that all clients permit");
  if (!repeated) {
    changed.at_once = true;
    changed.next_try.reset();
    changed.backoff = {};
  }
  const Duration life_before = life(*peer, wanted.protocol);
  Need* need = find(*peer, wanted.protocol);
  if (need == nullptr)
    need = needs_.emplace_back(std::make_unique<Need>()).get();
  *need = std::move(changed);
  if (life(*peer, wanted.protocol) != life_before)
    retime(*need);
  known_clients_.insert(wanted.client);
  name_clients(*need);
  if (core_.tunables.kmdb_request_rows) {
    keytable::Row row;
    row.admin_key_name = "request-" + wanted.client;
    row.peers = {peer->config.endpoint.address};
    row.protocol = "requested";
    row.key = Secret(Octets{0});
    row.direction = keytable::Direction::disabled;
    (void)core_.table.insert(std::move(row));
  }
  if (core_.tunables.kmdb_tells_latecomers)
    tell_what_stands(*need, wanted.client);
  if (!core_.tunables.kmdb_asks_once && need->active() && !being_made(*need))
    begin(*need);
  return {};
}

Result<void> Kmdb::withdraw(std::string_view client, std::string_view peer_name,
                            std::uint8_t protocol) {
  const Peer* peer = core_.find_peer(peer_name);
  Need* need = peer == nullptr ? nullptr : find(*peer, protocol);
  const Duration life_before = peer == nullptr ? Duration::zero() : life(*peer, protocol);
  const auto gone = need == nullptr ? 0 : std::erase_if(need->clients, [&](const auto& one) {
    return one.client == client;
  });
  if (gone == 0)
    return fail(ErrorCode::not_found, "'" + std::string(client) + "' has not asked for such a key");
  name_clients(*need);
  if (life(*peer, protocol) != life_before)
    retime(*need);
  if (!need->clients.empty() && core_.tunables.kmdb_shared)
    return {};
  // What has not been sent is not wanted any more; what was begun is dealt with when it is there.
  for (IkeSa* sa : peer->sas)
    std::erase_if(sa->tasks, [&](const Task& task) { return makes_key(core_, task, protocol); });
  std::vector<Child*> all;
  for (const auto& child : peer->children)
    if (is_of(*child, protocol) && core_.tunables.kmdb_withdraw_purges)
      all.push_back(child.get());
  std::vector<std::uint64_t> numbers;
  for (const Child* child : all)
    numbers.push_back(child->number);
  for (const std::uint64_t number : numbers)
    if (Child* child = find_child(core_, number))
      purge_child(core_, *child);
  return {};
}

Result<void> Kmdb::purge(std::string_view admin_key_name) {
  for (const auto& peer : core_.peers)
    for (const auto& child : peer->children) {
      if (child->kind != ChildKind::tcp_ao || child->purged ||
          child->admin_key_name != admin_key_name)
        continue;
      if (Need* need = find(*peer, child->protocol)) {
        need->at_once = true;
        need->backoff = {};
      }
      const bool alone = child->sa == nullptr && core_.tunables.kmdb_purge_opens &&
                         core_.established_with(*peer) == nullptr;
      if (alone)
        ike::start_ike_sa_init(core_, *peer, child->protocol);
      purge_child(core_, *child);
      return {};
    }
  return fail(ErrorCode::not_found, "RKMP has made no row '" + std::string(admin_key_name) + "'");
}

// --- what it means for RKMP ----------------------------------------------------------------------

std::vector<TcpAoPair> Kmdb::permitted_pairs(const Need& need) const {
  const ProtocolPolicy* policy = need.peer->config.policy(need.protocol);
  if (policy == nullptr)
    return {};
  std::vector<TcpAoPair> pairs = policy->pairs;
  if (!core_.tunables.kmdb_restricts)
    return pairs;
  // The order is that of the oldest client that has one.
  for (auto request = need.clients.rbegin(); request != need.clients.rend(); ++request) {
    if (request->pairs.empty())
      continue;
    std::vector<TcpAoPair> both;
    for (const TcpAoPair& pair : request->pairs)
      if (std::find(pairs.begin(), pairs.end(), pair) != pairs.end())
        both.push_back(pair);
    pairs = std::move(both);
  }
  return pairs;
}

ProtocolPolicy Kmdb::permitted(const Peer& peer, const ProtocolPolicy& policy) const {
  ProtocolPolicy result = policy;
  if (const Need* need = find(peer, policy.protocol); need != nullptr && !need->clients.empty())
    result.pairs = permitted_pairs(*need);
  return result;
}

Duration Kmdb::life(const Peer& peer, std::uint8_t protocol) const {
  Duration shortest = core_.gatekeeper.life(peer, protocol).value_or(core_.tunables.key_life);
  bool asked = false;
  if (const Need* need = find(peer, protocol))
    for (const KeyRequest& request : need->clients)
      if (request.life &&
          (!asked || (*request.life < shortest && core_.tunables.kmdb_shortest_life))) {
        shortest = *request.life;
        asked = true;
      }
  return shortest;
}

std::string Kmdb::clients(const Peer& peer, std::uint8_t protocol) const {
  std::string names;
  if (const Need* need = find(peer, protocol))
    for (const KeyRequest& request : need->clients) {
      if (!names.empty() && !core_.tunables.row_names_all_clients)
        break;
      names += (names.empty() ? "" : ",") + request.client;
    }
  return names;
}

void Kmdb::name_clients(const Need& need) {
  const std::string names = clients(*need.peer, need.protocol);
  for (const auto& child : need.peer->children) {
    keytable::Row* row =
        is_of(*child, need.protocol) ? core_.table.find(child->admin_key_name) : nullptr;
    if (row == nullptr)
      continue;
    if (names.empty())
      row->protocol_specific_info.erase("clients");
    else
      row->protocol_specific_info["clients"] = names;
  }
}

void Kmdb::retime(const Need& need) {
  for (const auto& child : need.peer->children) {
    if (!is_of(*child, need.protocol) || child->state != Child::State::live || child->deleting)
      continue;
    child->rekey_at = time_to_rekey(core_, *child);
    core_.schedule(*child);
  }
}

const Child* Kmdb::key_of(const Need& need, bool standing) const {
  const auto pairs = permitted_pairs(need);
  for (auto at = need.peer->children.rbegin(); at != need.peer->children.rend(); ++at) {
    const Child& child = **at;
    if (!is_of(child, need.protocol) || child.state != Child::State::live || child.deleting)
      continue;
    if (standing)
      return &child;
    const TcpAoPair pair{child.auth_alg, child.kdf};
    const bool fits = std::find(pairs.begin(), pairs.end(), pair) != pairs.end() ||
                      !core_.tunables.kmdb_heeds_changes;
    if (fits)
      return &child;
  }
  return nullptr;
}

bool Kmdb::being_made(const Need& need) const {
  for (const IkeSa* sa : need.peer->sas) {
    const bool opening = sa->state == IkeState::init_sent || sa->state == IkeState::auth_sent;
    if (opening && sa->first_protocol == need.protocol)
      return true;
    for (const Task& task : sa->tasks)
      if (makes_key(core_, task, need.protocol))
        return true;
    for (const Exchange& exchange : sa->outstanding)
      if (is_create_child(exchange) && makes_key(core_, exchange.task, need.protocol))
        return true;
  }
  return false;
}

void Kmdb::begin(Need& need) {
  need.trying = true;
  need.next_try.reset();
  need.last_error.clear();
  need.no_answer = false;
  IkeSa* sa = core_.tunables.kmdb_reuses_ike ? core_.established_with(*need.peer) : nullptr;
  if (sa == nullptr)
    sa = core_.opening_with(*need.peer);
  if (sa == nullptr) {
    (void)ike::start_ike_sa_init(core_, *need.peer, need.protocol);
    return;
  }
  Task task;
  task.kind = Task::Kind::create_child;
  task.protocol = need.protocol;
  if (const Child* old = key_of(need, true); old != nullptr && old->sa == sa) {
    task.kind = Task::Kind::rekey_child;
    task.child = old->number;
  }
  sa->tasks.push_back(task);
  core_.touch(*sa);
}

// Doubles from one to the next, and is up to a quarter longer, but never more than the longest.
Duration Kmdb::next_wait(Need& need) {
  const Tunables& tunables = core_.tunables;
  const Duration plain = std::max(need.backoff, tunables.kmdb_retry_first);
  need.backoff = std::min(plain * 2, tunables.kmdb_retry_most);
  const auto jitter = static_cast<std::int64_t>(core_.random.u64() % 1024);
  return std::min(plain + plain / 4 * jitter / 1024, tunables.kmdb_retry_most);
}

void Kmdb::wait(Need& need) {
  ++need.tries;
  need.next_try = core_.now + next_wait(need);
  tell_failure(need);
}

void Kmdb::watch_refresh(Need& need, const Child& key) {
  if (being_made(need)) {
    if (need.replacing == 0) {
      need.replacing = key.number;
      need.last_error.clear();
      need.no_answer = false;
    }
    return;
  }
  if (std::exchange(need.replacing, 0) == key.number)
    tell_failure(need);
}

void Kmdb::tell_failure(const Need& need) {
  Notification notification;
  notification.kind = "request-failed";
  notification.reason = need.no_answer ? "no-answer" : "refused";
  notification.text = need.last_error.empty() ? "no key has come about" : need.last_error;
  if (core_.tunables.kmdb_tells_failures)
    tell_all(&need, notification);
}

Kmdb::Step Kmdb::reconcile(Need& need) {
  if (need.clients.empty()) {
    // The last client withdrew while an exchange was under way.
    for (const auto& child : need.peer->children)
      if (is_of(*child, need.protocol) && child->made_by_us && need.trying && !child->purged &&
          core_.tunables.kmdb_withdraw_purges) {
        purge_child(core_, *child);
        return Step::begun;
      }
    return being_made(need) ? Step::nothing : Step::done;
  }
  if (const Child* key = key_of(need, false)) {
    if (key->number != need.key)
      need.keyed = core_.now;
    need.key = key->number;
    need.tries = 0;
    need.trying = need.at_once = false;
    need.next_try.reset();
    watch_refresh(need, *key);
    return Step::nothing;
  }
  need.replacing = 0;
  if (being_made(need)) {
    need.trying = true;
    return Step::nothing;
  }
  if (!core_.tunables.kmdb_starts || (!need.active() && core_.tunables.kmdb_passive_waits)) {
    need.trying = false;
    return Step::nothing;
  }
  if (need.trying) {
    need.trying = false;
    wait(need);
    return Step::nothing;
  }
  if (need.tries != 0 && !core_.tunables.kmdb_retries)
    return Step::nothing;
  if (!need.next_try) {
    const bool lost = need.key != 0 && !need.at_once && key_of(need, true) == nullptr;
    if (lost && !core_.tunables.kmdb_replaces_lost)
      return Step::nothing;
    if (core_.now - need.keyed >= core_.tunables.kmdb_retry_most)
      need.backoff = {};
    // The peer has taken it away, and may do so again.
    need.next_try = lost ? core_.now + next_wait(need) : core_.now;
  }
  need.at_once = false;
  if (*need.next_try > core_.now)
    return Step::nothing;
  begin(need);
  return Step::begun;
}

bool Kmdb::reconcile() {
  bool begun = false;
  for (std::size_t i = 0; i < needs_.size();) {
    const Step step = reconcile(*needs_[i]);
    begun = begun || step == Step::begun;
    if (step == Step::done)
      needs_.erase(needs_.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
  return begun;
}

std::optional<Time> Kmdb::deadline() const {
  std::optional<Time> soonest;
  for (const auto& need : needs_) {
    if (!need->active() || need->trying || !core_.tunables.kmdb_starts)
      continue;
    std::optional<Time> time = need->next_try;
    if (need->tries != 0 && !core_.tunables.kmdb_retries)
      time.reset();
    if (time && (!soonest || *time < *soonest))
      soonest = time;
  }
  return soonest;
}

RequestState Kmdb::state_of(const Need& need) const {
  if (key_of(need, true) != nullptr)
    return being_made(need) ? RequestState::rekeying : RequestState::keyed;
  if (need.trying)
    return RequestState::negotiating;
  return need.active() ? RequestState::failed : RequestState::idle;
}

std::optional<RequestState> Kmdb::state(const Peer& peer, std::uint8_t protocol) const {
  const Need* need = find(peer, protocol);
  return need == nullptr ? std::nullopt : std::optional(state_of(*need));
}

void Kmdb::begin_another(Peer& peer, std::uint8_t protocol) {
  IkeSa* sa = core_.established_with(peer);
  if (sa == nullptr)
    sa = core_.opening_with(peer);
  if (sa == nullptr) {
    (void)ike::start_ike_sa_init(core_, peer, protocol);
    return;
  }
  Task task;
  task.kind = Task::Kind::create_child;
  task.protocol = protocol;
  sa->tasks.push_back(task);
  core_.touch(*sa);
}

std::vector<RequestInfo> Kmdb::requests() const {
  std::vector<RequestInfo> result;
  for (const auto& need : needs_)
    for (const KeyRequest& request : need->clients) {
      RequestInfo info;
      info.request = request;
      info.state = state_of(*need);
      info.tries = need->tries;
      info.next_try = need->next_try;
      for (const auto& child : need->peer->children)
        if (is_of(*child, need->protocol) && core_.table.find(child->admin_key_name) != nullptr)
          info.rows.push_back(child->admin_key_name);
      result.push_back(std::move(info));
    }
  return result;
}

}  // namespace karpspec::oracle::kmdb
