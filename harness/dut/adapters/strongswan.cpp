#include "dut/adapters/strongswan.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "dut/adapters/charon.h"
#include "dut/control.h"

namespace karpspec::dut {
namespace {

using vici::Message;

// charon takes a command and acts on it later; its answer to the command is all that is waited for.
constexpr const char* at_once = "-1";

// charon's words for the state of an IKE SA -> the control protocol's.
std::string state_name(const std::string& state) {
  if (state == "ESTABLISHED")
    return "established";
  if (state == "REKEYED" || state == "REKEYING")
    return "rekeyed";
  if (state == "DELETING" || state == "DESTROYING")
    return "closing";
  return "half-open";
}

std::uint32_t spi_of(const std::string& hex) {
  std::uint32_t value = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  return value;
}

Json sa_json(const std::string& name, const Message& sa) {
  Json children = Json::array();
  const Message children_of_sa = sa.section("child-sas");
  for (const Message::Element& element : children_of_sa.elements()) {
    const Message child = sa.section("child-sas").section(element.name);
    if (child.text({"state"}) != "INSTALLED")
      continue;
    children.push_back({{"kind", "esp"},
                        {"spi_in", spi_of(child.text({"spi-in"}))},
                        {"spi_out", spi_of(child.text({"spi-out"}))}});
  }
  return {{"peer", name},
          {"spi_i", sa.text({"initiator-spi"})},
          {"spi_r", sa.text({"responder-spi"})},
          {"role", sa.text({"initiator"}) == "yes" ? "initiator" : "responder"},
          {"state", state_name(sa.text({"state"}))},
          {"children", std::move(children)}};
}

class StrongswanDevice final : public Device {
 public:
  // With CHECKS_LIVENESS charon looks after a second of silence whether its peer is there.
  StrongswanDevice(std::shared_ptr<DaemonPlace> place, const DutFile& file, bool checks_liveness,
                   bool tells_keys = false)
      : place_(std::move(place)),
        name_(file.name),
        pics_(file.pics),
        checks_liveness_(checks_liveness),
        tells_keys_(tells_keys) {}

  Result<Json> call(std::string_view method, const Json& params) override {
    if (!params.is_object())
      return fail(ErrorCode::bad_value, "expected an object of parameters");
    if (method == "describe")
      return describe();
    if (method == "reset") {
      charon_.reset();
      return Json::object();
    }
    if (method == "configure")
      return configure(params);
    for (const std::string_view known :
         {"start", "rekey-key", "rekey-ike", "reauthenticate", "delete-key", "delete-ike", "sas"}) {
      if (method != known)
        continue;
      if (!charon_)
        return fail(ErrorCode::bad_value, "not configured yet");
      return method == "sas" ? sas() : command(method, params);
    }
    // There is no command for it; charon's own timer, set for those tests that ask, comes to it.
    if (method == "check-liveness" && checks_liveness_)
      return charon_ ? Result<Json>(Json::object())
                     : fail(ErrorCode::bad_value, "not configured yet");
    if (is_control_method(method))
      return fail(ErrorCode::unsupported, "charon has nothing like '" + std::string(method) + "'");
    return fail(ErrorCode::unsupported, "unknown method '" + std::string(method) + "'");
  }

  [[nodiscard]] Endpoint endpoint() const override { return place_->device(); }
  [[nodiscard]] bool alive() const override { return !charon_ || charon_->alive(); }
  [[nodiscard]] Vitals vitals() const override { return charon_ ? charon_->vitals() : Vitals(); }
  [[nodiscard]] std::vector<ToldKeys> told_keys() const override {
    return charon_ ? charon_->told_keys() : std::vector<ToldKeys>();
  }

 private:
  Result<Json> describe() {
    std::unique_ptr<Charon> other;
    Charon* charon = charon_.get();
    if (charon == nullptr) {
      KARPSPEC_TRY(config, charon_config({{"identity", {{"type", "ID_FQDN"}, {"value", "x"}}}},
                                         place_->device(), Charon::socket));
      KARPSPEC_TRY(started, Charon::start(place_, config));
      other = std::move(started);
      charon = other.get();
    }
    KARPSPEC_TRY(version, charon->request("version", {}));
    return Json{{"name", name_},
                {"version", "strongSwan " + version.text({"version"}) + " (" +
                                version.text({"daemon"}) + "), " + place_->below()},
                {"child", "esp"},
                {"pics", pics_}};
  }

  Result<Json> configure(const Json& params) {
    charon_.reset();
    KARPSPEC_TRY(config, charon_config(params, place_->device(), Charon::socket, checks_liveness_,
                                       tells_keys_));
    KARPSPEC_TRY(charon, Charon::start(place_, config));
    charon_ = std::move(charon);
    peers_ = config.peers;
    if (config.half_open_first)
      KARPSPEC_CHECK(leave_half_open());
    return Json::object();
  }

  // See charon_primer.
  Result<void> leave_half_open() {
    Message message;
    message.add("ike", charon_primer).add("child", charon_child).add("timeout", at_once);
    KARPSPEC_CHECK(charon_->request("initiate", message));
    // Only an SA that charon is responder of counts, and that is there when its initiator is gone.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (std::chrono::steady_clock::now() < deadline) {
      KARPSPEC_TRY(all, list_sas());
      if (all.size() == 1 && is_primer(all[0]) && all[0].sa.text({"initiator"}) != "yes")
        return {};
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return fail(ErrorCode::io, "charon has no half open SA, by which it would demand cookies");
  }

  Result<Json> command(std::string_view method, const Json& params) {
    const Json peer = params.value("peer", Json());
    if (!peer.is_string() ||
        std::find(peers_.begin(), peers_.end(), peer.get<std::string>()) == peers_.end())
      return fail(ErrorCode::bad_value, "peer: expected the name of a configured peer");
    const std::string name = peer.get<std::string>();
    Message message;
    message.add("ike", name);
    if (method == "start" || method == "rekey-key" || method == "delete-key")
      message.add("child", charon_child);
    if (method == "start" || method == "delete-key" || method == "delete-ike")
      message.add("timeout", at_once);
    if (method == "reauthenticate")
      message.add("reauth", "yes");
    const bool rekeys =
        method == "rekey-ike" || method == "rekey-key" || method == "reauthenticate";
    const char* word = method == "start" ? "initiate" : rekeys ? "rekey" : "terminate";
    KARPSPEC_TRY(answer, charon_->request(word, message));
    if (answer.text({"matches"}) == "0")
      return fail(ErrorCode::bad_value, "there is no such SA with '" + name + "'");
    return Json::object();
  }

  struct ListedSa {
    std::string name;
    Message sa;
  };

  Result<std::vector<ListedSa>> list_sas() {
    KARPSPEC_TRY(events, charon_->stream("list-sas", {}, "list-sa"));
    std::vector<ListedSa> list;
    for (const Message& event : events) {
      for (const Message::Element& element : event.elements()) {
        if (element.kind == Message::Element::Kind::section)
          list.push_back({element.name, event.section(element.name)});
      }
    }
    return list;
  }

  // At either end of charon_primer; the responder's has no name yet.
  [[nodiscard]] bool is_primer(const ListedSa& one) const {
    return one.name == charon_primer || one.sa.text({"remote-host"}) == place_->device().address;
  }

  Result<Json> sas() {
    KARPSPEC_TRY(all, list_sas());
    Json list = Json::array();
    for (const ListedSa& one : all) {
      if (!is_primer(one))
        list.push_back(sa_json(one.name, one.sa));
    }
    return Json{{"sas", std::move(list)}};
  }

  std::shared_ptr<DaemonPlace> place_;
  std::string name_;
  Json pics_;
  bool checks_liveness_, tells_keys_;
  std::unique_ptr<Charon> charon_;
  std::vector<std::string> peers_;
};

}  // namespace

Result<script::MakeWorld> strongswan_worlds(const DutFile& file) {
  if (file.start.kind != StartKind::strongswan)
    return fail(ErrorCode::bad_value, file.path + ": not a device of kind strongswan");
  KARPSPEC_TRY(place, DaemonPlace::make(file, charon_kind()));
  return daemon_worlds(file, place, [place, file](const script::Scenario* scenario) {
    return std::make_unique<StrongswanDevice>(place, file, scenario_needs(scenario, "liveness"));
  });
}

Result<std::unique_ptr<Device>> strongswan_at(const DutFile& file, const Port& port) {
  KARPSPEC_TRY(place, DaemonPlace::make_at(file, charon_kind(), port));
  return std::make_unique<StrongswanDevice>(std::move(place), file, port.checks_liveness,
                                            port.tells_keys);
}

}  // namespace karpspec::dut
