#include "keytable/selection.h"

#include <algorithm>

#include "keytable/key_name.h"
#include "keytable/socket_pattern.h"

namespace karpspec::keytable {
namespace {

constexpr const char* every_interface = "all";

bool has(const std::vector<std::string>& set, std::string_view member) {
  return std::find(set.begin(), set.end(), member) != set.end();
}

// Of a row of the query's protocol and peer.
bool is_for_interface(const Row& row, const Query& query) {
  return query.interface.empty() || has(row.interfaces, query.interface) ||
         has(row.interfaces, every_interface);
}

// A is to be taken before B.
bool more_recent(const Row& a, const Row& b) {
  if (a.send_lifetime_start != b.send_lifetime_start)
    return a.send_lifetime_start > b.send_lifetime_start;
  if (a.send_lifetime_end != b.send_lifetime_end)
    return a.send_lifetime_end > b.send_lifetime_end;
  if (const auto order = compare_key_names(a.local_key_name, b.local_key_name); order != 0)
    return order < 0;
  return a.admin_key_name < b.admin_key_name;
}

std::size_t rank(const Row& row, std::span<const std::string> preferred) {
  return static_cast<std::size_t>(std::find(preferred.begin(), preferred.end(), row.alg_id) -
                                  preferred.begin());
}

std::string_view name_space(const Row& row, const Rulebook& book) {
  const Mechanism* mechanism = book.mechanism(row.protocol, row.alg_id);
  return mechanism == nullptr ? std::string_view() : mechanism->name_space;
}

bool may_receive(const Row& row) {
  return row.direction == Direction::in || row.direction == Direction::both;
}

// Whether a connection could be of both. What is no pattern excludes nothing.
bool one_connection(const Row& a, const Row& b) {
  const auto of_a = sockets_of(a), of_b = sockets_of(b);
  return !of_a || !of_b || of_a->overlaps(*of_b);
}

bool received_together(const Row& a, const Row& b) {
  return may_receive(a) && may_receive(b) && a.accept_lifetime_start <= b.accept_lifetime_end &&
         b.accept_lifetime_start <= a.accept_lifetime_end && scopes_overlap(a, b) &&
         one_connection(a, b);
}

bool share(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& one) { return has(b, one); });
}

}  // namespace

const Row* select_to_send(const Table& table, const Query& query,
                          std::span<const std::string> preferred) {
  const Row* best = nullptr;
  for (const Row* row : table.rows_of(query.protocol, query.peer)) {
    if (!is_for_interface(*row, query) || !row->may_send(query.now))
      continue;
    if (best == nullptr) {
      best = row;
      continue;
    }
    const std::size_t own = rank(*row, preferred), other = rank(*best, preferred);
    if (own < other || (own == other && more_recent(*row, *best)))
      best = row;
  }
  return best;
}

std::vector<const Row*> select_to_accept(const Table& table, const Query& query,
                                         std::optional<std::string_view> local_key_name) {
  std::vector<const Row*> rows;
  for (const Row* row : table.rows_of(query.protocol, query.peer)) {
    if (!is_for_interface(*row, query) || !row->may_accept(query.now))
      continue;
    if (local_key_name && compare_key_names(row->local_key_name, *local_key_name) != 0)
      continue;
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(),
            [](const Row* a, const Row* b) { return more_recent(*a, *b); });
  return rows;
}

const std::string& name_on_the_wire(const Row& row) {
  return row.peer_key_name.empty() ? row.local_key_name : row.peer_key_name;
}

bool scopes_overlap(const Row& a, const Row& b) {
  return a.protocol == b.protocol && share(a.peers, b.peers) &&
         (has(a.interfaces, every_interface) || has(b.interfaces, every_interface) ||
          share(a.interfaces, b.interfaces));
}

bool names_clash(const Row& a, const Row& b, const Rulebook& book) {
  return !a.local_key_name.empty() && compare_key_names(a.local_key_name, b.local_key_name) == 0 &&
         name_space(a, book) == name_space(b, book) && received_together(a, b);
}

bool send_ids_clash(const Row& a, const Row& b, const Rulebook& book) {
  const Mechanism* mechanism = book.mechanism(a.protocol, a.alg_id);
  return mechanism != nullptr && mechanism->peer_name == Mechanism::PeerName::own &&
         !a.peer_key_name.empty() && compare_key_names(a.peer_key_name, b.peer_key_name) == 0 &&
         mechanism->name_space == name_space(b, book) && received_together(a, b);
}

}  // namespace karpspec::keytable
