#include "keytable/table.h"

#include <algorithm>

namespace karpspec::keytable {

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
  if (find(row.admin_key_name) != nullptr)
    return refuse("AdminKeyName is taken");
  rows_.push_back(std::move(row));
  return {};
}

Result<void> Table::remove(std::string_view admin_key_name) {
  const auto at = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) {
    return row.admin_key_name == admin_key_name;
  });
  if (at == rows_.end())
    return fail(ErrorCode::not_found, "no row '" + std::string(admin_key_name) + "'");
  rows_.erase(at);
  return {};
}

const Row* Table::find(std::string_view admin_key_name) const {
  for (const Row& row : rows_)
    if (row.admin_key_name == admin_key_name)
      return &row;
  return nullptr;
}

Row* Table::find(std::string_view admin_key_name) {
  for (Row& row : rows_)
    if (row.admin_key_name == admin_key_name)
      return &row;
  return nullptr;
}

}  // namespace karpspec::keytable
