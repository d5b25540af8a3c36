#include "keytable/table.h"

#include <algorithm>

namespace karpspec::keytable {

namespace {

tl::unexpected<Error> no_row(std::string_view name) {
  return fail(ErrorCode::not_found, "no row '" + std::string(name) + "'");
}

}  // namespace

Result<void> Table::insert(Row row) {
  const auto refuse = [&](const char* why) {
    return fail(ErrorCode::bad_value, "row '" + row.admin_key_name + "': " + why);
  };
  if (row.admin_key_name.empty())
    return refuse("AdminKeyName is empty");
  if (row.protocol.empty())
    return refuse("Protocol is empty");
  if (row.peers.empty())
    return refuse("Peers is empty");
  if (row.key.empty())
    return refuse("Key is empty");
  if (row.send_lifetime_end < row.send_lifetime_start)
    return refuse("SendLifetimeEnd is before SendLifetimeStart");
  if (row.accept_lifetime_end < row.accept_lifetime_start)
    return refuse("AcceptLifetimeEnd is before AcceptLifetimeStart");
  if (by_name_.contains(row.admin_key_name))
    return refuse("AdminKeyName is taken");
  rows_.push_back(std::move(row));
  by_name_.emplace(rows_.back().admin_key_name, std::prev(rows_.end()));
  enter(rows_.back());
  return {};
}

Result<void> Table::replace(Row row) {
  const auto at = by_name_.find(row.admin_key_name);
  if (at == by_name_.end())
    return no_row(row.admin_key_name);
  leave(*at->second);
  *at->second = std::move(row);
  enter(*at->second);
  return {};
}

Result<void> Table::remove(std::string_view admin_key_name) {
  const auto at = by_name_.find(admin_key_name);
  if (at == by_name_.end())
    return no_row(admin_key_name);
  leave(*at->second);
  rows_.erase(at->second);
  by_name_.erase(at);
  return {};
}

const Row* Table::find(std::string_view admin_key_name) const {
  const auto at = by_name_.find(admin_key_name);
  return at == by_name_.end() ? nullptr : &*at->second;
}

Row* Table::find(std::string_view admin_key_name) {
  const auto at = by_name_.find(admin_key_name);
  return at == by_name_.end() ? nullptr : &*at->second;
}

std::span<const Row* const> Table::rows_of(std::string_view protocol, std::string_view peer) const {
  const auto peers = by_protocol_.find(protocol);
  if (peers == by_protocol_.end())
    return {};
  const auto rows = peers->second.find(peer);
  return rows == peers->second.end() ? std::span<const Row* const>() : rows->second;
}

void Table::clear() {
  by_protocol_.clear();
  by_name_.clear();
  rows_.clear();
}

void Table::enter(const Row& row) {
  ByPeer& peers = by_protocol_[row.protocol];
  for (const std::string& peer : row.peers) {
    std::vector<const Row*>& rows = peers[peer];
    // A peer may be listed twice.
    if (rows.empty() || rows.back() != &row)
      rows.push_back(&row);
  }
}

void Table::leave(const Row& row) {
  const auto peers = by_protocol_.find(row.protocol);
  if (peers == by_protocol_.end())
    return;
  for (const std::string& peer : row.peers) {
    const auto rows = peers->second.find(peer);
    if (rows == peers->second.end())
      continue;
    std::erase(rows->second, &row);
    if (rows->second.empty())
      peers->second.erase(rows);
  }
  if (peers->second.empty())
    by_protocol_.erase(peers);
}

}  // namespace karpspec::keytable
