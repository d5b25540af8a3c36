#include <algorithm>

#include "dut/control.h"
#include "script/step_parser.h"

// Steps that ask the device itself: control and check.
namespace karpspec::script {
namespace {

using transcript::Matcher;

// What a row of the key table (RFC 7210 section 2), an SA or an event can have.
const std::vector<std::string>& fields_of(CheckStep::What what) {
  static const std::vector<std::string> rows = {"AdminKeyName",
                                                "LocalKeyName",
                                                "PeerKeyName",
                                                "Peers",
                                                "Interfaces",
                                                "Protocol",
                                                "ProtocolSpecificInfo",
                                                "KDF",
                                                "AlgID",
                                                "Key",
                                                "Direction",
                                                "SendLifetimeStart",
                                                "SendLifetimeEnd",
                                                "AcceptLifetimeStart",
                                                "AcceptLifetimeEnd"};
  static const std::vector<std::string> sas = {"peer", "spi_i", "spi_r",
                                               "role", "state", "children.count"};
  static const std::vector<std::string> events = {
      "n",     "time",   "kind",  "text",       "peer",      "spi_i",     "spi_r",   "from",
      "to",    "notify", "group", "message_id", "old_spi_i", "old_spi_r", "options", "id",
      "level", "row",    "vrf",   "protocol",   "interface", "end",       "reason",  "record"};
  static const std::vector<std::string> associations = {"vrf",   "protocol", "peer", "interface",
                                                        "state", "expired",  "row"};
  static const std::vector<std::string> requests = {"client", "peer",  "protocol", "passive",
                                                    "life",   "state", "tries",    "rows.count"};
  static const std::vector<std::string> notifications = {"n",
                                                         "time",
                                                         "kind",
                                                         "peer",
                                                         "protocol",
                                                         "row",
                                                         "mode",
                                                         "reason",
                                                         "text",
                                                         "SendLifetimeEnd",
                                                         "AcceptLifetimeEnd"};
  static const std::vector<std::string> records = {
      "name",        "protocol", "peer",           "local.address", "local.port", "remote.address",
      "remote.port", "macs",     "macs.count",     "kdfs",          "kdfs.count", "rekey_lifetime",
      "options",     "mode",     "state",          "connection",    "rows",       "rows.count",
      "session",     "key",      "local_key_name", "peer_key_name"};
  static const std::vector<std::string> mkts = {
      "row",         "record",  "protocol", "local.address", "local.port", "remote.address",
      "remote.port", "send_id", "recv_id",  "mac",           "kdf",        "options",
      "key"};
  static const std::vector<std::string> tcp_mkts = {
      "name",    "local.address", "local.port", "remote.address", "remote.port", "send_id",
      "recv_id", "mac",           "kdf",        "options"};
  static const std::vector<std::string> groups = {
      "group", "state", "gcks", "priority", "sends_with", "keys.count", "keks.count"};
  static const std::vector<std::string> ks_groups = {"speaker",        "vrf",      "interface",
                                                     "protocol",       "role",     "spi",
                                                     "policy_version", "sequence", "keys.count"};
  static const std::vector<std::string> ks_neighbours = {"name", "hears", "heard"};
  static const std::vector<std::string> gspd = {"interface", "vrf",       "mode",  "speaker",
                                                "protocol",  "direction", "action"};
  static const std::vector<std::string> sad = {
      "speaker", "vrf",           "interface",    "protocol",  "direction",
      "spi",     "source",        "destinations", "algorithm", "fingerprint",
      "origin",  "receive_start", "send_start",   "send_end",  "receive_end"};
  static const std::vector<std::string> connections = {
      "local.address", "local.port", "remote.address", "remote.port", "state",
      "current",       "rnext",      "received",       "good",        "bad"};
  switch (what) {
    case CheckStep::What::tcp_mkts:
      return tcp_mkts;
    case CheckStep::What::connections:
      return connections;
    case CheckStep::What::groups:
      return groups;
    case CheckStep::What::ks_groups:
      return ks_groups;
    case CheckStep::What::ks_neighbours:
      return ks_neighbours;
    case CheckStep::What::gspd:
      return gspd;
    case CheckStep::What::sad:
      return sad;
    case CheckStep::What::records:
      return records;
    case CheckStep::What::mkts:
      return mkts;
    case CheckStep::What::requests:
      return requests;
    case CheckStep::What::notifications:
      return notifications;
    case CheckStep::What::key_table:
      return rows;
    case CheckStep::What::sas:
      return sas;
    case CheckStep::What::associations:
      return associations;
    case CheckStep::What::events:
      break;
  }
  return events;
}

// KNOWN: the fields there can be; nullptr where the device's own answer decides.
Result<std::vector<std::pair<std::string, Matcher>>> read_row(
    const Node& map, const std::vector<std::string>* known) {
  if (!map.is_map())
    return map.error(std::string(map.kind_name()) +
                     " where a map of fields and matchers is expected");
  std::vector<std::pair<std::string, Matcher>> out;
  for (const auto& [key, value] : map.entries()) {
    if (known != nullptr && std::find(known->begin(), known->end(), key.text()) == known->end()) {
      std::string names;
      for (const std::string& name : *known)
        names += (names.empty() ? "" : ", ") + name;
      return key.error("unknown field '" + key.text() + "', expected one of: " + names);
    }
    KARPSPEC_TRY(matcher, transcript::parse_matcher(value));
    out.emplace_back(key.text(), std::move(matcher));
  }
  return out;
}

// Times in the parameters of a control step that are none.
Result<void> check_times(const Json& params, const Node& source) {
  for (const Json& value : params) {
    if (value.is_structured())
      KARPSPEC_CHECK(check_times(value, source));
    if (!value.is_string() || !value.get_ref<const std::string&>().starts_with("=now"))
      continue;
    if (const auto offset = offset_from_now(value.get_ref<const std::string&>()); !offset)
      return source.error(offset.error().message);
  }
  return {};
}

Result<std::optional<std::vector<ExpectedRows::Row>>> rows_in(
    const Node& map, std::string_view key, const std::vector<std::string>* known) {
  const Node* list = map.find(key);
  if (list == nullptr)
    return std::nullopt;
  if (!list->is_list())
    return list->error(std::string(list->kind_name()) + " where a list of rows is expected");
  std::vector<ExpectedRows::Row> out;
  for (const Node& item : list->items()) {
    KARPSPEC_TRY(row, read_row(item, known));
    out.push_back(std::move(row));
  }
  return out;
}

// What a list of rows that can have the fields KNOWN is held against.
Result<void> read_rows(const Node& map, const std::vector<std::string>& known, ExpectedRows& out) {
  KARPSPEC_TRY(rows, rows_in(map, "rows", &known));
  KARPSPEC_TRY(contains, rows_in(map, "contains", &known));
  KARPSPEC_TRY(sequence, rows_in(map, "sequence", &known));
  KARPSPEC_TRY(lacks, rows_in(map, "lacks", &known));
  out.rows = std::move(rows);
  out.contains = std::move(contains);
  out.sequence = std::move(sequence);
  out.lacks = std::move(lacks);
  if (const Node* count = map.find("count")) {
    KARPSPEC_TRY(matcher, transcript::parse_matcher(*count));
    out.count = std::move(matcher);
  }
  if (!out.rows && !out.contains && !out.sequence && !out.lacks && !out.count)
    return map.error("expected rows, contains, sequence, lacks or count");
  const Node* bind = map.find("bind");
  if (bind == nullptr)
    return {};
  if (!bind->is_map())
    return bind->error("expected a map of names and fields under 'bind'");
  if ((!out.rows || out.rows->empty()) && (!out.contains || out.contains->empty()))
    return bind->error("'bind' keeps a field of the first of 'rows' or 'contains'");
  for (const auto& [key, value] : bind->entries()) {
    KARPSPEC_TRY(field, value.scalar("a field"));
    if (std::find(known.begin(), known.end(), field) == known.end())
      return value.error("unknown field '" + field + "'" + transcript::suggestion(field, known));
    out.bind.emplace(key.text(), std::move(field));
  }
  return {};
}

}  // namespace

Result<ExpectedRows> read_items(const Node& map) {
  static const std::vector<std::string> fields = {
      "kind",       "key_id",   "algorithm",      "key",      "key_size",   "receive_start",
      "send_start", "send_end", "receive_end",    "address",  "speaker",    "vrf",
      "interface",  "protocol", "policy_version", "sequence", "receiver",   "direction",
      "materials",  "router",   "mode",           "central",  "permit_for", "first",
      "longest",    "spread",   "jitter",         "material"};
  KARPSPEC_CHECK(
      map.check_keys({"rows", "contains", "sequence", "lacks", "count", "bind"}, "'items'"));
  ExpectedRows out;
  KARPSPEC_CHECK(read_rows(map, fields, out));
  return out;
}

Result<Step> parse_control(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys(
      {"control", "params", "result", "error", "bind", "why", "checks", "sa"}, "a control step"));
  ControlStep control;
  KARPSPEC_TRY(method, what.scalar("a control method"));
  if (!dut::is_control_method(method))
    return what.error(
        "unknown control method '" + method + "'" +
        transcript::suggestion(method, {dut::control_methods.begin(), dut::control_methods.end()}));
  control.method = std::move(method);
  control.params = Json::object();
  if (const Node* params = map.find("params")) {
    if (!params->is_map())
      return params->error("expected a map under 'params'");
    control.params = to_json(*params);
    if (const Node* packet = params->find("esp");
        packet != nullptr && control.method == "ks-packet")
      KARPSPEC_CHECK(packet->check_keys(
          {"speaker", "key", "spi", "sequence", "next_header", "payload", "interface", "protocol"},
          "'esp'"));
    KARPSPEC_CHECK(check_times(control.params, *params));
  }
  if (const Node* result = map.find("result")) {
    KARPSPEC_TRY(row, read_row(*result, nullptr));
    control.result = std::move(row);
  }
  if (const Node* bind = map.find("bind")) {
    if (!bind->is_map())
      return bind->error("expected a map of names and members of the result under 'bind'");
    for (const auto& [key, value] : bind->entries()) {
      KARPSPEC_TRY(path, value.scalar("a member of the result"));
      control.bind.emplace(key.text(), std::move(path));
    }
  }
  if (const Node* error = map.find("error")) {
    KARPSPEC_TRY(text, error->scalar("an error"));
    if (text != "unsupported" && text != "refused")
      return error->error("'" + text + "' is no error, expected unsupported or refused");
    control.error = std::move(text);
  }
  Step step;
  step.text = "control: " + control.method;
  step.action = std::move(control);
  return step;
}

Result<Step> parse_check(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"check", "client", "vrf", "rows", "contains", "sequence", "lacks",
                                 "count", "bind", "within", "why", "checks", "sa"},
                                "a check step"));
  CheckStep check;
  KARPSPEC_TRY(text, what.scalar("what is to be checked"));
  using What = CheckStep::What;
  static const std::map<std::string, What> known = {{"key-table", What::key_table},
                                                    {"sas", What::sas},
                                                    {"events", What::events},
                                                    {"associations", What::associations},
                                                    {"kmdb-requests", What::requests},
                                                    {"kmdb-notifications", What::notifications},
                                                    {"gatekeeper-records", What::records},
                                                    {"gatekeeper-mkts", What::mkts},
                                                    {"mkt-list", What::tcp_mkts},
                                                    {"tcp-connections", What::connections},
                                                    {"groups", What::groups},
                                                    {"ks-groups", What::ks_groups},
                                                    {"ks-neighbours", What::ks_neighbours},
                                                    {"gspd", What::gspd},
                                                    {"sad", What::sad}};
  const auto found = known.find(text);
  if (found == known.end()) {
    std::vector<std::string> names;
    for (const auto& [name, kind] : known)
      names.push_back(name);
    return what.error("'" + text + "' cannot be checked" + transcript::suggestion(text, names));
  }
  check.what = found->second;
  if (const Node* client = map.find("client")) {
    if (check.what != What::notifications)
      return client->error("only kmdb-notifications are a client's");
    KARPSPEC_TRY(name, client->scalar("the name of a client"));
    check.client = std::move(name);
  } else if (check.what == What::notifications) {
    return map.error("kmdb-notifications are those of a 'client'");
  }
  if (const Node* vrf = map.find("vrf")) {
    if (check.what != CheckStep::What::key_table)
      return vrf->error("only the key table is a VRF's");
    KARPSPEC_TRY(name, vrf->scalar("the name of a VRF"));
    check.vrf = std::move(name);
  }
  KARPSPEC_CHECK(read_rows(map, fields_of(check.what), check));
  KARPSPEC_TRY(within, duration_in(map, "within"));
  check.within = within;
  Step step;
  step.text = "check: " + text;
  step.action = std::move(check);
  return step;
}

}  // namespace karpspec::script
