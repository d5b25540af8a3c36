#include "keyfile/chain_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "keyfile/chain_defaults.h"
#include "keyfile/date_time.h"
#include "keyfile/events.h"
#include "keyfile/row_writer.h"
#include "keytable/key_name.h"
#include "keytable/row_text.h"
#include "keytable/tables.h"

namespace karpspec::keyfile {
namespace {

using Json = nlohmann::ordered_json;

std::string own(const char* name) {
  return std::string(own_module) + name;
}

Json lifetime_json(const std::string& from, const std::string& until) {
  const auto start = keytable::time_from_text(from), end = keytable::time_from_text(until);
  const bool endless = *end == keytable::always_end;
  if (*start == keytable::always_start && endless)
    return {{"always", Json::array({nullptr})}};
  Json json = {{"start-date-time", date_time_text(*start)}};
  if (endless)
    json["no-end-time"] = Json::array({nullptr});
  else
    json["end-date-time"] = date_time_text(*end);
  return json;
}

// "ospfv2/link/eth0,eth1", or what stands before the key-id in AdminKeyName.
std::string chain_name(const std::string& vrf, const keytable::Row& row) {
  const std::string& admin = row.admin_key_name;
  if (const auto slash = admin.rfind('/'); slash != std::string::npos && slash > 0) {
    const std::string id = admin.substr(slash + 1);
    const auto number = keytable::key_number(id);
    if (number && std::to_string(*number) == id &&
        (row.local_key_name.empty() || row.local_key_name == id))
      return admin.substr(0, slash);
  }
  std::string name = vrf == keytable::default_vrf ? "" : vrf + "/";
  name += row.protocol;
  char mark = '/';
  for (const std::string& peer : row.peers) {
    name += mark + peer;
    mark = ',';
  }
  mark = '/';
  for (const std::string& interface : row.interfaces) {
    if (interface != "all")
      name += mark + interface;
    mark = ',';
  }
  return name;
}

// Whether readers of key chains take all of ROW.
bool fits(const std::string& vrf, const keytable::Row& row) {
  // A key takes three characters an octet, AlgID the name of our module.
  constexpr std::size_t most_text_octets = 1024 - own_module.size(), most_key = 341;
  const auto small = [](const std::string& text) { return text.size() <= most_text_octets; };
  const auto& info = row.protocol_specific_info;
  return row.key.size() <= most_key && info.size() <= 64 && small(vrf) &&
         small(row.admin_key_name) && small(row.local_key_name) && small(row.peer_key_name) &&
         small(row.protocol) && small(row.kdf) && small(row.alg_id) &&
         std::all_of(row.peers.begin(), row.peers.end(), small) &&
         std::all_of(row.interfaces.begin(), row.interfaces.end(), small) &&
         std::all_of(info.begin(), info.end(),
                     [&](const auto& part) { return small(part.first) && small(part.second); });
}

// TEXT, or as much of it as makes a name.
std::string cut(std::string text) {
  constexpr std::size_t most = 200;
  if (text.size() <= most)
    return text;
  std::size_t size = most;
  while ((static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  text.resize(size);
  return text + "...";
}

// Whether NAME ends like one that has been numbered: " (2)".
bool looks_numbered(std::string_view name) {
  const auto open = name.rfind(" (");
  if (open == std::string_view::npos || !name.ends_with(')') || open + 3 >= name.size())
    return false;
  const std::string_view number = name.substr(open + 2, name.size() - open - 3);
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

ChainWriter::ChainWriter(std::ostream& out, const keytable::Rulebook& book,
                         const ConvertOptions& options)
    : out_(out), book_(book), plain_(options.plain), sorter_(options.memory, options.sealing_key) {}

Result<void> ChainWriter::add(const std::string& vrf, const keytable::Row& row) {
  if (!fits(vrf, row))
    return fail(ErrorCode::bad_value,
                "row '" + keytable::shown(row.admin_key_name) +
                    "' has more in it than a key chain takes: texts of 1024 octets, a key of 341");
  const auto joined = [](std::vector<std::string> parts) {
    std::sort(parts.begin(), parts.end());
    return Json(parts).dump();
  };
  Record record;
  put_text(record, cut(chain_name(vrf, row)));
  put_text(record, vrf);
  put_text(record, row.protocol);
  put_text(record, joined(row.peers));
  put_text(record, joined(row.interfaces));
  put_number(record, count_++);
  KeylessRow parts = keyless_row(row);
  parts.before.update(parts.behind);
  put_text(record, parts.before.dump());
  record.append(reinterpret_cast<const char*>(row.key.view().data()), row.key.size());
  return sorter_.add(record);
}

void ChainWriter::lose(std::string what) {
  constexpr std::size_t most = 63;
  if (lost_.size() < most)
    lost_.insert(std::move(what));
  else if (!lost_.contains(what))
    lost_.insert("other things besides");
}

// Chains come in the order of the names that they want.
std::string ChainWriter::free_name(std::string_view wanted) {
  if (wanted != wanted_) {
    wanted_ = wanted;
    of_name_ = 0;
  }
  ++of_name_;
  if (of_name_ == 1 && !looks_numbered(wanted_))
    return wanted_;
  return wanted_ + " (" + std::to_string(of_name_) + ")";
}

std::uint64_t ChainWriter::free_id(const std::string& wanted) {
  const auto number = keytable::key_number(wanted);
  if (number && ids_.insert(*number).second)
    return *number;
  // Behind the largest, or where that is the last one, the first that is free.
  std::uint64_t id = ids_.empty() ? 1 : *ids_.rbegin() + 1;
  if (id == 0) {
    while (ids_.contains(free_id_))
      ++free_id_;
    id = free_id_;
  }
  ids_.insert(id);
  return id;
}

void ChainWriter::begin_chain(std::string_view record) {
  chain_ = free_name(take_text(record));
  const std::string vrf(take_text(record));
  protocol_ = take_text(record);
  const Json peers = Json::parse(take_text(record)), interfaces = Json::parse(take_text(record));
  Json chain = {{"name", chain_}};
  if (plain_) {
    lose("Protocol, Peers and Interfaces stand in no key chain");
  } else {
    if (vrf != keytable::default_vrf)
      chain[own("vrf")] = vrf;
    chain[own("protocol")] = protocol_;
    chain[own("peers")] = peers;
    if (interfaces != Json::array({"all"}))
      chain[own("interfaces")] = interfaces;
  }
  out_ << (any_chain_ ? "\n]},\n" : "");
  std::string text = chain.dump();
  text.pop_back();
  out_ << text << ", \"key\": [";
  any_chain_ = true;
  any_key_ = false;
  ids_.clear();
  free_id_ = 1;
}

void ChainWriter::write_key(std::string_view record, Converted& converted) {
  const Json row = Json::parse(take_text(record));
  const auto text = [&](const char* field) { return row.value(field, std::string()); };
  const std::string algorithm = text("AlgID"), direction = text("Direction");
  const std::string identity = identity_of(algorithm, book_);
  if (plain_ && identity.starts_with(own_module)) {
    lose("RFC 8177 has no identity for " + keytable::shown(algorithm));
    ++converted.left_out;
    return;
  }
  if (plain_ && direction != "both") {
    lose("a key of a key chain always serves both directions, so none can be '" + direction + "'");
    ++converted.left_out;
    return;
  }
  const ChainDefaults defaults = chain_defaults(protocol_, algorithm, book_);
  std::string wanted = text("LocalKeyName");
  if (wanted.empty() && text("AdminKeyName").starts_with(chain_ + "/"))
    wanted = text("AdminKeyName").substr(chain_.size() + 1);
  const std::string id = std::to_string(free_id(wanted));
  Json key = {{"key-id", id}};
  const std::string send_start = text("SendLifetimeStart"), send_end = text("SendLifetimeEnd");
  const std::string accept_start = text("AcceptLifetimeStart"),
                    accept_end = text("AcceptLifetimeEnd");
  if (send_start == accept_start && send_end == accept_end)
    key["lifetime"] = {{"send-accept-lifetime", lifetime_json(send_start, send_end)}};
  else
    key["lifetime"] = {{"send-lifetime", lifetime_json(send_start, send_end)},
                       {"accept-lifetime", lifetime_json(accept_start, accept_end)}};
  key["crypto-algorithm"] = identity;
  const auto beside = [&](const char* field, const char* name, const std::string& otherwise) {
    if (text(field) == otherwise)
      return;
    if (plain_)
      lose(std::string(field) + " of some rows stands in no key chain");
    else
      key[own(name)] = text(field);
  };
  if (text("AdminKeyName") != chain_ + "/" + id) {
    if (!plain_)
      key[own("admin-key-name")] = text("AdminKeyName");
    else
      lose("AdminKeyName becomes the name of a chain and a key-id");
  }
  beside("LocalKeyName", "local-key-name", defaults.named ? id : "");
  beside("PeerKeyName", "peer-key-name", defaults.peer_named ? id : "");
  beside("KDF", "kdf", defaults.kdf);
  beside("Direction", "direction", "both");
  if (row.contains("ProtocolSpecificInfo")) {
    if (plain_)
      lose("ProtocolSpecificInfo of some rows stands in no key chain");
    else
      key[own("protocol-specific-info")] = row["ProtocolSpecificInfo"];
  }
  std::string members = key.dump();
  members.pop_back();
  out_ << (any_key_ ? ",\n  " : "\n  ") << members << ",\"key-string\":{\"hexadecimal-string\":\"";
  // What is left of the record is the key.
  write_hex(out_, {reinterpret_cast<const std::uint8_t*>(record.data()), record.size()}, true);
  out_ << "\"}}";
  any_key_ = true;
  ++converted.rows;
}

Result<void> ChainWriter::finish(Converted& converted) {
  out_ << "{\"ietf-key-chain:key-chains\": {\"key-chain\": [\n";
  Record record;
  std::string group;
  for (;;) {
    KARPSPEC_TRY(more, sorter_.next(record));
    if (!more)
      break;
    std::string_view rest = record;
    for (int i = 0; i < 5; ++i)
      (void)take_text(rest);
    const std::string_view head = std::string_view(record).substr(0, record.size() - rest.size());
    if (head != group || !any_chain_ || ids_.size() == most_members) {
      group = head;
      begin_chain(record);
    }
    (void)take_number(rest);
    write_key(rest, converted);
  }
  out_ << (any_chain_ ? "\n]}\n" : "") << "]}}\n";
  converted.lost.assign(lost_.begin(), lost_.end());
  return {};
}

}  // namespace karpspec::keyfile
