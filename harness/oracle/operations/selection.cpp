#include <algorithm>

#include "oracle/core.h"
#include "oracle/operations/management.h"

// Which key is for what (RFC 7210 section 3). What a faulty router overlooks is made to fit before
// the table's own selection sees it.
namespace karpspec::oracle::operations {
namespace {

using keytable::Direction;
using keytable::Row;
using keytable::Table;

// The rows as they look to a router that overlooks something, in the table's order.
Table as_seen(const Table& table, TableOverlooks overlooks, const keytable::Query& query,
              bool to_send) {
  Table seen;
  for (const Row& row : table.rows()) {
    Row other = row.clone();
    switch (overlooks) {
      case TableOverlooks::peer:
        other.peers = {std::string(query.peer)};
        break;
      case TableOverlooks::interface:
        other.interfaces = {"all"};
        break;
      case TableOverlooks::protocol:
        other.protocol = query.protocol;
        break;
      case TableOverlooks::direction:
        if (other.direction != Direction::disabled)
          other.direction = Direction::both;
        break;
      case TableOverlooks::disabled:
        if (other.direction == Direction::disabled)
          other.direction = Direction::both;
        break;
      case TableOverlooks::send_lifetime:
        if (to_send)
          other.send_lifetime_end = std::max(other.send_lifetime_end, query.now);
        break;
      case TableOverlooks::send_start:
        if (to_send)
          other.send_lifetime_start = std::min(other.send_lifetime_start, query.now);
        break;
      case TableOverlooks::accept_lifetime:
        other.accept_lifetime_end = std::max(other.accept_lifetime_end, query.now);
        break;
      case TableOverlooks::accept_start:
        other.accept_lifetime_start = std::min(other.accept_lifetime_start, query.now);
        break;
      case TableOverlooks::last_second:
        other.send_lifetime_end -= std::chrono::seconds{1};
        other.accept_lifetime_end -= std::chrono::seconds{1};
        break;
      case TableOverlooks::first_second:
        other.send_lifetime_start += std::chrono::seconds{1};
        other.accept_lifetime_start += std::chrono::seconds{1};
        break;
      case TableOverlooks::other_peers:
        other.peers.resize(1);
        break;
      case TableOverlooks::other_interfaces:
        other.interfaces.resize(1);
        break;
      case TableOverlooks::all:
        std::erase(other.interfaces, "all");
        break;
      case TableOverlooks::scopes:
        std::erase_if(other.peers, [](const std::string& peer) {
          return keytable::form_of(peer) != keytable::PeerForm::peer;
        });
        break;
      case TableOverlooks::nothing:
      case TableOverlooks::key_name:
      case TableOverlooks::preference:
      case TableOverlooks::recency:
      case TableOverlooks::old_keys:
      case TableOverlooks::unnamed:
      case TableOverlooks::vrf:
        break;
    }
    (void)seen.insert(std::move(other));
  }
  return seen;
}

// The one of the rows that may send whose sending began first.
const Row* oldest(const Table& table, const keytable::Query& query) {
  const Row* best = nullptr;
  for (const Row& row : table.rows()) {
    Table alone;
    (void)alone.insert(row.clone());
    if (keytable::select_to_send(alone, query) != nullptr &&
        (best == nullptr || row.send_lifetime_start < best->send_lifetime_start))
      best = &row;
  }
  return best;
}

}  // namespace

const Row* Management::to_send(const Subject& subject, Time now,
                               const std::vector<std::string>& preferred) const {
  const Table* own = table(subject.vrf);
  if (own == nullptr)
    return nullptr;
  const keytable::Query query{subject.protocol, subject.peer, subject.interface, now};
  const TableOverlooks overlooks = core_.tunables.table_overlooks;
  if (overlooks == TableOverlooks::nothing)
    return keytable::select_to_send(*own, query, preferred);
  const Table seen = as_seen(*own, overlooks, query, true);
  const Row* found = overlooks == TableOverlooks::recency ? oldest(seen, query)
                     : overlooks == TableOverlooks::preference
                         ? keytable::select_to_send(seen, query)
                         : keytable::select_to_send(seen, query, preferred);
  return found == nullptr ? nullptr : own->find(found->admin_key_name);
}

std::vector<const Row*> Management::to_accept(
    const Subject& subject, Time now, const std::optional<std::string>& local_key_name) const {
  const Table* own = table(subject.vrf);
  if (own == nullptr)
    return {};
  const keytable::Query query{subject.protocol, subject.peer, subject.interface, now};
  const TableOverlooks overlooks = core_.tunables.table_overlooks;
  const auto name = local_key_name && overlooks != TableOverlooks::key_name
                        ? std::optional<std::string_view>(*local_key_name)
                        : std::nullopt;
  if (overlooks == TableOverlooks::nothing)
    return keytable::select_to_accept(*own, query, name);
  const Table seen = as_seen(*own, overlooks, query, false);
  std::vector<const Row*> rows;
  for (const Row* row : keytable::select_to_accept(seen, query, name))
    rows.push_back(own->find(row->admin_key_name));
  if (overlooks == TableOverlooks::old_keys)
    std::erase_if(rows, [sent = keytable::select_to_send(*own, query)](const Row* row) {
      return row != sent;
    });
  if (overlooks == TableOverlooks::unnamed && rows.size() > 1)
    rows.resize(1);
  return rows;
}

const std::string& Management::name_of(const Row& row) const {
  return core_.tunables.local_name_on_the_wire ? row.local_key_name
                                               : keytable::name_on_the_wire(row);
}

}  // namespace karpspec::oracle::operations
