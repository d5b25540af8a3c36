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

Table& Management::own_table(const std::string& vrf) {
  if (vrf == keytable::default_vrf || core_.tunables.table_overlooks == TableOverlooks::vrf)
    return core_.table;
  return tables_[vrf];
}

void Management::compare(const std::string& vrf, const Row& row, const Row* except,
                         Findings& findings) const {
  const Table* among = table(vrf);
  if (among == nullptr)
    return;
  const auto report = [&](RuleId rule, Field field, std::string message) {
    findings.push_back({rule, field, std::move(message), core_.config.rules->rule(rule).clause});
  };
  for (const Row& other : among->rows()) {
    if (&other == except)
      continue;
    if (other.admin_key_name == row.admin_key_name)
      report(RuleId::admin_key_name_unique, Field::AdminKeyName, "AdminKeyName is taken");
    if (keytable::names_clash(row, other))
      report(RuleId::key_name_clash, Field::LocalKeyName,
             "'" + row.local_key_name + "' is the name of row '" +
                 keytable::shown(other.admin_key_name) + "' too, at one time and for one peer");
    if (row.protocol != other.protocol && std::ranges::equal(row.key.view(), other.key.view()))
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

Result<Row> Management::checked(const std::string& vrf, const keytable::RowText& text,
                                const Row* except, Advice& advice) const {
  if (core_.config.rules == nullptr)
    return fail(ErrorCode::unsupported, "no rules to hold a row against");
  Findings findings;
  keytable::ReadRow read = keytable::read_row(text, *core_.config.rules, findings);
  keytable::validate(read.row, read.unread, *core_.config.rules, findings);
  if (read.unread.none())
    compare(vrf, read.row, except, findings);
  KARPSPEC_CHECK(judge(read.row, findings, advice));
  // What a router makes of a key that it should have refused.
  if (core_.tunables.rule_overlooked == RuleId::key_form && read.row.key.empty())
    read.row.key = Secret(octets_of("no key"));
  return std::move(read.row);
}

Result<Advice> Management::add(const std::string& vrf, const keytable::RowText& text) {
  Advice advice;
  KARPSPEC_TRY(row, checked(vrf, text, nullptr, advice));
  if (core_.tunables.rule_overlooked == RuleId::admin_key_name_unique)
    (void)own_table(vrf).remove(row.admin_key_name);
  KARPSPEC_CHECK(own_table(vrf).insert(std::move(row)));
  return advice;
}

Result<Advice> Management::replace(const std::string& vrf, const keytable::RowText& text) {
  const keytable::FieldText& name = text[Field::AdminKeyName];
  const std::string wanted = name.items.empty() ? std::string() : name.items.front();
  Table& in = own_table(vrf);
  Row* old = in.find(wanted);
  if (old == nullptr)
    return no_row(keytable::shown(wanted));
  if (keytable::origin_of(*old) != "manual" && core_.tunables.protects_automated_rows)
    return tl::unexpected(automated(*old));
  Advice advice;
  KARPSPEC_TRY(row, checked(vrf, text, old, advice));
  if (core_.tunables.replace_takes_all) {
    *old = std::move(row);
  } else {
    old->send_lifetime_start = row.send_lifetime_start;
    old->send_lifetime_end = row.send_lifetime_end;
  }
  return advice;
}

Result<void> Management::remove(const std::string& vrf, std::string_view name) {
  Table& in = own_table(vrf);
  const Row* row = in.find(name);
  if (row == nullptr)
    return no_row(name);
  if (!core_.tunables.deletes_rows)
    return {};
  // What RKMP has made, its peer has to hear of.
  if (&in == &core_.table && core_.kmdb.purge(name))
    return {};
  return in.remove(name);
}

Result<std::string> Management::name_of(const RowChoice& choice) const {
  if (!choice.name.empty())
    return choice.name;
  const Row* row = to_send(choice.subject, core_.now, {});
  if (row == nullptr)
    return fail(ErrorCode::not_found, "no key is sent now with '" + choice.subject.peer + "' for " +
                                          choice.subject.protocol);
  return row->admin_key_name;
}

Result<void> Management::change(const RowChoice& choice, const RowChange& change) {
  if (core_.config.rules == nullptr)
    return fail(ErrorCode::unsupported, "no rules to hold a row against");
  KARPSPEC_TRY(name, name_of(choice));
  Row* row = own_table(choice.subject.vrf).find(name);
  if (row == nullptr)
    return no_row(name);
  const bool disables = change.direction == keytable::Direction::disabled && !change.send_start &&
                        !change.send_end && !change.accept_start && !change.accept_end;
  if (keytable::origin_of(*row) != "manual" && !disables && core_.tunables.protects_automated_rows)
    return tl::unexpected(automated(*row));
  Row changed = row->clone();
  changed.direction = change.direction.value_or(row->direction);
  changed.send_lifetime_start = change.send_start.value_or(row->send_lifetime_start);
  changed.send_lifetime_end = change.send_end.value_or(row->send_lifetime_end);
  changed.accept_lifetime_start = change.accept_start.value_or(row->accept_lifetime_start);
  changed.accept_lifetime_end = change.accept_end.value_or(row->accept_lifetime_end);
  Findings findings;
  keytable::validate(changed, {}, *core_.config.rules, findings);
  compare(choice.subject.vrf, changed, row, findings);
  Advice advice;
  if (keytable::origin_of(*row) == "manual")
    KARPSPEC_CHECK(judge(changed, findings, advice));
  if (!core_.tunables.changes_direction)
    changed.direction = row->direction;
  if (!core_.tunables.changes_lifetimes) {
    changed.send_lifetime_end = row->send_lifetime_end;
    changed.accept_lifetime_end = row->accept_lifetime_end;
  }
  *row = std::move(changed);
  return {};
}

}  // namespace karpspec::oracle::operations
