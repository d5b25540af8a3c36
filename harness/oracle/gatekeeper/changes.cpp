#include <algorithm>

#include "oracle/child.h"
#include "oracle/core.h"
#include "oracle/ike/exchanges.h"

// What an operator does to records and PAD entries (framework sections 3.3.2 and 3.4; profile
// P-101, P-110 to P-112).
//
//   record changed    --> another negotiation is begun, the session reset, the old key and its row
//                         taken away, and the session comes up with the new key
//   PAD entry changed --> of each who was admitted by it: the old IKE SA ends, initial exchanges, a
//   key for every protocol that has
//                         one; what is older goes as soon as it is replaced, or after 30 s
//   record removed    --> key, row and MKT go, with a Delete; and the IKE SA, if nothing needs it
namespace karpspec::oracle::gatekeeper {

namespace {

keytable::Row row_of(const Record& record) {
  keytable::Row row;
  row.admin_key_name = manual_row(record);
  row.local_key_name = record.local_key_name;
  row.peer_key_name = record.peer_key_name;
  row.peers = {record.sockets.remote.to_text()};
  row.protocol = record.protocol;
  row.kdf = record.kdfs.empty() ? "" : record.kdfs.front();
  row.alg_id = record.macs.empty() ? "" : record.macs.front();
  row.key = record.key.clone();
  row.protocol_specific_info = {{"origin", "manual"},
                                {"laddr", record.sockets.local.to_text()},
                                {"raddr", record.sockets.remote.to_text()},
                                {"lport", record.sockets.local_port.to_text()},
                                {"rport", record.sockets.remote_port.to_text()}};
  if (tcpao::is_tcp_ao(row))
    row.protocol_specific_info["options"] = record.exclude_options ? "exclude" : "include";
  return row;
}

// Whether what was agreed on under A is good under B.
bool same_policy(const Record& a, const Record& b) {
  return a.protocol == b.protocol && a.sockets == b.sockets && a.peer == b.peer &&
         a.macs == b.macs && a.kdfs == b.kdfs && a.exclude_options == b.exclude_options &&
         a.mode == b.mode && a.local_key_name == b.local_key_name &&
         a.peer_key_name == b.peer_key_name && equal_in_constant_time(a.key.view(), b.key.view());
}

}  // namespace

void Gatekeeper::use() {
  used_ = true;
  for (const auto& peer : core_.peers)
    sync(peer->config.name);
}

void Gatekeeper::note(const Entry& entry, const char* kind, const std::string& text) {
  core_.event(kind, text,
              {{"record", entry.record.name},
               {"protocol", entry.record.protocol},
               {"peer", entry.record.peer}});
}

Result<void> Gatekeeper::fits_in(const Record& record) const {
  const Tunables& tunables = core_.tunables;
  if (record.mode == Mode::kmp && tunables.gk_checks_pad) {
    const Peer* peer = core_.find_peer(record.peer);
    if (peer == nullptr || peer->config.child != ChildKind::tcp_ao)
      return fail(ErrorCode::bad_value, "peer: the PAD has no entry '" + record.peer + "'");
  }
  for (const auto& entry : entries_) {
    const Record& other = entry->record;
    if (other.name == record.name || other.protocol != record.protocol || !tunables.gk_refuses_ties)
      continue;
    if (record.sockets.overlaps(other.sockets) &&
        !record.sockets.more_specific_than(other.sockets) &&
        !other.sockets.more_specific_than(record.sockets))
      return fail(ErrorCode::bad_value, "remote: a connection could fall under this record and '" +
                                            other.name + "', and neither is more specific");
    if (record.mode == Mode::kmp && other.mode == Mode::kmp && record.peer == other.peer &&
        record.sockets.remote == other.sockets.remote)
      return fail(ErrorCode::bad_value,
                  "peer: RKMP could not tell this record's keys from those of '" + other.name +
                      "', which has the same PAD entry and remote address");
  }
  return {};
}

void Gatekeeper::sync(std::string_view name) {
  if (!used_)
    return;
  for (const auto& peer : core_.peers) {
    if (peer->config.name != name && (peer->group == nullptr || peer->group->config.name != name))
      continue;
    std::vector<ProtocolPolicy> policies;
    for (const auto& entry : entries_) {
      if (!entry->by_kmp() || entry->record.peer != name ||
          std::any_of(policies.begin(), policies.end(), [&](const ProtocolPolicy& policy) {
            return policy.protocol == entry->protocol();
          }))
        continue;
      if (auto known = policy(*peer, entry->protocol(), peer->config.endpoint.address))
        policies.push_back(*std::move(known));
    }
    peer->config.protocols = std::move(policies);
  }
}

Result<void> Gatekeeper::set(Record record) {
  if (core_.tunables.gk_validates)
    KARPSPEC_CHECK(validate(record));
  if (!record.mode)
    record.mode = record.key.empty() ? Mode::kmp : Mode::manual;
  KARPSPEC_CHECK(fits_in(record));
  if (record.mode == Mode::manual)
    KARPSPEC_CHECK(fits_table(record));
  if (!core_.tunables.gk_keeps_all && !record.macs.empty() && !record.kdfs.empty()) {
    record.macs.resize(1);
    record.kdfs.resize(1);
  }
  if (!core_.tunables.gk_keeps_lifetime)
    record.rekey_lifetime = Record().rekey_lifetime;
  if (!used_)
    use();
  Entry* known = find(record.name);
  if (known == nullptr) {
    entries_.push_back(std::make_unique<Entry>());
    Entry& entry = *entries_.back();
    entry.record = std::move(record);
    sync(entry.record.peer);
    return entry.by_kmp() ? Result<void>{} : insert_row(entry.record);
  }
  if (same_policy(known->record, record) && !core_.tunables.gk_lifetime_tears_down) {
    known->record = std::move(record);
    retime(*known);
    // Its row may have been deleted meanwhile.
    if (!known->by_kmp() && !has_key(*known))
      return insert_row(known->record);
    return {};
  }
  change(*known, std::move(record));
  return {};
}

// Another lifetime: the keys that stand follow it (profile P-110).
void Gatekeeper::retime(const Entry& entry) {
  for (Child* child : keys_of(entry)) {
    if (child->state != Child::State::live || child->deleting || child->overdue)
      continue;
    const Duration life = core_.kmdb.life(*child->peer, child->protocol);
    child->rekey_at = time_to_rekey(core_, *child);
    child->remove_at = child->made + life + core_.tunables.key_overlap + removal_grace;
    if (keytable::Row* row = core_.table.find(child->admin_key_name)) {
      row->send_lifetime_end = child->made + life + core_.tunables.send_start_delay;
      row->accept_lifetime_end = child->made + life + core_.tunables.key_overlap;
    }
    core_.schedule(*child);
  }
}

void Gatekeeper::change(Entry& entry, Record record) {
  const Tunables& tunables = core_.tunables;
  Record old = std::move(entry.record);
  entry.record = std::move(record);
  entry.record.mode = entry.record.mode.value_or(Mode::kmp);
  std::vector<std::uint64_t> keys;
  for (const auto& peer : core_.peers)
    for (const auto& child : peer->children)
      if (child->record == old.name && !child->purged)
        keys.push_back(child->number);
  const bool stood = entry.connection != ConnectionState::closed || !keys.empty();
  note(entry, "record-changed", "what is negotiated under it ends");
  sync(old.peer);
  sync(entry.record.peer);

  if (entry.by_kmp() && stood && tunables.gk_change_renegotiates) {
    const bool same = old.mode == Mode::kmp && old.peer == entry.record.peer &&
                      old.protocol == entry.record.protocol;
    auto asked = ask(entry);
    if (asked && same)
      if (Peer* peer = core_.find_peer(entry.record.peer))
        core_.kmdb.begin_another(*peer, entry.protocol());
    if (!asked)
      note(entry, "record-failed", asked.error().message);
  }
  if (tunables.gk_change_tears_down) {
    if (entry.connection == ConnectionState::open)
      set_connection(entry, ConnectionState::waiting, "its record has changed");
    for (const std::uint64_t number : keys)
      if (Child* child = find_child(core_, number))
        purge_child(core_, *child);
    if (old.mode == Mode::manual)
      (void)core_.table.remove(manual_row(old));
    else if (!entry.by_kmp() || old.peer != entry.record.peer ||
             old.protocol != entry.record.protocol)
      take_away(old);
  }
  if (!entry.by_kmp())
    if (auto inserted = insert_row(entry.record); !inserted)
      note(entry, "record-failed", inserted.error().message);
}

// Nothing needs what was agreed on under RECORD, which has no entry any more.
void Gatekeeper::take_away(const Record& record) {
  Peer* peer = core_.find_peer(record.peer);
  const auto protocol = protocol_id(record.protocol);
  if (peer == nullptr || !protocol)
    return;
  (void)core_.kmdb.withdraw(record.name, record.peer, *protocol);
  std::vector<std::uint64_t> numbers;
  for (const auto& child : peer->children)
    if (child->record == record.name && !child->purged)
      numbers.push_back(child->number);
  for (const std::uint64_t number : numbers)
    if (Child* child = find_child(core_, number))
      purge_child(core_, *child);
}

void Gatekeeper::end_unused(Peer& peer) {
  const bool keyed = std::any_of(peer.children.begin(), peer.children.end(),
                                 [](const auto& child) { return !child->purged; });
  const bool needed = std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return entry->by_kmp() && entry->record.peer == peer.config.name &&
           entry->connection != ConnectionState::closed;
  });
  if (keyed || needed || !core_.tunables.gk_removal_ends_ike_sa)
    return;
  const std::vector<IkeSa*> all = peer.sas;
  for (IkeSa* sa : all) {
    if (sa->state != IkeState::established) {
      core_.close(*sa, "its neighbour has been removed");
      continue;
    }
    Task task;
    task.kind = Task::Kind::delete_ike;
    sa->tasks.push_back(task);
    core_.touch(*sa);
  }
}

Result<void> Gatekeeper::remove(std::string_view name) {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const auto& entry) { return entry->record.name == name; });
  if (at == entries_.end())
    return fail(ErrorCode::not_found, "no record is called '" + std::string(name) + "'");
  Entry& entry = **at;
  set_connection(entry, ConnectionState::closed, "its record has been removed");
  const Record record = std::move(entry.record);
  entries_.erase(at);
  sync(record.peer);
  if (record.mode == Mode::manual) {
    (void)core_.table.remove(manual_row(record));
    return {};
  }
  if (!core_.tunables.gk_removal_purges)
    return {};
  take_away(record);
  if (Peer* peer = core_.find_peer(record.peer))
    end_unused(*peer);
  return {};
}

Result<void> Gatekeeper::change_peer(PeerConfig changed) {
  const Tunables& tunables = core_.tunables;
  std::vector<Peer*> concerned;
  for (const auto& peer : core_.peers)
    if (peer->config.name == changed.name)
      concerned.push_back(peer.get());
  if (concerned.empty())
    return fail(ErrorCode::not_found, "the PAD has no entry '" + changed.name + "'");
  // Who was admitted by the entry is authenticated by its new data too.
  if (tunables.gk_pad_reaches_members)
    for (const auto& peer : core_.peers)
      if (peer->group == concerned.front())
        concerned.push_back(peer.get());
  for (Peer* peer : concerned) {
    PeerConfig next = changed.clone();
    next.protocols = peer->config.protocols;
    if (peer != concerned.front()) {
      next.name = peer->config.name;
      next.endpoint = peer->config.endpoint;
      if (next.any_identity)
        next.identity = peer->config.identity;
      next.any_identity = false;
    }
    peer->config = std::move(next);
    if (tunables.gk_pad_reauthenticates)
      authenticate_anew(*peer);
  }
  return {};
}

void Gatekeeper::authenticate_anew(Peer& peer) {
  const Tunables& tunables = core_.tunables;
  core_.event("pad-changed", "the peer is authenticated anew", {{"peer", peer.config.name}});
  std::vector<std::uint8_t> protocols;
  for (const auto& child : peer.children)
    if (child->kind == ChildKind::tcp_ao && child->state == Child::State::live &&
        !child->deleting &&
        std::find(protocols.begin(), protocols.end(), child->protocol) == protocols.end())
      protocols.push_back(child->protocol);
  if (!tunables.gk_pad_renews_all && protocols.size() > 1)
    protocols.resize(1);
  const std::vector<IkeSa*> known = peer.sas;
  for (IkeSa* sa : known) {
    if (!tunables.gk_pad_ends_ike_sa)
      continue;
    if (sa->state != IkeState::established) {
      core_.close(*sa, "the peer's authentication data have changed");
      continue;
    }
    sa->tasks.clear();
    Task task;
    task.kind = Task::Kind::delete_ike;
    sa->tasks.push_back(task);
    core_.touch(*sa);
  }
  renewals_.push_back({&peer, core_.next_order(), core_.now + tunables.gk_pad_patience});
  if (protocols.empty())
    return;
  IkeSa* sa = ike::start_ike_sa_init(core_, peer, protocols.front());
  for (std::size_t i = 1; sa != nullptr && i < protocols.size(); ++i) {
    Task task;
    task.kind = Task::Kind::create_child;
    task.protocol = protocols[i];
    sa->tasks.push_back(task);
  }
}

Result<void> Gatekeeper::fits_table(const Record& record) const {
  if (!core_.tunables.gk_manual_checked || core_.config.rules == nullptr)
    return {};
  std::vector<std::string> leaving = {manual_row(record)};
  for (const auto& peer : core_.peers)
    for (const auto& child : peer->children)
      if (child->record == record.name)
        leaving.push_back(child->admin_key_name);
  return core_.management.permits(row_of(record), leaving);
}

bool Gatekeeper::owns_row(std::string_view admin_key_name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return !entry->by_kmp() && manual_row(entry->record) == admin_key_name;
  });
}

Result<void> Gatekeeper::insert_row(const Record& record) {
  if (!core_.tunables.gk_manual_rows)
    return {};
  // One that a backup has brought gives way (profile P-113).
  (void)core_.table.remove(manual_row(record));
  return core_.table.insert(row_of(record));
}

}  // namespace karpspec::oracle::gatekeeper
