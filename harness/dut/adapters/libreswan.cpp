#include "dut/adapters/libreswan.h"

#include <algorithm>
#include <array>

#include "dut/adapters/pluto.h"
#include "dut/control.h"

namespace karpspec::dut {
namespace {

Json child_json(const PlutoSa& child) {
  return {{"kind", "esp"}, {"spi_in", child.spi_in}, {"spi_out", child.spi_out}};
}

class LibreswanDevice final : public Device {
 public:
  // With CHECKS_LIVENESS pluto looks after a second of silence whether its peer is there.
  LibreswanDevice(std::shared_ptr<DaemonPlace> place, const DutFile& file, bool checks_liveness)
      : place_(std::move(place)),
        name_(file.name),
        pics_(file.pics),
        checks_liveness_(checks_liveness) {}

  Result<Json> call(std::string_view method, const Json& params) override {
    if (!params.is_object())
      return fail(ErrorCode::bad_value, "expected an object of parameters");
    if (method == "describe")
      return describe();
    if (method == "reset") {
      pluto_.reset();
      return Json::object();
    }
    if (method == "configure")
      return configure(params);
    for (const std::string_view known :
         {"start", "rekey-key", "rekey-ike", "delete-key", "delete-ike", "sas"}) {
      if (method != known)
        continue;
      if (!pluto_)
        return fail(ErrorCode::bad_value, "not configured yet");
      return method == "sas" ? sas() : command(method, params);
    }
    // There is no command for it; pluto's own timer, set for those tests that ask, comes to it.
    if (method == "check-liveness" && checks_liveness_)
      return pluto_ ? Result<Json>(Json::object())
                    : fail(ErrorCode::bad_value, "not configured yet");
    if (is_control_method(method))
      return fail(ErrorCode::unsupported, "pluto has nothing like '" + std::string(method) + "'");
    return fail(ErrorCode::unsupported, "unknown method '" + std::string(method) + "'");
  }

  [[nodiscard]] Endpoint endpoint() const override { return place_->device(); }
  [[nodiscard]] bool alive() const override { return !pluto_ || pluto_->alive(); }
  [[nodiscard]] Vitals vitals() const override { return pluto_ ? pluto_->vitals() : Vitals(); }

 private:
  Result<Json> describe() {
    KARPSPEC_TRY(said, run_in(*place_, {place_->kind().program, "--version"}));
    // "Libreswan 4.10", and then what it was built with.
    std::string version = said.output.substr(0, said.output.find('\n'));
    version = version.substr(0, version.find(' ', version.find(' ') + 1));
    if (!said.status.success() || version.find("ibreswan") == std::string::npos)
      return fail(ErrorCode::io, "pluto does not tell its version: " + version);
    return Json{{"name", name_},
                {"version", version + " (pluto), " + place_->below()},
                {"child", "esp"},
                {"pics", pics_}};
  }

  Result<Json> configure(const Json& params) {
    pluto_.reset();
    KARPSPEC_TRY(config, pluto_config(params, place_->device(), checks_liveness_));
    KARPSPEC_TRY(pluto, Pluto::start(place_, config));
    pluto_ = std::move(pluto);
    connections_ = std::move(config.connections);
    return Json::object();
  }

  Result<Json> command(std::string_view method, const Json& params) {
    const Json peer = params.value("peer", Json());
    const auto connection =
        std::find_if(connections_.begin(), connections_.end(), [&](const auto& one) {
          return peer.is_string() && peer.get_ref<const std::string&>() == one.peer;
        });
    if (connection == connections_.end())
      return fail(ErrorCode::bad_value, "peer: expected the name of a configured peer");
    if (method == "start") {
      KARPSPEC_CHECK(pluto_->whack({"--initiate", "--asynchronous", "--name", connection->name}));
      return Json::object();
    }
    const bool child = method == "rekey-key" || method == "delete-key";
    KARPSPEC_TRY(all, pluto_->sas());
    const PlutoSa* which = nullptr;
    for (const PlutoSa& sa : all) {
      if (sa.connection == connection->name && sa.child == child && sa.established &&
          (which == nullptr || sa.newest))
        which = &sa;
    }
    if (which == nullptr)
      return fail(ErrorCode::bad_value, "there is no such SA with '" + connection->peer + "'");
    const std::string number = std::to_string(which->number);
    if (method == "rekey-ike" || method == "rekey-key") {
      KARPSPEC_CHECK(pluto_->whack(
          {child ? "--rekey-ipsec" : "--rekey-ike", "--asynchronous", "--name", number}));
    } else {
      // whack stays until the peer has answered.
      KARPSPEC_CHECK(pluto_->begin({"--deletestate", number}));
    }
    return Json::object();
  }

  Result<Json> sas() {
    KARPSPEC_TRY(all, pluto_->sas());
    const std::string log = pluto_->log();
    Json list = Json::array();
    for (const PlutoSa& sa : all) {
      if (sa.child)
        continue;
      const auto peer = std::find_if(connections_.begin(), connections_.end(),
                                     [&](const auto& one) { return one.name == sa.connection; });
      const auto more = pluto_sa_log(log, sa.number);
      if (peer == connections_.end() || !more)
        return fail(ErrorCode::io,
                    "pluto's log says nothing of its IKE SA #" + std::to_string(sa.number));
      Json children = Json::array();
      for (const PlutoSa& child : all) {
        if (child.child && child.established && child.ike_sa == sa.number)
          children.push_back(child_json(child));
      }
      list.push_back(
          {{"peer", peer->peer},
           {"spi_i", more->spi_i},
           {"spi_r", more->spi_r},
           {"role", more->initiator ? "initiator" : "responder"},
           {"state", sa.established && !sa.newest && replaced(all, sa) ? "rekeyed" : sa.state},
           {"children", std::move(children)}});
    }
    return Json{{"sas", std::move(list)}};
  }

  // Whether a later IKE SA of the same connection is the newest.
  static bool replaced(const std::vector<PlutoSa>& all, const PlutoSa& sa) {
    return std::any_of(all.begin(), all.end(), [&](const PlutoSa& other) {
      return !other.child && other.established && other.newest && other.number > sa.number &&
             other.connection == sa.connection;
    });
  }

  std::shared_ptr<DaemonPlace> place_;
  std::string name_;
  Json pics_;
  bool checks_liveness_;
  std::unique_ptr<Pluto> pluto_;
  std::vector<PlutoConfig::Connection> connections_;
};

}  // namespace

Result<script::MakeWorld> libreswan_worlds(const DutFile& file) {
  if (file.start.kind != StartKind::libreswan)
    return fail(ErrorCode::bad_value, file.path + ": not a device of kind libreswan");
  KARPSPEC_TRY(place, DaemonPlace::make(file, pluto_kind()));
  return daemon_worlds(file, place, [place, file](const script::Scenario* scenario) {
    return std::make_unique<LibreswanDevice>(place, file, scenario_needs(scenario, "liveness"));
  });
}

Result<std::unique_ptr<Device>> libreswan_at(const DutFile& file, const Port& port) {
  KARPSPEC_TRY(place, DaemonPlace::make_at(file, pluto_kind(), port));
  return std::make_unique<LibreswanDevice>(std::move(place), file, port.checks_liveness);
}

}  // namespace karpspec::dut
