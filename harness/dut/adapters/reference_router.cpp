#include "dut/adapters/reference_router.h"

#include <algorithm>
#include <cmath>

#include "dut/adapters/gatekeeper_control.h"
#include "dut/adapters/group_control.h"
#include "dut/adapters/key_control.h"
#include "dut/adapters/keyserver_control.h"
#include "dut/adapters/kmdb_control.h"
#include "dut/adapters/router_config.h"
#include "keytable/row.h"
#include "wire/spi_text.h"

namespace karpspec::dut {
namespace {

Json child_json(const oracle::ChildInfo& child) {
  if (child.kind == oracle::ChildKind::esp) {
    return {{"kind", "esp"}, {"spi_in", child.spi_in}, {"spi_out", child.spi_out}};
  }
  return {{"kind", "tcp-ao"},
          {"protocol", routing_protocol_name(child.protocol)},
          {"send_id", child.send_id},
          {"recv_id", child.recv_id},
          {"auth_alg", child.auth_alg},
          {"kdf", child.kdf},
          {"options", child.exclude_options ? "exclude" : "include"},
          {"row", child.admin_key_name}};
}

Json sas_json(const std::vector<oracle::SaInfo>& sas) {
  Json list = Json::array();
  for (const oracle::SaInfo& sa : sas) {
    Json children = Json::array();
    for (const oracle::ChildInfo& child : sa.children)
      children.push_back(child_json(child));
    list.push_back({{"peer", sa.peer},
                    {"spi_i", wire::spi_text(sa.spi_i)},
                    {"spi_r", wire::spi_text(sa.spi_r)},
                    {"role", sa.initiator ? "initiator" : "responder"},
                    {"state", sa.state},
                    {"children", std::move(children)}});
  }
  return {{"sas", std::move(list)}};
}

// Those after SINCE in PARAMS. Errors: bad_value.
Result<Json> events_json(const std::vector<oracle::Event>& events, const Json& params) {
  const Json since = params.value("since", Json(0U));
  if (!since.is_number_unsigned())
    return fail(ErrorCode::bad_value, "since: expected a number");
  Json list = Json::array();
  for (const oracle::Event& event : events) {
    if (event.n <= since.get<std::uint64_t>())
      continue;
    Json item = {{"n", event.n},
                 {"time", keytable::to_text(event.time)},
                 {"kind", event.kind},
                 {"text", event.text}};
    for (const auto& [name, value] : event.fields)
      item[name] = value;
    list.push_back(std::move(item));
  }
  return Json{{"events", std::move(list)}};
}

Result<std::string> peer_of(const Json& params) {
  const auto found = params.find("peer");
  if (found == params.end() || !found->is_string()) {
    return fail(ErrorCode::bad_value, "peer: expected the name of a configured peer");
  }
  return found->get<std::string>();
}

Result<std::uint8_t> protocol_of(const Json& params) {
  return routing_protocol_from(params.value("protocol", Json("BGP")));
}

}  // namespace

Json reference_description(bool tcp) {
  Json out = {{"name", "karpspec reference device"},
              {"version", "1"},
              {"child", "rkmp"},
              {"pics",
               {{"roles", {"initiator", "responder"}},
                {"auth",
                 {"psk", "rsa", "ecdsa", "digital-signature", "digital-ecdsa", "raw-key",
                  "fingerprint", "certificates"}},
                {"control", true},
                {"key-table", true},
                {"claims",
                 {"cookies",
                  "events",
                  "sas",
                  "rekey-ike",
                  "rekey-key",
                  "reauthenticate",
                  "liveness",
                  "keeps-ike-sa",
                  "timers",
                  "half-open-limit",
                  "key-life",
                  "mixed-pairs",
                  "mixed-auth",
                  "sha2-384",
                  "sha2-512",
                  "ed25519",
                  "ed448",
                  "key-purpose",
                  "chain-limit",
                  "peer-addresses",
                  "strict-names",
                  "id-general-name",
                  "revocation",
                  "aes-gcm",
                  "group-19",
                  "prf-sha2-512",
                  "prf-aes-xcbc",
                  "pcep",
                  "private-protocols",
                  "rollover-by-time",
                  "ipv6",
                  "fragmentation",
                  "kmdb",
                  "key-management",
                  "key-selection",
                  "vrfs",
                  "associations",
                  "expiry-policy",
                  "expiry-notices",
                  "row-groups",
                  "table-backup",
                  "clock",
                  "gatekeeper",
                  "mrkmp",
                  "keyservers",
                  "two-links"}}}}};
  if (tcp)
    for (const char* claim : {"tcp-ao", "tcp-ao-ports", "tcp-md5"})
      out["pics"]["claims"].push_back(claim);
  return out;
}

ReferenceRouter::ReferenceRouter(Endpoint local, std::uint64_t seed, oracle::Seams& seams,
                                 wire::CodePoints numbers, Rules rules)
    : local_(std::move(local)),
      seed_(seed),
      seams_(seams),
      numbers_(numbers),
      rules_(std::move(rules)),
      random_(seed, "reference router") {}

PacketMachine& ReferenceRouter::use_tcp(std::vector<wire::IpAddress> addresses) {
  oracle::Tunables tunables;
  seams_.tune(tunables);
  routing_ = GatekeeperTcp(
      {tunables.gk_tcp_follows_always, tunables.gk_tcp_withdraws, tunables.gk_tcp_keeps_port});
  return tcp_.emplace(std::move(addresses), seed_, tunables.tcp_habit);
}

Result<Json> ReferenceRouter::configure(const Json& params) {
  oracle::RouterConfig config;
  config.local = local_;
  config.numbers = numbers_;
  config.vendor_id = oracle::profile_vendor_id();
  config.rules = rules_;
  KARPSPEC_CHECK(read_router_config(params, config));
  configuration_ = params;
  router_.reset();
  node_.reset();
  keyserver_.reset();
  if (configures_groups(params) && configures_keyserver(params))
    return fail(ErrorCode::bad_value, "keyserver: a router of MRKMP is none here");
  if (configures_keyserver(params)) {
    KARPSPEC_TRY(node, read_keyserver_config(params, std::move(config)));
    if (device_key_.view().empty())
      device_key_ = Secret(random_.octets(32));
    node.device_key = device_key_.clone();
    node.storage = storage_;
    keyserver_ = std::make_unique<oracle::keyserver::Node>(std::move(node), random_, seams_);
    return Json::object();
  }
  if (configures_groups(params)) {
    KARPSPEC_TRY(node, read_node_config(params, std::move(config)));
    node_ = std::make_unique<oracle::mrkmp::Node>(std::move(node), random_, seams_);
    return Json::object();
  }
  router_.emplace(std::move(config), random_, seams_);
  if (const auto records = params.find("gatekeeper"); records != params.end())
    KARPSPEC_CHECK(configure_gatekeeper(*router_, *records));
  return Json::object();
}

void ReferenceRouter::follow_tcp(Time now) {
  if (router_ && tcp_)
    routing_.follow(*router_, *tcp_, now);
}

Result<Json> ReferenceRouter::call(std::string_view method, const Json& params, Time now,
                                   std::vector<Datagram>& sent) {
  auto done = dispatch(method, params, now + ahead_, sent);
  keep_storage();
  follow_tcp(now);
  return done;
}

Result<Json> ReferenceRouter::dispatch(std::string_view method, const Json& params, Time now,
                                       std::vector<Datagram>& sent) {
  if (method == "describe")
    return reference_description(tcp_.has_value());
  if (method == "reset") {
    router_.reset();
    node_.reset();
    keyserver_.reset();
    storage_.reset();
    routing_.forget();
    if (tcp_)
      tcp_->reset();
    return Json::object();
  }
  if (method == "configure") {
    storage_.reset();
    return configure(params);
  }
  if (keyserver_ || is_keyserver_method(method) || method == "ks-storage")
    return command_keyserver(method, params, now, sent);
  if (node_ && method == "replace-router")
    return configure(Json(configuration_));
  if (node_ || is_group_method(method))
    return command_node(method, params, now, sent);
  for (const std::string_view known :
       {"start", "rekey-key", "rekey-ike", "reauthenticate", "check-liveness", "delete-key",
        "delete-ike", "sas", "events"}) {
    if (method != known)
      continue;
    if (!router_)
      return fail(ErrorCode::bad_value, "not configured yet");
    return command(method, params, now, sent);
  }
  if (method == "replace-router")
    return replace(now, sent);
  if (method == "clock")
    return pass_time(params, now, sent);
  if (is_kmdb_method(method) || is_key_method(method)) {
    if (!router_)
      return fail(ErrorCode::bad_value, "not configured yet");
    return is_key_method(method) ? key_command(*router_, method, params, now, sent)
                                 : kmdb_command(*router_, method, params, now, sent);
  }
  if (is_gatekeeper_method(method)) {
    if (!router_)
      return fail(ErrorCode::bad_value, "not configured yet");
    KARPSPEC_TRY(result, gatekeeper_command(*router_, method, params, now, sent));
    if (tcp_ && (method == "gatekeeper-open" || method == "gatekeeper-close")) {
      KARPSPEC_TRY(ends, connection_ends(params, *router_));
      if (method == "gatekeeper-open")
        routing_.want(result.value("record", ""), std::move(ends));
      else
        routing_.give_up(ends, *tcp_, now - ahead_);
    }
    return result;
  }
  if (tcp_ && is_tcp_method(method))
    return tcp_->call(method, params, now - ahead_, packets_);
  return fail(ErrorCode::unsupported, "unknown method '" + std::string(method) + "'");
}

Result<Json> ReferenceRouter::command_node(std::string_view method, const Json& params, Time now,
                                           std::vector<Datagram>& sent) {
  if (!node_)
    return fail(ErrorCode::bad_value, "no groups are configured");
  if (method == "sas")
    return sas_json(node_->sas());
  if (method == "events")
    return events_json(node_->events(), params);
  if (is_group_method(method) || method == "key-table")
    return group_command(*node_, method, params, now, sent);
  return fail(ErrorCode::unsupported,
              "'" + std::string(method) + "' is nothing for a router of MRKMP");
}

Result<Json> ReferenceRouter::command_keyserver(std::string_view method, const Json& params,
                                                Time now, std::vector<Datagram>& sent) {
  if (!keyserver_)
    return fail(ErrorCode::bad_value, "no key server is configured");
  if (method == "sas")
    return sas_json(keyserver_->sas());
  if (method == "events")
    return events_json(keyserver_->events(), params);
  if (method == "ks-storage")
    return Json{{"storage", storage_ ? to_hex(*storage_) : std::string()}};
  if (method == "replace-router")
    return restart_keyserver(params);
  if (is_keyserver_method(method))
    return keyserver_command(*keyserver_, method, params, now, sent);
  return fail(ErrorCode::unsupported, "'" + std::string(method) + "' is nothing for a key server");
}

Result<Json> ReferenceRouter::restart_keyserver(const Json& params) {
  const Json storage = params.value("storage", Json("kept"));
  if (!storage.is_string())
    return fail(ErrorCode::bad_value, "storage: expected kept, lost, or octets in hex");
  if (storage == "lost") {
    storage_.reset();
  } else if (storage != "kept") {
    KARPSPEC_TRY(octets, from_hex(storage.get_ref<const std::string&>()));
    storage_ = std::move(octets);
  }
  return configure(Json(configuration_));
}

void ReferenceRouter::keep_storage() {
  if (!keyserver_)
    return;
  if (auto written = keyserver_->take_storage())
    storage_ = std::move(written);
}

const Machine* ReferenceRouter::machine() const {
  if (keyserver_)
    return keyserver_.get();
  if (node_)
    return node_.get();
  return router_ ? &*router_ : nullptr;
}

Result<Json> ReferenceRouter::command(std::string_view method, const Json& params, Time now,
                                      std::vector<Datagram>& sent) {
  if (method == "sas")
    return sas_json(router_->sas());
  if (method == "events")
    return events_json(router_->events(), params);
  KARPSPEC_TRY(peer, peer_of(params));
  KARPSPEC_TRY(protocol, protocol_of(params));
  oracle::Router::Sent done = std::vector<Datagram>();
  if (method == "start") {
    done = router_->start(peer, protocol, now);
  } else if (method == "rekey-key") {
    done = router_->rekey_key(peer, protocol, params.value("ke", Json(false)) == true, now);
  } else if (method == "rekey-ike") {
    done = router_->rekey_ike(peer, now);
  } else if (method == "reauthenticate") {
    done = router_->reauthenticate(peer, now);
  } else if (method == "check-liveness") {
    done = router_->check_liveness(peer, now);
  } else if (method == "delete-key") {
    done = router_->delete_key(peer, protocol, now);
  } else {
    done = router_->delete_ike(peer, params.value("keep_keys", Json(true)) == true, now);
  }
  if (!done)
    return fail(ErrorCode::bad_value, done.error().message);
  sent.insert(sent.end(), done->begin(), done->end());
  return Json::object();
}

Result<Json> ReferenceRouter::replace(Time now, std::vector<Datagram>& sent) {
  if (!router_)
    return fail(ErrorCode::bad_value, "not configured yet");
  const oracle::operations::Associations wanted = router_->associations(now);
  KARPSPEC_CHECK(configure(Json(configuration_)));
  router_->associations(now).adopt(wanted);
  const auto out = router_->tick(now);
  sent.insert(sent.end(), out.begin(), out.end());
  return Json::object();
}

Result<Json> ReferenceRouter::pass_time(const Json& params, Time now, std::vector<Datagram>& sent) {
  constexpr double ten_years = 315360000;
  const Time begun = now;
  Time until = now;
  if (const auto advance = params.find("advance"); advance != params.end()) {
    if (!advance->is_number() || *advance < 0 || *advance > ten_years || params.contains("set"))
      return fail(ErrorCode::bad_value, "advance: expected seconds, without 'set'");
    until += Duration{std::llround(advance->get<double>() * 1e6)};
  } else {
    const Json set = params.value("set", Json());
    if (!set.is_string())
      return fail(ErrorCode::bad_value, "expected 'advance' or 'set'");
    KARPSPEC_TRY(time, keytable::time_from_text(set.get_ref<const std::string&>()));
    if (time < now || time - now > std::chrono::seconds{static_cast<std::int64_t>(ten_years)})
      return fail(ErrorCode::bad_value, "set: the clock goes forward, by ten years at most");
    until = time;
  }
  // What a timer does may set another one for the same moment; a router that does so for ever
  // stays where it is.
  constexpr std::size_t most_ticks = 1'000'000;
  for (std::size_t i = 0; router_ && i < most_ticks && sent.empty(); ++i) {
    const auto next = router_->deadline();
    if (!next || *next > until)
      break;
    now = std::max(now, *next);
    const auto out = router_->tick(now);
    sent.insert(sent.end(), out.begin(), out.end());
  }
  if (sent.empty())
    now = until;
  ahead_ += now - begun;
  return Json{{"advanced", std::chrono::duration<double>(now - begun).count()},
              {"time", keytable::to_text(now)}};
}

std::vector<Datagram> ReferenceRouter::receive(const Datagram& datagram, Time now) {
  Machine* own = machine();
  auto out = own != nullptr ? own->receive(datagram, now + ahead_) : std::vector<Datagram>();
  keep_storage();
  follow_tcp(now);
  return out;
}

std::vector<Datagram> ReferenceRouter::tick(Time now) {
  Machine* own = machine();
  auto out = own != nullptr ? own->tick(now + ahead_) : std::vector<Datagram>();
  keep_storage();
  follow_tcp(now);
  return out;
}

const std::vector<oracle::IkeKeyLog>& ReferenceRouter::ike_keys() const {
  static const std::vector<oracle::IkeKeyLog> none;
  return router_ ? router_->ike_keys() : none;
}

std::optional<Time> ReferenceRouter::deadline() const {
  const Machine* running = machine();
  const auto own = running != nullptr ? running->deadline() : std::nullopt;
  return own ? std::optional(*own - ahead_) : std::nullopt;
}

}  // namespace karpspec::dut
