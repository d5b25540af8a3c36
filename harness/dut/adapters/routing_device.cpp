#include "dut/adapters/routing_device.h"

#include <algorithm>

#include "dut/adapters/bird.h"
#include "dut/adapters/frr.h"
#include "dut/adapters/routing_row.h"
#include "dut/adapters/routing_wire.h"
#include "dut/control.h"
#include "keytable/key_name.h"

namespace karpspec::dut {
namespace {

using namespace std::chrono_literals;
using keytable::Row;

// Longer than two of what a protocol sends of itself: Hellos each second, updates each five, and
// connections that are tried again.
Duration patience_for(Guarded protocol) {
  switch (protocol) {
    case Guarded::ospf:
      return 4s;
    case Guarded::rip:
      return 12s;
    case Guarded::bgp:
      return 8s;
  }
  return 0s;
}

bool may_have(std::string_view method) {
  constexpr std::array<std::string_view, 7> methods = {"key-table",     "row-add",    "row-replace",
                                                       "row-change",    "row-delete", "key-to-send",
                                                       "keys-to-accept"};
  return std::ranges::find(methods, method) != methods.end();
}

class RoutingDevice final : public Device {
 public:
  RoutingDevice(std::shared_ptr<DaemonPlace> place, const DutFile& file, const RoutingKind& kind)
      : place_(std::move(place)),
        name_(file.name),
        pics_(file.pics),
        tester_(file.tester.address),
        kind_(kind) {}

  Result<Json> call(std::string_view method, const Json& params) override {
    if (!params.is_object())
      return fail(ErrorCode::bad_value, "expected an object of parameters");
    if (method == "describe") {
      KARPSPEC_TRY(version, kind_.version(*place_));
      return Json{{"name", name_}, {"version", version}, {"child", "none"}, {"pics", pics_}};
    }
    if (method == "reset") {
      wire_.reset();
      daemon_.reset();
      rows_.clear();
      return Json::object();
    }
    // Its daemons are configured as they start; what a test configures is about IKE.
    if (method == "configure")
      return start();
    if (may_have(method)) {
      if (!daemon_)
        return fail(ErrorCode::bad_value, "not configured yet");
      if (params.value("vrf", "default") != Json("default"))
        return fail(ErrorCode::unsupported, "there is one VRF");
      return key_command(method, params);
    }
    return fail(ErrorCode::unsupported,
                is_control_method(method)
                    ? "the router has nothing like '" + std::string(method) + "'"
                    : "unknown method '" + std::string(method) + "'");
  }

  [[nodiscard]] Endpoint endpoint() const override { return place_->device(); }
  [[nodiscard]] bool alive() const override { return !daemon_ || daemon_->alive(); }

 private:
  Result<Json> start() {
    wire_.reset();
    daemon_.reset();
    rows_.clear();
    KARPSPEC_TRY(daemon, kind_.start(place_, tester_));
    daemon_ = std::move(daemon);
    KARPSPEC_TRY(wire, RoutingWire::open(place_, tester_));
    wire_ = std::move(wire);
    return Json::object();
  }

  Result<Json> key_command(std::string_view method, const Json& params) {
    if (method == "key-table")
      return table();
    if (method == "key-to-send")
      return to_send(params);
    if (method == "keys-to-accept")
      return to_accept(params);
    std::vector<Row> after;
    for (const Row& row : rows_)
      after.push_back(row.clone());
    if (method == "row-add" || method == "row-replace") {
      KARPSPEC_TRY(row, routing_row(params.value("row", Json::object())));
      const auto same = named(after, row.admin_key_name);
      if ((same == after.end()) != (method == "row-add"))
        return fail(ErrorCode::unsupported, "names of rows are the adapter's: a row is called '" +
                                                row.admin_key_name + "', or none is");
      if (same != after.end())
        after.erase(same);
      KARPSPEC_CHECK(fits(row, after));
      after.push_back(std::move(row));
    } else {
      const Json name = params.value("row", Json());
      const auto row = name.is_string() ? named(after, name.get<std::string>()) : after.end();
      if (row == after.end())
        return fail(ErrorCode::unsupported, "the adapter knows rows by their AdminKeyName alone");
      Row changed = row->clone();
      const auto at = after.erase(row);
      if (method == "row-change") {
        KARPSPEC_CHECK(change_routing_row(changed, params));
        KARPSPEC_CHECK(fits(changed, after));
        after.insert(at, std::move(changed));
      }
    }
    KARPSPEC_CHECK(daemon_->apply(after));
    rows_ = std::move(after);
    return Json::object();
  }

  static std::vector<Row>::iterator named(std::vector<Row>& rows, const std::string& name) {
    return std::ranges::find(rows, name, &Row::admin_key_name);
  }

  [[nodiscard]] Result<void> fits(const Row& row, const std::vector<Row>& others) const {
    for (const Row& other : others)
      if (other.protocol == row.protocol && other.local_key_name == row.local_key_name &&
          !row.local_key_name.empty())
        return fail(ErrorCode::unsupported, "the router has one key for each Key ID");
    if (row.protocol == "bgp" && row.peers != std::vector<std::string>{tester_})
      return fail(ErrorCode::unsupported, "the router's one BGP neighbor is " + tester_);
    if (const std::string why = daemon_->cannot(row, others); !why.empty())
      return fail(ErrorCode::unsupported, why);
    return {};
  }

  // What the router says of its keys, by the names that rows have here.
  Result<Json> table() {
    KARPSPEC_TRY(said, daemon_->keys());
    Json list = Json::array();
    for (const Row& row : rows_) {
      const auto own = std::find_if(said.begin(), said.end(), [&](const Json& key) {
        return key["Protocol"] == row.protocol && key["LocalKeyName"] == row.local_key_name;
      });
      list.push_back(routing_row_json(row, own == said.end() ? Json::object() : *own));
    }
    return Json{{"rows", std::move(list)}};
  }

  struct Subject {
    Guarded protocol = Guarded::ospf;
    std::vector<const Row*> rows;  // that are for it
  };
  Result<Subject> subject(const Json& params) const {
    for (const char* other : {"time", "preferred"})
      if (params.contains(other))
        return fail(ErrorCode::unsupported,
                    std::string("what is seen on the wire has no '") + other + "'");
    const Json protocol = params.value("protocol", Json()), peer = params.value("peer", Json());
    if (!protocol.is_string() || !peer.is_string())
      return fail(ErrorCode::bad_value, "expected protocol and peer");
    const auto guarded = guarded_by(protocol.get<std::string>());
    if (!guarded || (*guarded == Guarded::bgp ? peer != tester_ : peer != "link"))
      return fail(ErrorCode::unsupported, "the laboratory has no such peer of that protocol");
    Subject out{*guarded, {}};
    for (const Row& row : rows_)
      if (row.protocol == protocol &&
          std::ranges::find(row.peers, peer.get<std::string>()) != row.peers.end())
        out.rows.push_back(&row);
    return out;
  }

  Result<Json> to_send(const Json& params) {
    KARPSPEC_TRY(asked, subject(params));
    KARPSPEC_TRY(seen, wire_->key_sent(asked.protocol, asked.rows, patience_for(asked.protocol)));
    Json out = Json::object();
    if (!seen.row.empty()) {
      out["row"] = seen.row;
      out["name"] = seen.name;
    } else if (seen.packet) {
      out["unprotected"] = seen.trouble;
    }
    return out;
  }

  Result<Json> to_accept(const Json& params) {
    KARPSPEC_TRY(asked, subject(params));
    const Json name = params.value("name", Json(""));
    if (!name.is_string() ||
        (asked.protocol != Guarded::bgp && !keytable::key_number(name.get<std::string>())))
      return fail(ErrorCode::unsupported, "packets of the protocol name their key by a number");
    const std::string key_name = keytable::canonical_key_name(name.get<std::string>());
    std::vector<const Row*> tried = asked.rows;
    std::ranges::stable_sort(tried, [](const Row* a, const Row* b) {
      return a->send_lifetime_start > b->send_lifetime_start;
    });
    // Where a row has that name it is asked for that row, otherwise whether any key goes by it.
    const auto is_named = [&](const Row* row) { return row->local_key_name == key_name; };
    if (std::ranges::any_of(tried, is_named))
      std::erase_if(tried, [&](const Row* row) { return !is_named(row); });
    Json taken = Json::array();
    for (const Row* row : tried) {
      KARPSPEC_TRY(takes, wire_->takes(asked.protocol, *row, key_name));
      if (!takes)
        continue;
      taken.push_back(row->admin_key_name);
      // Who takes anything has taken no key.
      KARPSPEC_TRY(forged, wire_->takes(asked.protocol, *row, key_name, true));
      if (forged)
        taken.push_back("any digest");
    }
    return Json{{"rows", std::move(taken)}};
  }

  std::shared_ptr<DaemonPlace> place_;
  std::string name_;
  Json pics_;
  std::string tester_;
  RoutingKind kind_;
  std::unique_ptr<RoutingDaemon> daemon_;
  std::unique_ptr<RoutingWire> wire_;
  std::vector<Row> rows_;
};

}  // namespace

Result<script::MakeWorld> routing_worlds(const DutFile& file) {
  if (file.start.kind != StartKind::frr && file.start.kind != StartKind::bird)
    return fail(ErrorCode::bad_value, file.path + ": not a device of kind frr or bird");
  const RoutingKind kind = file.start.kind == StartKind::frr ? frr_kind() : bird_kind();
  KARPSPEC_TRY(place, DaemonPlace::make(file, kind.daemon));
  // A route that is not the cable's own, for an answer to who asks.
  KARPSPEC_CHECK(place->network().add_device_address("lo", "10.177.1.1/24"));
  return daemon_worlds(file, place, [place, file, kind](const script::Scenario*) {
    return std::make_unique<RoutingDevice>(place, file, kind);
  });
}

}  // namespace karpspec::dut
