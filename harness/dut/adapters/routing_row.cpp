#include "dut/adapters/routing_row.h"

#include <algorithm>
#include <cmath>

#include "dut/adapters/routing_daemon.h"
#include "dut/adapters/routing_wire.h"
#include "keytable/key_name.h"
#include "oracle/rpauth/digest.h"

namespace karpspec::dut {
namespace {

using keytable::Direction;
using keytable::Row;

tl::unexpected<Error> no_place(const std::string& what) {
  return fail(ErrorCode::unsupported, "the router has no place for " + what);
}

Result<std::string> text(const Json& fields, const char* name, const char* otherwise = nullptr) {
  const auto found = fields.find(name);
  if (found == fields.end() && otherwise != nullptr)
    return std::string(otherwise);
  if (found == fields.end() || !found->is_string())
    return no_place(std::string("a row whose ") + name + " is no text");
  return found->get<std::string>();
}

// A list, or the one member of it.
Result<std::vector<std::string>> texts(const Json& fields, const char* name) {
  std::vector<std::string> out;
  const Json value = fields.value(name, Json::array());
  for (const Json& item : value.is_string() ? Json::array({value}) : value) {
    if (!item.is_string())
      return no_place(std::string("a row whose ") + name + " is no list of texts");
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<void> time(const Json& fields, const char* name, Time& into) {
  KARPSPEC_TRY(written, text(fields, name));
  const auto read = keytable::time_from_text(written);
  if (!read)
    return no_place(std::string(name) + " '" + written + "'");
  into = *read;
  return {};
}

Result<void> direction(const std::string& written, Row& row) {
  if (written == "both")
    row.direction = Direction::both;
  else if (written == "disabled")
    row.direction = Direction::disabled;
  else
    return no_place("a key of direction '" + written + "'");
  return {};
}

}  // namespace

std::optional<std::string> printable_key(const Row& key) {
  const OctetView octets = key.key.view();
  if (octets.empty() || std::ranges::any_of(octets, [](std::uint8_t octet) {
        return octet < 0x20 || octet > 0x7e || octet == '"' || octet == '\\' || octet == '?';
      }))
    return std::nullopt;
  return std::string(octets.begin(), octets.end());
}

Result<Row> routing_row(const Json& fields) {
  Row row;
  KARPSPEC_TRY(name, text(fields, "AdminKeyName"));
  KARPSPEC_TRY(local, text(fields, "LocalKeyName", ""));
  KARPSPEC_TRY(peer, text(fields, "PeerKeyName", ""));
  KARPSPEC_TRY(protocol, text(fields, "Protocol"));
  KARPSPEC_TRY(kdf, text(fields, "KDF"));
  KARPSPEC_TRY(alg_id, text(fields, "AlgID"));
  KARPSPEC_TRY(key, text(fields, "Key"));
  KARPSPEC_TRY(way, text(fields, "Direction"));
  KARPSPEC_TRY(peers, texts(fields, "Peers"));
  KARPSPEC_TRY(interfaces, texts(fields, "Interfaces"));
  row.admin_key_name = std::move(name);
  row.local_key_name = keytable::canonical_key_name(local);
  row.peer_key_name = std::move(peer);
  row.protocol = std::move(protocol);
  row.kdf = std::move(kdf);
  row.alg_id = std::move(alg_id);
  row.peers = std::move(peers);
  const auto guarded = guarded_by(row.protocol);
  if (!guarded || !oracle::rpauth::algorithm_from(row.alg_id) || row.kdf != "none")
    return no_place("keys of " + row.protocol + " with " + row.alg_id + " and KDF " + row.kdf);
  const auto number = keytable::key_number(row.local_key_name);
  if (*guarded == Guarded::bgp ? !row.local_key_name.empty() : !number || *number > 255)
    return no_place("a key called '" + row.local_key_name + "'");
  if (!row.peer_key_name.empty() && row.peer_key_name != row.local_key_name)
    return no_place("a PeerKeyName of its own");
  if (row.peers.empty() || (!interfaces.empty() && interfaces != std::vector<std::string>{"all"}))
    return no_place("a row for other peers or interfaces than the laboratory's one");
  const auto octets = from_hex(key);
  if (!octets || octets->empty())
    return no_place("a Key that is no hexadecimal");
  row.key = Secret(*octets);
  KARPSPEC_CHECK(direction(way, row));
  KARPSPEC_CHECK(time(fields, "SendLifetimeStart", row.send_lifetime_start));
  KARPSPEC_CHECK(time(fields, "SendLifetimeEnd", row.send_lifetime_end));
  KARPSPEC_CHECK(time(fields, "AcceptLifetimeStart", row.accept_lifetime_start));
  KARPSPEC_CHECK(time(fields, "AcceptLifetimeEnd", row.accept_lifetime_end));
  if (row.send_lifetime_end < row.send_lifetime_start ||
      row.accept_lifetime_end < row.accept_lifetime_start)
    return no_place("a lifetime that ends before it starts");
  return row;
}

Result<void> change_routing_row(Row& row, const Json& params) {
  if (params.contains("direction")) {
    KARPSPEC_TRY(way, text(params, "direction"));
    KARPSPEC_CHECK(direction(way, row));
  }
  if (params.contains("expires")) {
    KARPSPEC_CHECK(time(params, "expires", row.send_lifetime_end));
    const Json overlap = params.value("overlap", Json(0));
    if (!overlap.is_number())
      return no_place("an overlap that is no number");
    row.accept_lifetime_end =
        row.send_lifetime_end + Duration{std::llround(overlap.get<double>() * 1e6)};
  }
  for (const auto& [name, into] :
       {std::pair<const char*, Time*>{"SendLifetimeStart", &row.send_lifetime_start},
        {"SendLifetimeEnd", &row.send_lifetime_end},
        {"AcceptLifetimeStart", &row.accept_lifetime_start},
        {"AcceptLifetimeEnd", &row.accept_lifetime_end}})
    if (params.contains(name))
      KARPSPEC_CHECK(time(params, name, *into));
  return {};
}

Json routing_row_json(const Row& row, const Json& said) {
  Json out = {{"AdminKeyName", row.admin_key_name},
              {"LocalKeyName", row.local_key_name},
              {"PeerKeyName", row.peer_key_name},
              {"Peers", row.peers},
              {"Interfaces", row.interfaces},
              {"Protocol", row.protocol},
              {"ProtocolSpecificInfo", ""},
              {"KDF", row.kdf},
              {"AlgID", ""},
              {"Key", ""},
              {"Direction", keytable::to_string(row.direction)},
              {"SendLifetimeStart", ""},
              {"SendLifetimeEnd", ""},
              {"AcceptLifetimeStart", ""},
              {"AcceptLifetimeEnd", ""}};
  for (const auto& [name, value] : said.items())
    out[name] = value;
  return out;
}

}  // namespace karpspec::dut
