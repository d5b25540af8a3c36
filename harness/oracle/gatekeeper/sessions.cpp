#include <algorithm>

#include "oracle/child.h"
#include "oracle/core.h"
#include "wire/spi_text.h"

// From a routing protocol's wish for a connection to RKMP's trigger, and what it may do meanwhile
// (framework sections 3.1.1, 3.3 and 7.1; profile P-28, P-102, P-104, P-108).
//
//   Closed --open, a key stands--> Open
//   Closed --open, no key--> Waiting --key--> Open
//   Open --its key goes--> Waiting
//   any --close--> Closed; of a full socket pair the key ends with its connection
namespace karpspec::oracle::gatekeeper {

Gatekeeper::Entry* Gatekeeper::find(std::string_view name) const {
  for (const auto& entry : entries_)
    if (entry->record.name == name)
      return entry.get();
  return nullptr;
}

Gatekeeper::Entry* Gatekeeper::best_for(std::string_view protocol,
                                        const tcpao::ConnectionEnds& ends) const {
  Entry* best = nullptr;
  for (const auto& entry : entries_) {
    tcpao::SocketPattern sockets = entry->record.sockets;
    if (!core_.tunables.gk_full_pair_known && !ends.local_port)
      sockets.local_port = {};
    if (entry->record.protocol != protocol || !sockets.matches(ends))
      continue;
    if (best == nullptr || (core_.tunables.gk_most_specific &&
                            entry->record.sockets.more_specific_than(best->record.sockets)))
      best = entry.get();
  }
  return best;
}

std::vector<Child*> Gatekeeper::keys_of(const Entry& entry) const {
  std::vector<Child*> keys;
  for (const auto& peer : core_.peers) {
    if (peer->config.name != entry.record.peer &&
        (peer->group == nullptr || peer->group->config.name != entry.record.peer))
      continue;
    for (const auto& child : peer->children)
      if (child->record == entry.record.name && !child->purged)
        keys.push_back(child.get());
  }
  return keys;
}

bool Gatekeeper::has_key(const Entry& entry) const {
  if (!entry.by_kmp())
    return core_.table.find(manual_row(entry.record)) != nullptr;
  if (!core_.tunables.gk_key_per_connection)
    for (const keytable::Row& row : core_.table.rows())
      if (row.protocol == entry.record.protocol)
        return true;
  const std::vector<Child*> keys = keys_of(entry);
  return std::any_of(keys.begin(), keys.end(), [&](const Child* child) {
    return child->state != Child::State::withdrawn &&
           core_.table.find(child->admin_key_name) != nullptr;
  });
}

void Gatekeeper::set_connection(Entry& entry, ConnectionState state, const char* why) {
  if (entry.connection == state)
    return;
  const bool was_open = std::exchange(entry.connection, state) == ConnectionState::open;
  if (state == ConnectionState::open)
    note(entry, "session-open", why);
  else if (was_open)
    note(entry, "session-reset", why);
}

Result<void> Gatekeeper::ask(const Entry& entry) {
  const Peer* peer = core_.find_peer(entry.record.peer);
  if (peer == nullptr)
    return fail(ErrorCode::bad_value, "the PAD has no entry '" + entry.record.peer + "'");
  // The peer will look for a record in the same way.
  if (lookup(*peer, entry.protocol(), peer->config.endpoint.address) != &entry)
    return fail(ErrorCode::bad_value, "RKMP could not tell the keys of '" + entry.record.name +
                                          "' from those of another record");
  kmdb::KeyRequest request;
  request.client = entry.record.name;
  request.peer = entry.record.peer;
  request.protocol = entry.protocol();
  return core_.kmdb.request(request);
}

Result<Opened> Gatekeeper::open(std::string_view protocol, const tcpao::ConnectionEnds& ends) {
  Entry* entry = best_for(protocol, ends);
  const Tunables& tunables = core_.tunables;
  if (entry == nullptr && !tunables.gk_record_needed && !entries_.empty())
    entry = entries_.front().get();
  if (entry == nullptr)
    return fail(ErrorCode::not_found, "no record is for such a connection");
  const bool asks = entry->by_kmp() ? tunables.gk_triggers : tunables.gk_manual_asks_kmp;
  const bool again = entry->connection == ConnectionState::waiting;
  if (asks && entry->by_kmp()) {
    KARPSPEC_CHECK(ask(*entry));
    Peer* peer = core_.find_peer(entry->record.peer);
    if ((again && !tunables.gk_coalesces) || (has_key(*entry) && !tunables.gk_reuses_key))
      core_.kmdb.begin_another(*peer, entry->protocol());
  } else if (asks && !core_.peers.empty()) {
    core_.kmdb.begin_another(*core_.peers.front(), entry->protocol());
  }
  if (has_key(*entry) || !tunables.gk_waits_for_key)
    set_connection(*entry, ConnectionState::open, "a key protects it");
  else
    set_connection(*entry, ConnectionState::waiting, "it waits for a key");
  return Opened{entry->record.name, entry->connection};
}

Result<void> Gatekeeper::close(std::string_view protocol, const tcpao::ConnectionEnds& ends) {
  Entry* entry = best_for(protocol, ends);
  if (entry == nullptr || entry->connection == ConnectionState::closed)
    return fail(ErrorCode::not_found, "there is no such connection");
  set_connection(*entry, ConnectionState::closed, "its routing protocol has closed it");
  // A later one may have any other key, but not this one (framework section 3.1.1, item 4).
  if (entry->by_kmp() && entry->record.sockets.full() && core_.tunables.gk_full_pair_anew)
    take_away(entry->record);
  return {};
}

RecordState Gatekeeper::state_of(const Entry& entry) const {
  if (!entry.by_kmp())
    return RecordState::fixed;
  const Peer* peer = core_.find_peer(entry.record.peer);
  const auto state = peer == nullptr ? std::nullopt : core_.kmdb.state(*peer, entry.protocol());
  const bool ours =
      peer != nullptr && lookup(*peer, entry.protocol(), peer->config.endpoint.address) == &entry;
  if (state && ours)
    switch (*state) {
      case kmdb::RequestState::idle:
        return RecordState::idle;
      case kmdb::RequestState::negotiating:
        return RecordState::negotiating;
      case kmdb::RequestState::keyed:
        return RecordState::keyed;
      case kmdb::RequestState::rekeying:
        return RecordState::rekeying;
      case kmdb::RequestState::failed:
        return RecordState::failed;
    }
  return has_key(entry) ? RecordState::keyed : RecordState::idle;
}

std::vector<RecordInfo> Gatekeeper::records() const {
  const Tunables& tunables = core_.tunables;
  std::vector<RecordInfo> result;
  for (const auto& entry : entries_) {
    RecordInfo info;
    info.record = &entry->record;
    info.state = state_of(*entry);
    info.connection = entry->connection;
    info.names_peer = tunables.gk_names_pad;
    if (!entry->by_kmp() && has_key(*entry) && tunables.gk_names_rows)
      info.rows = {manual_row(entry->record)};
    for (const Child* child : keys_of(*entry)) {
      if (core_.table.find(child->admin_key_name) == nullptr)
        continue;
      if (tunables.gk_names_rows)
        info.rows.push_back(child->admin_key_name);
      if (child->state != Child::State::live || child->sa == nullptr)
        continue;
      const Octets id = {child->recv_id};
      info.session = wire::spi_text(child->sa->spi_i) + wire::spi_text(child->sa->spi_r);
      if (!tunables.gk_names_session)
        info.session = std::string(32, '0');
      info.session += to_hex(id);
    }
    result.push_back(std::move(info));
  }
  return result;
}

void Gatekeeper::reconcile() {
  if (!used_)
    return;
  while (!renewals_.empty() && renewals_.front().until <= core_.now) {
    const Renewal renewal = renewals_.front();
    renewals_.pop_front();
    std::vector<std::uint64_t> old;
    // A member of a group may have been forgotten meanwhile, with all its keys.
    if (std::none_of(core_.peers.begin(), core_.peers.end(),
                     [&](const auto& peer) { return peer.get() == renewal.peer; }))
      continue;
    for (const auto& child : renewal.peer->children)
      if (child->kind == ChildKind::tcp_ao && child->installed < renewal.before && !child->purged)
        old.push_back(child->number);
    for (const std::uint64_t number : old)
      if (Child* child = find_child(core_, number))
        purge_child(core_, *child);
  }
  for (const auto& entry : entries_) {
    for (Child* child : keys_of(*entry)) {
      const Duration life = core_.kmdb.life(*child->peer, child->protocol);
      if (!entry->by_kmp() || child->state != Child::State::live || child->deleting ||
          child->overdue || !core_.tunables.gk_overdue_goes_on || life <= Duration::zero() ||
          child->made + life > core_.now)
        continue;
      // To lose the routing is worse than an old key (profile P-109).
      child->overdue = true;
      child->remove_at.reset();
      if (keytable::Row* row = core_.table.find(child->admin_key_name)) {
        row->send_lifetime_end = keytable::always_end;
        row->accept_lifetime_end = keytable::always_end;
      }
      if (!child->rekey_at)
        child->rekey_at = core_.now + std::chrono::seconds{60};
      core_.schedule(*child);
      if (core_.tunables.gk_alarms)
        note(*entry, "rekey-overdue", "the key is used beyond its lifetime: there is no other");
    }
    if (entry->connection == ConnectionState::waiting && has_key(*entry))
      set_connection(*entry, ConnectionState::open, "a key protects it");
    else if (entry->connection == ConnectionState::open && !has_key(*entry) &&
             core_.tunables.gk_waits_for_key)
      set_connection(*entry, ConnectionState::waiting, "its key is gone");
  }
}

std::optional<Time> Gatekeeper::deadline() const {
  std::optional<Time> soonest;
  const auto at = [&](Time time) {
    if (!soonest || time < *soonest)
      soonest = time;
  };
  for (const Renewal& renewal : renewals_)
    at(renewal.until);
  for (const auto& entry : entries_) {
    if (!core_.tunables.gk_overdue_goes_on)
      break;
    for (const Child* child : keys_of(*entry)) {
      const Duration life = core_.kmdb.life(*child->peer, child->protocol);
      if (child->state == Child::State::live && !child->deleting && !child->overdue &&
          life > Duration::zero())
        at(child->made + life);
    }
  }
  return soonest;
}

}  // namespace karpspec::oracle::gatekeeper
