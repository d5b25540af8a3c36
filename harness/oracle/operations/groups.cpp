#include <algorithm>

#include "keytable/validate.h"
#include "oracle/core.h"
#include "oracle/operations/management.h"

// Keys of groups of peers and of areas, which their members inherit (operations model sections 3
// and 5, profile P-131). Each member has a row of its own in the table, so that selection needs to
// know nothing of groups.
namespace karpspec::oracle::operations {
namespace {

using keytable::Field;
using keytable::FieldText;
using keytable::Row;
using keytable::Table;

std::string name_of_member(const std::string& row, const std::string& member) {
  return row + "@" + member;
}

void set(keytable::RowText& text, Field field, const std::string& value) {
  text[field].form = FieldText::Form::text;
  text[field].items = {value};
}

}  // namespace

bool RowGroup::is_for(const Row& row, const std::string& member) const {
  return row.protocol == protocol &&
         (by_interface ? row.interfaces : row.peers) == std::vector<std::string>{member};
}

Row RowGroup::row_of(const Row& row, const std::string& member) const {
  Row out = row.clone();
  out.admin_key_name = name_of_member(row.admin_key_name, member);
  (by_interface ? out.interfaces : out.peers) = {member};
  return out;
}

RowGroup* Management::group_of_row(const std::string& vrf, std::string_view row) {
  for (RowGroup& group : groups_)
    if (group.vrf == vrf && std::any_of(group.rows.begin(), group.rows.end(),
                                        [&](const Row& one) { return one.admin_key_name == row; }))
      return &group;
  return nullptr;
}

const RowGroup* Management::group_of_member_row(const std::string& vrf,
                                                std::string_view row) const {
  for (const RowGroup& group : groups_)
    if (group.vrf == vrf && group.made.contains(std::string(row)))
      return &group;
  return nullptr;
}

bool Management::overridden(const RowGroup& group, const std::string& member) const {
  const Table* among = table(group.vrf);
  if (among == nullptr || core_.tunables.management_habit == Habit::override_ignored)
    return false;
  return std::any_of(among->rows().begin(), among->rows().end(), [&](const Row& row) {
    return group.is_for(row, member) && keytable::origin_of(row) == "manual" &&
           group_of_member_row(group.vrf, row.admin_key_name) == nullptr &&
           !beside_.contains({group.vrf, row.admin_key_name});
  });
}

void Management::refresh_groups(const std::string& vrf) {
  const Habit habit = core_.tunables.management_habit;
  for (RowGroup& group : groups_) {
    if (group.vrf != vrf)
      continue;
    Table& in = own_table(vrf);
    std::set<std::string> wanted;
    for (const Row& row : group.rows) {
      bool first = true;
      for (const std::string& member : group.members) {
        if (overridden(group, member))
          continue;
        Row made = group.row_of(row, member);
        const std::string name = made.admin_key_name;
        const Row* known = in.find(name);
        if (known == nullptr && ((habit == Habit::override_for_good && group.lost.contains(name)) ||
                                 (habit == Habit::joining_without_key && group.settled)))
          continue;
        wanted.insert(name);
        if (known == nullptr)
          (void)in.insert(std::move(made));
        else if (first || habit != Habit::group_change_first_only)
          (void)in.replace(std::move(made));
        first = false;
      }
    }
    for (const std::string& name : group.made) {
      const bool leaves = !wanted.contains(name);
      if (leaves && habit == Habit::leaving_with_key && !group.members.empty() &&
          std::none_of(group.members.begin(), group.members.end(),
                       [&](const std::string& member) { return name.ends_with("@" + member); }))
        wanted.insert(name);
      else if (leaves && in.remove(name))
        group.lost.insert(name);
    }
    group.settled = group.settled || !wanted.empty();
    group.made = std::move(wanted);
  }
}

Result<void> Management::set_group(RowGroup group) {
  if (group.name.empty() || group.protocol.empty())
    return fail(ErrorCode::bad_value, "a group has a name and a protocol");
  const auto at = std::find_if(groups_.begin(), groups_.end(), [&](const RowGroup& known) {
    return known.vrf == group.vrf && known.name == group.name;
  });
  const std::string vrf = group.vrf;
  if (at == groups_.end()) {
    groups_.push_back(std::move(group));
  } else if (at->protocol != group.protocol || at->by_interface != group.by_interface) {
    return fail(ErrorCode::bad_value, "group '" + group.name + "' is one of " +
                                          (at->by_interface ? "interfaces" : "peers") + " of " +
                                          at->protocol);
  } else {
    at->members = std::move(group.members);
  }
  refresh_groups(vrf);
  std::erase_if(groups_, [](const RowGroup& known) { return known.members.empty(); });
  return {};
}

Result<Advice> Management::add_to_group(const std::string& vrf, const std::string& name,
                                        keytable::RowText& text) {
  const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const RowGroup& known) {
    return known.vrf == vrf && known.name == name;
  });
  if (group == groups_.end())
    return fail(ErrorCode::not_found, "no group '" + name + "'");
  const Field member_field = group->by_interface ? Field::Interfaces : Field::Peers;
  if (text[member_field].form != FieldText::Form::absent)
    return fail(ErrorCode::bad_value, std::string(keytable::to_string(member_field)) +
                                          ": a group's row has none, its members are the group's");
  const FieldText& given = text[Field::AdminKeyName];
  const std::string row_name = given.items.empty() ? std::string() : given.items.front();
  if (const Table* among = table(vrf);
      group_of_row(vrf, row_name) != nullptr || (among != nullptr && among->find(row_name)))
    return fail(ErrorCode::bad_value,
                "row '" + keytable::shown(row_name) + "', AdminKeyName: AdminKeyName is taken");
  Advice advice;
  std::optional<Row> row;
  for (const std::string& member : group->members) {
    // An empty name stays one, to be refused as such.
    if (!row_name.empty())
      set(text, Field::AdminKeyName, name_of_member(row_name, member));
    set(text, member_field, member);
    Advice of_member;
    KARPSPEC_TRY(made, checked(vrf, text, nullptr, of_member,
                               overridden(*group, member) ? Beside::none : Beside::all));
    if (made.protocol != group->protocol)
      return fail(ErrorCode::bad_value, "row '" + keytable::shown(row_name) +
                                            "', Protocol: group '" + name + "' is one of " +
                                            group->protocol);
    advice.insert(advice.end(), of_member.begin(), of_member.end());
    if (!row)
      row = std::move(made);
  }
  row->admin_key_name = row_name;
  group->rows.push_back(*std::move(row));
  group->settled = false;
  refresh_groups(vrf);
  return advice;
}

Result<void> Management::remove_from_group(RowGroup& group, std::string_view row) {
  std::erase_if(group.rows, [&](const Row& one) { return one.admin_key_name == row; });
  refresh_groups(group.vrf);
  return {};
}

Result<void> Management::change_in_group(RowGroup& group, std::string_view name,
                                         const RowChange& change) {
  const auto row = std::find_if(group.rows.begin(), group.rows.end(),
                                [&](const Row& one) { return one.admin_key_name == name; });
  Row changed = with_change(*row, change);
  for (const std::string& member : group.members) {
    if (overridden(group, member))
      continue;
    const Row made = group.row_of(changed, member);
    const Table* among = table(group.vrf);
    KARPSPEC_CHECK(judge_change(group.vrf, made,
                                among == nullptr ? nullptr : among->find(made.admin_key_name)));
  }
  *row = std::move(changed);
  refresh_groups(group.vrf);
  return {};
}

}  // namespace karpspec::oracle::operations
