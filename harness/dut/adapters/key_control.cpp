#include "dut/adapters/key_control.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dut/adapters/members.h"
#include "keyfile/row_writer.h"
#include "keytable/address.h"

namespace karpspec::dut {
namespace {

using keytable::FieldText;
using keytable::Row;
using oracle::operations::Management;
using oracle::operations::RowChange;
using oracle::operations::RowChoice;
using oracle::operations::Subject;

constexpr std::array<std::string_view, 14> key_methods = {
    "row-group",        "key-table-export",  "key-table-import", "key-table",    "row-add",
    "row-replace",      "row-change",        "row-delete",       "key-to-send",  "keys-to-accept",
    "association-open", "association-close", "associations",     "expiry-policy"};

Result<std::string> vrf_of(const Json& params) {
  return text_member_or(params, "vrf", keytable::default_vrf);
}

Result<Subject> subject_of(const Json& params) {
  Subject subject;
  KARPSPEC_TRY(vrf, vrf_of(params));
  KARPSPEC_TRY(protocol, text_member(params, "protocol"));
  KARPSPEC_TRY(peer, text_member(params, "peer"));
  KARPSPEC_TRY(interface, text_member_or(params, "interface", ""));
  subject.vrf = std::move(vrf);
  subject.protocol = std::move(protocol);
  subject.peer = keytable::canonical_peer(peer);
  subject.interface = std::move(interface);
  return subject;
}

Result<std::optional<Time>> time_of(const Json& params, const char* member) {
  if (!params.contains(member))
    return std::nullopt;
  KARPSPEC_TRY(text, text_member(params, member));
  auto time = keytable::time_from_text(text);
  if (!time)
    return fail(ErrorCode::bad_value, std::string(member) + ": " + time.error().message);
  return *time;
}

// A value as it is written, whatever it is: what is wrong with it is for the table to say.
FieldText field_text(const Json& value) {
  using Form = FieldText::Form;
  FieldText out;
  out.form = Form::other;
  if (value.is_string()) {
    out.form = Form::text;
    out.items.push_back(value.get<std::string>());
  } else if (value.is_array() || value.is_object()) {
    for (const auto& [name, item] : value.items()) {
      if (!item.is_string())
        return {Form::other, {}, {}};
      if (value.is_object())
        out.items.push_back(name);
      out.items.push_back(item.get<std::string>());
    }
    out.form = value.is_array() ? Form::list : Form::map;
  }
  return out;
}

Result<keytable::RowText> row_text(const Json& row) {
  if (!row.is_object())
    return fail(ErrorCode::bad_value, "row: expected an object with the fields of a row");
  keytable::RowText text;
  for (const auto& [name, value] : row.items()) {
    if (const auto field = keytable::field_from(name))
      text[*field] = field_text(value);
    else
      text.unknown.push_back({name, {}});
  }
  return text;
}

Json rows_json(const keytable::Table* table) {
  Json list = Json::array();
  if (table == nullptr)
    return list;
  for (const Row& row : table->rows())
    list.push_back(shown_row(row));
  return list;
}

Result<Json> change_row(Management& management, const Json& params) {
  RowChoice choice;
  if (params.contains("row")) {
    KARPSPEC_TRY(vrf, vrf_of(params));
    KARPSPEC_TRY(name, text_member(params, "row"));
    choice.subject.vrf = std::move(vrf);
    choice.name = std::move(name);
  } else {
    KARPSPEC_TRY(subject, subject_of(params));
    choice.subject = std::move(subject);
  }
  RowChange change;
  if (params.contains("direction")) {
    KARPSPEC_TRY(word, text_member(params, "direction"));
    using keytable::Direction;
    for (const auto direction :
         {Direction::in, Direction::out, Direction::both, Direction::disabled})
      if (word == keytable::to_string(direction))
        change.direction = direction;
    if (!change.direction)
      return fail(ErrorCode::bad_value, "direction: expected in, out, both or disabled");
  }
  for (const auto& [member, into] : {std::pair{"SendLifetimeStart", &change.send_start},
                                     std::pair{"SendLifetimeEnd", &change.send_end},
                                     std::pair{"AcceptLifetimeStart", &change.accept_start},
                                     std::pair{"AcceptLifetimeEnd", &change.accept_end}}) {
    KARPSPEC_TRY(time, time_of(params, member));
    *into = time;
  }
  // Both ends in one word (profile P-122).
  KARPSPEC_TRY(expires, time_of(params, "expires"));
  const Json overlap = params.value("overlap", Json(0U));
  if (!overlap.is_number() || overlap < 0 || overlap > 1e9)
    return fail(ErrorCode::bad_value, "overlap: expected seconds");
  if (expires) {
    change.send_end = expires;
    change.accept_end = *expires + Duration{std::llround(overlap.get<double>() * 1e6)};
  }
  KARPSPEC_CHECK(management.change(choice, change));
  return Json::object();
}

Result<Json> select(const Management& management, std::string_view method, const Json& params,
                    Time now) {
  KARPSPEC_TRY(subject, subject_of(params));
  KARPSPEC_TRY(time, time_of(params, "time"));
  const Time at = time.value_or(now);
  if (method == "keys-to-accept") {
    std::optional<std::string> name;
    if (params.contains("name")) {
      KARPSPEC_TRY(text, text_member(params, "name"));
      name = std::move(text);
    }
    Json rows = Json::array();
    for (const Row* row : management.to_accept(subject, at, name))
      rows.push_back(row->admin_key_name);
    return Json{{"rows", std::move(rows)}};
  }
  KARPSPEC_TRY(preferred, text_list_member(params, "preferred"));
  const Row* row = management.to_send(subject, at, preferred);
  if (row == nullptr)
    return Json::object();
  return Json{{"row", row->admin_key_name}, {"name", management.name_of(*row)}};
}

// A backup: rows by hand, in the native form of key tables (suites/keytable-guide.md).
Json table_text(const Management& management) {
  Json tables = Json::array();
  for (const auto& [vrf, kept] : management.backup()) {
    Json rows = Json::array();
    for (const Row& row : kept)
      rows.push_back(keyfile::row_json(row));
    tables.push_back({{"vrf", vrf}, {"rows", std::move(rows)}});
  }
  return {{"table", Json{{"tables", std::move(tables)}}.dump()}};
}

Result<Json> import_table(Management& management, const Json& params) {
  KARPSPEC_TRY(text, text_member(params, "table"));
  const Json backup = Json::parse(text, nullptr, false);
  if (!backup.is_object() || !backup.value("tables", Json()).is_array())
    return fail(ErrorCode::bad_value, "table: expected a key table in JSON with 'tables'");
  std::vector<oracle::operations::TableText> tables;
  for (const Json& table : backup["tables"]) {
    if (!table.is_object() || !table.value("rows", Json()).is_array())
      return fail(ErrorCode::bad_value, "table: expected 'vrf' and 'rows'");
    auto& out = tables.emplace_back();
    KARPSPEC_TRY(vrf, vrf_of(table));
    out.vrf = std::move(vrf);
    for (const Json& row : table["rows"]) {
      KARPSPEC_TRY(row_read, row_text(row));
      out.rows.push_back(std::move(row_read));
    }
  }
  KARPSPEC_TRY(advice, management.import(tables));
  return Json{{"advice", advice}};
}

Result<Json> set_group(Management& management, const Json& params) {
  oracle::operations::RowGroup group;
  KARPSPEC_TRY(vrf, vrf_of(params));
  KARPSPEC_TRY(name, text_member(params, "group"));
  KARPSPEC_TRY(protocol, text_member(params, "protocol"));
  group.vrf = std::move(vrf);
  group.name = std::move(name);
  group.protocol = std::move(protocol);
  group.by_interface = params.contains("interfaces");
  if (group.by_interface == params.contains("peers"))
    return fail(ErrorCode::bad_value, "expected peers or interfaces");
  KARPSPEC_TRY(members, text_list_member(params, group.by_interface ? "interfaces" : "peers"));
  group.members = std::move(members);
  if (!group.by_interface)
    for (std::string& member : group.members)
      member = keytable::canonical_peer(member);
  KARPSPEC_CHECK(management.set_group(std::move(group)));
  return Json::object();
}

Result<Json> add_row(Management& management, const std::string& vrf, const Json& params) {
  KARPSPEC_TRY(text, row_text(params.value("row", Json())));
  const Json beside = params.value("beside", Json(false));
  if (!beside.is_boolean())
    return fail(ErrorCode::bad_value, "beside: expected true or false");
  if (params.contains("group")) {
    KARPSPEC_TRY(group, text_member(params, "group"));
    KARPSPEC_TRY(advice, management.add_to_group(vrf, group, text));
    return Json{{"advice", advice}};
  }
  KARPSPEC_TRY(advice, management.add(vrf, text, beside.get<bool>()));
  return Json{{"advice", advice}};
}

Json associations_json(const oracle::operations::Associations& associations) {
  Json list = Json::array();
  for (const oracle::operations::Association& one : associations.all()) {
    Json item = {{"vrf", one.subject.vrf},
                 {"protocol", one.subject.protocol},
                 {"peer", one.subject.peer},
                 {"state", one.up ? "up" : "down"},
                 {"expired", one.expired}};
    if (!one.subject.interface.empty())
      item["interface"] = one.subject.interface;
    if (one.up)
      item["row"] = one.row;
    list.push_back(std::move(item));
  }
  return {{"associations", std::move(list)}};
}

Result<Json> associate(oracle::operations::Associations& associations, std::string_view method,
                       const Json& params) {
  using oracle::operations::ExpiryPolicy;
  if (method == "associations")
    return associations_json(associations);
  if (method == "expiry-policy") {
    KARPSPEC_TRY(vrf, vrf_of(params));
    KARPSPEC_TRY(protocol, text_member_or(params, "protocol", ""));
    KARPSPEC_TRY(policy, text_member(params, "policy"));
    if (policy != "fail" && policy != "continue")
      return fail(ErrorCode::bad_value, "policy: expected fail or continue");
    associations.set_policy(vrf, protocol,
                            policy == "fail" ? ExpiryPolicy::fail : ExpiryPolicy::go_on);
    return Json::object();
  }
  KARPSPEC_TRY(subject, subject_of(params));
  if (method == "association-open")
    associations.open(subject);
  else
    KARPSPEC_CHECK(associations.close(subject));
  return Json::object();
}

}  // namespace

Json shown_row(const keytable::Row& row) {
  std::string info;
  for (const auto& [name, value] : row.protocol_specific_info) {
    if (!info.empty())
      info += "; ";
    info += name;
    info += '=';
    info += value;
  }
  Json one = keyfile::row_json(row);
  one["LocalKeyName"] = row.local_key_name;
  one["PeerKeyName"] = row.peer_key_name;
  one["ProtocolSpecificInfo"] = info;
  return one;
}

bool is_key_method(std::string_view method) {
  return std::find(key_methods.begin(), key_methods.end(), method) != key_methods.end();
}

Result<Json> key_command(oracle::Router& router, std::string_view method, const Json& params,
                         Time now, std::vector<Datagram>& sent) {
  Management& management = router.management(now);
  if (method == "key-to-send" || method == "keys-to-accept")
    return select(management, method, params, now);
  if (method.starts_with("association") || method == "expiry-policy") {
    auto result = associate(router.associations(now), method, params);
    const auto out = router.tick(now);
    sent.insert(sent.end(), out.begin(), out.end());
    return result;
  }
  KARPSPEC_TRY(vrf, vrf_of(params));
  if (method == "key-table-export")
    return table_text(management);
  if (method == "key-table")
    return Json{{"rows", rows_json(management.table(vrf))}};
  Json result = Json::object();
  if (method == "row-change") {
    KARPSPEC_TRY(changed, change_row(management, params));
    result = std::move(changed);
  } else if (method == "row-delete") {
    KARPSPEC_TRY(name, text_member(params, "row"));
    KARPSPEC_CHECK(management.remove(vrf, name));
  } else if (method == "row-replace") {
    KARPSPEC_TRY(text, row_text(params.value("row", Json())));
    KARPSPEC_TRY(advice, management.replace(vrf, text));
    result["advice"] = advice;
  } else {
    KARPSPEC_TRY(done, method == "row-add"     ? add_row(management, vrf, params)
                       : method == "row-group" ? set_group(management, params)
                                               : import_table(management, params));
    result = std::move(done);
  }
  const auto out = router.tick(now);
  sent.insert(sent.end(), out.begin(), out.end());
  return result;
}

}  // namespace karpspec::dut
