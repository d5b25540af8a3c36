#include <algorithm>

#include "keytable/key_name.h"
#include "keytable/validate.h"
#include "oracle/core.h"
#include "oracle/operations/management.h"

// Rows that come from a backup, and rows by hand as RKMP sees them (operations model sections 6.2
// and 7, profile P-132 and P-133).
namespace karpspec::oracle::operations {

using keytable::Row;
using keytable::Table;

namespace {

bool is_manual(const Row& row) {
  return keytable::origin_of(row) == "manual";
}

}  // namespace

Result<Advice> Management::import(const std::vector<TableText>& tables) {
  if (core_.config.rules == nullptr)
    return fail(ErrorCode::unsupported, "no rules to hold a row against");
  const Habit habit = core_.tunables.management_habit;
  std::map<std::string, Table> taken;
  std::string refused;
  Advice advice;
  const auto restored = [&](const Row& row) {
    return std::any_of(tables.begin(), tables.end(), [&](const TableText& text) {
      return text.vrf == keytable::default_vrf &&
             std::any_of(text.rows.begin(), text.rows.end(), [&](const keytable::RowText& one) {
               return one[keytable::Field::AdminKeyName].items ==
                      std::vector<std::string>{row.admin_key_name};
             });
    });
  };
  for (const Row& row : core_.table.rows())
    if (!is_manual(row) || (core_.gatekeeper.owns_row(row.admin_key_name) && !restored(row)))
      (void)taken[keytable::default_vrf].insert(row.clone());
  for (const TableText& text : tables) {
    Table& into = taken[text.vrf];
    for (const keytable::RowText& row_text : text.rows) {
      keytable::Findings findings;
      keytable::ReadRow read = keytable::read_row(row_text, *core_.config.rules, findings);
      keytable::validate(read.row, read.unread, *core_.config.rules, findings);
      if (read.unread.none())
        compare(&into, text.vrf, read.row, nullptr, Beside::all, findings);
      if (habit == Habit::import_refuses_records &&
          read.row.protocol_specific_info.contains("laddr"))
        refused += "row '" + read.row.admin_key_name + "' is a record's";
      if (const auto good = judge(read.row, findings, advice); !good)
        refused += (refused.empty() ? "" : "\n") + good.error().message;
      else
        (void)into.insert(std::move(read.row));
    }
  }
  if (!refused.empty() && habit != Habit::import_partly)
    return fail(ErrorCode::bad_value, refused);
  if (habit == Habit::import_ignored)
    return advice;
  if (habit == Habit::import_adds) {
    for (auto& [vrf, table] : taken)
      for (const Row& row : table.rows())
        (void)own_table(vrf).insert(row.clone());
    return advice;
  }
  groups_.clear();
  beside_.clear();
  tables_.clear();
  forget_manual_rows("");
  for (auto& [vrf, table] : taken)
    for (const Row& row : table.rows())
      if (own_table(vrf).find(row.admin_key_name) == nullptr)
        KARPSPEC_CHECK(own_table(vrf).insert(row.clone()));
  return advice;
}

std::vector<std::pair<std::string, std::vector<Row>>> Management::backup() const {
  std::vector<std::pair<std::string, std::vector<Row>>> out;
  for (const auto& [vrf, table] : tables()) {
    std::vector<Row> rows;
    for (const Row& row : table->rows()) {
      if (!is_manual(row))
        continue;
      Row& kept = rows.emplace_back(row.clone());
      if (core_.tunables.management_habit == Habit::export_without_times) {
        kept.send_lifetime_start = kept.accept_lifetime_start = keytable::always_start;
        kept.send_lifetime_end = kept.accept_lifetime_end = keytable::always_end;
      }
    }
    if (!rows.empty())
      out.emplace_back(vrf, std::move(rows));
  }
  return out;
}

void Management::forget_manual_rows(const std::string& address) {
  std::vector<std::string> names;
  for (const Row& row : core_.table.rows())
    if (is_manual(row) && (address.empty() || std::find(row.peers.begin(), row.peers.end(),
                                                        address) != row.peers.end()))
      names.push_back(row.admin_key_name);
  for (const std::string& name : names)
    (void)core_.table.remove(name);
}

bool Management::names_sent_key(const std::string& address, std::uint8_t id) const {
  if (core_.tunables.management_habit == Habit::takes_manual_key_id)
    return false;
  return std::any_of(core_.table.rows().begin(), core_.table.rows().end(), [&](const Row& row) {
    return is_manual(row) &&
           std::find(row.peers.begin(), row.peers.end(), address) != row.peers.end() &&
           keytable::key_number(keytable::name_on_the_wire(row)) == id;
  });
}

bool Management::names_received_key(const std::string& address, std::uint8_t id) const {
  if (core_.tunables.management_habit == Habit::accepts_manual_key_id)
    return false;
  return std::any_of(core_.table.rows().begin(), core_.table.rows().end(), [&](const Row& row) {
    return is_manual(row) &&
           std::find(row.peers.begin(), row.peers.end(), address) != row.peers.end() &&
           keytable::key_number(row.local_key_name) == id;
  });
}

}  // namespace karpspec::oracle::operations
