#include "oracle/operations/management.h"

#include <algorithm>

#include "keytable/validate.h"
#include "oracle/core.h"

// Rows that come and go by management (operations model sections 3.1 and 3.2).
namespace karpspec::oracle::operations {
namespace {

using keytable::Field;
using keytable::Finding;
using keytable::Findings;
using keytable::Row;
using keytable::RuleId;
using keytable::Table;

tl::unexpected<Error> no_row(std::string_view name) {
  return fail(ErrorCode::not_found, "no row '" + std::string(name) + "'");
}

tl::unexpected<Error> automated(const Row& row) {
  return fail(ErrorCode::bad_value,
              "row '" + row.admin_key_name + "' is " + keytable::origin_of(row) +
                  "'s: it can be deleted or disabled, not changed (profile P-121)");
}

tl::unexpected<Error> of_group(std::string_view name) {
  return fail(ErrorCode::bad_value, "row '" + std::string(name) +
                                        "' is a group's: the group's own row is what can be "
                                        "changed (profile P-131)");
}

// As `karpspec keytable check` puts it.
std::string line_of(const Row& row, const Finding& finding) {
  return "row '" + keytable::shown(row.admin_key_name) + "', " +
         keytable::to_string(finding.field) + ": " + finding.message + " [" +
         keytable::to_string(finding.rule) + ", " + finding.clause.document + " section " +
         finding.clause.section + "]";
}

}  // namespace

const Table* Management::table(const std::string& vrf) const {
  if (vrf == keytable::default_vrf || core_.tunables.table_overlooks == TableOverlooks::vrf)
    return &core_.table;
  const auto found = tables_.find(vrf);
  return found == tables_.end() ? nullptr : &found->second;
}

std::vector<std::pair<std::string, const Table*>> Management::tables() const {
  std::vector<std::pair<std::string, const Table*>> out = {{keytable::default_vrf, &core_.table}};
  for (const auto& [vrf, table] : tables_)
    out.emplace_back(vrf, &table);
  return out;
}

Table& Management::own_table(const std::string& vrf) {
  if (vrf == keytable::default_vrf || core_.tunables.table_overlooks == TableOverlooks::vrf)
    return core_.table;
  return tables_[vrf];
}

void Management::compare(const Table* among, const std::string& vrf, const Row& row,
                         const Row* except, Beside beside, Findings& findings) const {
  if (among == nullptr || beside == Beside::none)
    return;
  const auto report = [&](RuleId rule, Field field, std::string message) {
    findings.push_back({rule, field, std::move(message), core_.config.rules->rule(rule).clause});
  };
  for (const Row& other : among->rows()) {
    if (&other == except)
      continue;
    if (other.admin_key_name == row.admin_key_name)
      report(RuleId::admin_key_name_unique, Field::AdminKeyName, "AdminKeyName is taken");
    const RowGroup* group = group_of_member_row(vrf, other.admin_key_name);
    if (group != nullptr && beside == Beside::all_but_overridden &&
        std::any_of(group->members.begin(), group->members.end(),
                    [&](const std::string& member) { return group->is_for(row, member); }))
      continue;
    if (keytable::names_clash(row, other, *core_.config.rules))
      report(RuleId::key_name_clash, Field::LocalKeyName,
             "'" + row.local_key_name + "' is the name of row '" +
                 keytable::shown(other.admin_key_name) + "' too, at one time and for one peer");
    if (keytable::send_ids_clash(row, other, *core_.config.rules))
      report(RuleId::send_id_clash, Field::PeerKeyName,
             "'" + row.peer_key_name + "' is the SendID of row '" +
                 keytable::shown(other.admin_key_name) + "' too, at one time and for one peer");
    if (row.protocol != other.protocol && equal_in_constant_time(row.key.view(), other.key.view()))
      report(RuleId::key_shared_protocols, Field::Key,
             "row '" + keytable::shown(other.admin_key_name) + "' of " + other.protocol +
                 " has the same key");
  }
}

Result<void> Management::judge(const Row& row, const Findings& findings, Advice& advice) const {
  std::string refused;
  for (const Finding& finding : findings) {
    if (core_.config.rules->rule(finding.rule).advice) {
      advice.push_back(line_of(row, finding));
    } else if (finding.rule != core_.tunables.rule_overlooked) {
      refused += (refused.empty() ? "" : "\n") + line_of(row, finding);
    }
  }
  if (!refused.empty())
    return fail(ErrorCode::bad_value, refused);
  return {};
}

Result<void> Management::permits(const Row& row, const std::vector<std::string>& leaving) const {
  Findings findings;
  keytable::validate(row, {}, *core_.config.rules, findings);
  Table staying;
  for (const Row& other : core_.table.rows())
    if (std::find(leaving.begin(), leaving.end(), other.admin_key_name) == leaving.end())
      KARPSPEC_CHECK(staying.insert(other.clone()));
  compare(&staying, keytable::default_vrf, row, nullptr, Beside::all, findings);
  Advice advice;
  return judge(row, findings, advice);
}

Result<Row> Management::checked(const std::string& vrf, const keytable::RowText& text,
                                const Row* except, Advice& advice, Beside beside) const {
  if (core_.config.rules == nullptr)
    return fail(ErrorCode::unsupported, "no rules to hold a row against");
  Findings findings;
  keytable::ReadRow read = keytable::read_row(text, *core_.config.rules, findings);
  keytable::validate(read.row, read.unread, *core_.config.rules, findings);
  if (read.unread.none())
    compare(table(vrf), vrf, read.row, except, beside, findings);
  KARPSPEC_CHECK(judge(read.row, findings, advice));
  if (core_.tunables.rows_of_configured_peers_only)
    for (const std::string& peer : read.row.peers)
      if (std::none_of(core_.peers.begin(), core_.peers.end(),
                       [&](const auto& known) { return known->config.endpoint.address == peer; }))
        return fail(ErrorCode::bad_value, "no peer '" + peer + "' is configured");
  // What a router makes of what it should have refused.
  if (core_.tunables.rule_overlooked == RuleId::lifetime_order &&
      read.row.send_lifetime_end < read.row.send_lifetime_start) {
    std::swap(read.row.send_lifetime_start, read.row.send_lifetime_end);
    std::swap(read.row.accept_lifetime_start, read.row.accept_lifetime_end);
  }
  if (core_.tunables.rule_overlooked == RuleId::key_form && read.row.key.empty())
    read.row.key = Secret(octets_of("no key"));
  return std::move(read.row);
}

Result<Advice> Management::add(const std::string& vrf, const keytable::RowText& text, bool beside) {
  beside = beside && core_.tunables.management_habit != Habit::beside_ignored;
  Advice advice;
  KARPSPEC_TRY(
      row, checked(vrf, text, nullptr, advice, beside ? Beside::all : Beside::all_but_overridden));
  if (group_of_row(vrf, row.admin_key_name) != nullptr)
    return fail(ErrorCode::bad_value, "row '" + keytable::shown(row.admin_key_name) +
                                          "', AdminKeyName: AdminKeyName is a group's");
  if (core_.tunables.rule_overlooked == RuleId::admin_key_name_unique)
    (void)own_table(vrf).remove(row.admin_key_name);
  const std::string name = row.admin_key_name;
  KARPSPEC_CHECK(own_table(vrf).insert(std::move(row)));
  if (beside)
    beside_.insert({vrf, name});
  refresh_groups(vrf);
  return advice;
}

Result<Advice> Management::replace(const std::string& vrf, const keytable::RowText& text) {
  const keytable::FieldText& name = text[Field::AdminKeyName];
  const std::string wanted = name.items.empty() ? std::string() : name.items.front();
  Table& in = own_table(vrf);
  Row* old = in.find(wanted);
  if (old == nullptr)
    return no_row(keytable::shown(wanted));
  if (group_of_member_row(vrf, wanted) != nullptr)
    return tl::unexpected(of_group(wanted));
  if (keytable::origin_of(*old) != "manual" && core_.tunables.protects_automated_rows)
    return tl::unexpected(automated(*old));
  Advice advice;
  KARPSPEC_TRY(row,
               checked(vrf, text, old, advice,
                       beside_.contains({vrf, wanted}) ? Beside::all : Beside::all_but_overridden));
  if (core_.tunables.replace_takes_all) {
    KARPSPEC_CHECK(in.replace(std::move(row)));
  } else {
    old->send_lifetime_start = row.send_lifetime_start;
    old->send_lifetime_end = row.send_lifetime_end;
  }
  refresh_groups(vrf);
  return advice;
}

Result<void> Management::remove(const std::string& vrf, std::string_view name) {
  if (RowGroup* group = group_of_row(vrf, name))
    return remove_from_group(*group, name);
  Table& in = own_table(vrf);
  const Row* row = in.find(name);
  if (row == nullptr)
    return no_row(name);
  if (group_of_member_row(vrf, name) != nullptr)
    return tl::unexpected(of_group(name));
  if (!core_.tunables.deletes_rows)
    return {};
  // What RKMP has made, its peer has to hear of.
  if (&in == &core_.table && core_.kmdb.purge(name))
    return {};
  KARPSPEC_CHECK(in.remove(name));
  beside_.erase({vrf, std::string(name)});
  refresh_groups(vrf);
  return {};
}

Result<std::string> Management::name_of(const RowChoice& choice) const {
  if (!choice.name.empty())
    return choice.name;
  const Row* row = to_send(choice.subject, core_.now, {});
  if (core_.tunables.management_habit == Habit::current_key_by_age)
    for (const Row& other : table(choice.subject.vrf)->rows())
      if (row != nullptr && keytable::scopes_overlap(*row, other) && other.may_send(core_.now) &&
          other.send_lifetime_start < row->send_lifetime_start)
        row = &other;
  if (row == nullptr)
    return fail(ErrorCode::not_found, "no key is sent now with '" + choice.subject.peer + "' for " +
                                          choice.subject.protocol);
  return row->admin_key_name;
}

Row Management::with_change(const Row& row, const RowChange& change) const {
  const Habit habit = core_.tunables.management_habit;
  Row changed = row.clone();
  changed.direction = change.direction.value_or(row.direction);
  changed.send_lifetime_start = change.send_start.value_or(row.send_lifetime_start);
  changed.send_lifetime_end = change.send_end.value_or(row.send_lifetime_end);
  changed.accept_lifetime_start = change.accept_start.value_or(row.accept_lifetime_start);
  changed.accept_lifetime_end = change.accept_end.value_or(row.accept_lifetime_end);
  if (habit == Habit::starts_fixed)
    changed.send_lifetime_start = row.send_lifetime_start;
  if (habit == Habit::expires_send_only)
    changed.accept_lifetime_end = row.accept_lifetime_end;
  if (habit == Habit::overlap_ignored && change.send_end && change.accept_end)
    changed.accept_lifetime_end = changed.send_lifetime_end;
  return changed;
}

Result<void> Management::judge_change(const std::string& vrf, const Row& changed,
                                      const Row* except) const {
  Findings findings;
  keytable::validate(changed, {}, *core_.config.rules, findings);
  compare(
      table(vrf), vrf, changed, except,
      beside_.contains({vrf, changed.admin_key_name}) ? Beside::all : Beside::all_but_overridden,
      findings);
  Advice advice;
  return core_.tunables.management_habit == Habit::change_unchecked
             ? Result<void>{}
             : judge(changed, findings, advice);
}

Result<void> Management::change(const RowChoice& choice, const RowChange& change) {
  if (core_.config.rules == nullptr)
    return fail(ErrorCode::unsupported, "no rules to hold a row against");
  KARPSPEC_TRY(name, name_of(choice));
  const std::string& vrf = choice.subject.vrf;
  if (RowGroup* group = group_of_row(vrf, name))
    return change_in_group(*group, name, change);
  Table& in = own_table(vrf);
  const Row* row = in.find(name);
  if (row == nullptr)
    return no_row(name);
  if (group_of_member_row(vrf, name) != nullptr)
    return tl::unexpected(of_group(name));
  const bool disables = change.direction == keytable::Direction::disabled && !change.send_start &&
                        !change.send_end && !change.accept_start && !change.accept_end;
  const bool manual = keytable::origin_of(*row) == "manual";
  if (!manual && !disables && core_.tunables.protects_automated_rows)
    return tl::unexpected(automated(*row));
  Row changed = with_change(*row, change);
  if (manual)
    KARPSPEC_CHECK(judge_change(vrf, changed, row));
  if (!core_.tunables.changes_direction)
    changed.direction = row->direction;
  if (!core_.tunables.changes_lifetimes) {
    changed.send_lifetime_end = row->send_lifetime_end;
    changed.accept_lifetime_end = row->accept_lifetime_end;
  }
  return in.replace(std::move(changed));
}

}  // namespace karpspec::oracle::operations
