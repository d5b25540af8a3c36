#include "dut/adapters/openiked.h"

#include <algorithm>

#include "dut/adapters/iked.h"
#include "dut/control.h"

namespace karpspec::dut {
namespace {

class OpenikedDevice final : public Device {
 public:
  // With CHECKS_LIVENESS iked looks after a second of silence whether its peer is there.
  OpenikedDevice(std::shared_ptr<DaemonPlace> place, const DutFile& file, bool checks_liveness)
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
      iked_.reset();
      return Json::object();
    }
    if (method == "configure")
      return configure(params);
    // There is no command for liveness; iked's own timer, set for those tests that ask, comes to
    // it.
    const bool liveness = method == "check-liveness" && checks_liveness_;
    if (method == "start" || method == "delete-ike" || method == "sas" || liveness) {
      if (!iked_)
        return fail(ErrorCode::bad_value, "not configured yet");
      if (liveness)
        return Json::object();
      return method == "sas" ? sas() : command(method, params);
    }
    if (is_control_method(method))
      return fail(ErrorCode::unsupported, "iked has nothing like '" + std::string(method) + "'");
    return fail(ErrorCode::unsupported, "unknown method '" + std::string(method) + "'");
  }

  [[nodiscard]] Endpoint endpoint() const override { return place_->device(); }
  [[nodiscard]] bool alive() const override { return !iked_ || iked_->alive(); }
  [[nodiscard]] Vitals vitals() const override { return iked_ ? iked_->vitals() : Vitals(); }

 private:
  Result<Json> describe() {
    KARPSPEC_TRY(said, run_in(*place_, {place_->kind().program, "-V"}));
    // "OpenIKED 7.2"
    const std::string version = said.output.substr(0, said.output.find('\n'));
    if (!said.status.success() || version.find("OpenIKED") == std::string::npos)
      return fail(ErrorCode::io, "iked does not tell its version: " + version);
    return Json{{"name", name_},
                {"version", version + ", " + place_->below()},
                {"child", "esp"},
                {"pics", pics_}};
  }

  Result<Json> configure(const Json& params) {
    iked_.reset();
    KARPSPEC_TRY(config, iked_config(params, place_->device(), checks_liveness_));
    KARPSPEC_TRY(iked, Iked::start(place_, config));
    iked_ = std::move(iked);
    config_ = std::move(config);
    return Json::object();
  }

  Result<Json> command(std::string_view method, const Json& params) {
    const Json name = params.value("peer", Json());
    const auto peer =
        std::find_if(config_.peers.begin(), config_.peers.end(), [&](const IkedConfig::Peer& one) {
          return name.is_string() && name.get_ref<const std::string&>() == one.name;
        });
    if (peer == config_.peers.end())
      return fail(ErrorCode::bad_value, "peer: expected the name of a configured peer");
    if (method == "start") {
      KARPSPEC_CHECK(iked_->begin(config_, peer->name));
      return Json::object();
    }
    KARPSPEC_TRY(all, iked_->sas());
    if (std::none_of(all.begin(), all.end(), [&](const IkedSa& sa) {
          return sa.peer_address == peer->address && sa.state == "established";
        }))
      return fail(ErrorCode::bad_value, "there is no such SA with '" + peer->name + "'");
    KARPSPEC_CHECK(iked_->ikectl({"reset", "id", peer->identity}));
    return Json::object();
  }

  Result<Json> sas() {
    KARPSPEC_TRY(all, iked_->sas());
    Json list = Json::array();
    for (const IkedSa& sa : all) {
      const auto peer =
          std::find_if(config_.peers.begin(), config_.peers.end(),
                       [&](const IkedConfig::Peer& one) { return one.address == sa.peer_address; });
      if (peer == config_.peers.end())
        return fail(ErrorCode::io, "iked has an IKE SA with a stranger, " + sa.peer_address);
      Json children = Json::array();
      for (const IkedSa::Child& child : sa.children) {
        children.push_back({{"kind", "esp"}, {"spi_in", child.spi_in}, {"spi_out", child.spi_out}});
      }
      list.push_back({{"peer", peer->name},
                      {"spi_i", sa.spi_i},
                      {"spi_r", sa.spi_r},
                      {"role", sa.initiator ? "initiator" : "responder"},
                      {"state", sa.state},
                      {"children", std::move(children)}});
    }
    return Json{{"sas", std::move(list)}};
  }

  std::shared_ptr<DaemonPlace> place_;
  std::string name_;
  Json pics_;
  bool checks_liveness_;
  std::unique_ptr<Iked> iked_;
  IkedConfig config_;
};

}  // namespace

Result<script::MakeWorld> openiked_worlds(const DutFile& file) {
  if (file.start.kind != StartKind::openiked)
    return fail(ErrorCode::bad_value, file.path + ": not a device of kind openiked");
  KARPSPEC_TRY(place, DaemonPlace::make(file, iked_kind()));
  return daemon_worlds(file, place, [place, file](const script::Scenario* scenario) {
    return std::make_unique<OpenikedDevice>(place, file, scenario_needs(scenario, "liveness"));
  });
}

Result<std::unique_ptr<Device>> openiked_at(const DutFile& file, const Port& port) {
  KARPSPEC_TRY(place, DaemonPlace::make_at(file, iked_kind(), port));
  return std::make_unique<OpenikedDevice>(std::move(place), file, port.checks_liveness);
}

}  // namespace karpspec::dut
