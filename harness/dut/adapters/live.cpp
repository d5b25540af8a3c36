#include "dut/adapters/live.h"

#include <atomic>

#include "dut/adapters/live_host.h"
#include "dut/adapters/tester_endpoints.h"
#include "lab/live_link.h"
#include "oracle/mrkmp/node.h"

namespace karpspec::dut {
namespace {

class LiveDevice final : public Device {
 public:
  // Resets the device, so that the last test's ends before this test's sockets are opened.
  explicit LiveDevice(std::shared_ptr<LiveHost> host) : host_(std::move(host)) {
    if (auto ready = host_->ready(); !ready)
      trouble_ = std::move(ready).error();
    else
      reset_ = host_->call("reset", Json::object());
  }

  Result<Json> call(std::string_view method, const Json& params) override {
    if (trouble_)
      return tl::unexpected(*trouble_);
    if (const auto done = std::exchange(reset_, std::nullopt); done && method == "reset")
      return *done;
    return host_->call(method, params);
  }
  [[nodiscard]] Endpoint endpoint() const override { return host_->file().endpoint; }
  [[nodiscard]] bool alive() const override { return !trouble_ && host_->alive(); }
  [[nodiscard]] Vitals vitals() const override { return host_->vitals(); }
  [[nodiscard]] std::vector<ToldKeys> told_keys() const override { return host_->told_keys(); }
  void give_up() override { host_->distrust(); }

 private:
  std::shared_ptr<LiveHost> host_;
  std::optional<Error> trouble_;
  std::optional<Result<Json>> reset_;  // the answer, until it is asked for
};

}  // namespace

Result<script::MakeWorld> live_worlds(const DutFile& given) {
  const StartKind kind = given.start.kind;
  if (kind != StartKind::process && kind != StartKind::running && kind != StartKind::container) {
    return fail(ErrorCode::bad_value,
                given.path + ": not a device of kind process, running or container");
  }
  std::shared_ptr<DeviceNetwork> network;
  if (kind == StartKind::container) {
    static std::atomic<unsigned> count{0};
    KARPSPEC_TRY(made, DeviceNetwork::make(given, "device-" + std::to_string(++count)));
    network = std::move(made);
  }
  auto host = std::make_shared<LiveHost>(given, network);
  return script::MakeWorld([host](const script::WorldRequest& request) -> Result<script::World> {
    script::World world;
    if (host->network() != nullptr)
      host->network()->begin(request.test);
    auto device = std::make_unique<LiveDevice>(host);
    const DutFile& file = host->file();
    lab::LiveOptions options;
    if (host->network() != nullptr) {
      options.network_namespace = host->network()->tester_side().name();
      const auto capture = [&] {
        const bool ike = file.endpoint.port == 500;
        return host->network()->capture(host->folder() + "/" + name_of_capture(),
                                        ike ? "" : "udp or (ip[6:2] & 0x3fff) != 0");
      };
      auto end_capture = capture();
      if (!end_capture) {
        // A device can take the cable away, and still live: a new one has it again.
        host->distrust();
        device = std::make_unique<LiveDevice>(host);
        end_capture = capture();
      }
      KARPSPEC_CHECK(end_capture);
      world.end_capture = *std::move(end_capture);
    }
    options.endpoints = tester_endpoints(file, request.scenario);
    if (!file.on_wire)
      options.endpoints = {{file.tester.address, 0}};  // any port that is free
    // Without places for its routers the player finds no group, and says so.
    const bool ipv6 = file.endpoint.address.find(':') != std::string::npos;
    const bool groups = request.scenario != nullptr && request.scenario->has_groups() &&
                        !file.routers.empty() && request.scenario->on_ipv6() == ipv6;
    if (groups)
      options.group = oracle::mrkmp::group_address(ipv6);
    KARPSPEC_TRY(link, lab::LiveLink::open(options));
    world.link = std::move(link);
    world.device = std::move(device);
    world.tester = file.tester;
    world.second_address = file.second_address;
    if (groups) {
      world.routers = file.routers;
      world.group_address = options.group;
    }
    world.simulated = false;
    world.on_wire = file.on_wire;
    world.given_up = [host] { return host->given_up(); };
    return world;
  });
}

Result<std::unique_ptr<Device>> live_at(const DutFile& file, const Port& port) {
  const bool container = file.start.kind == StartKind::container;
  if (file.start.kind != StartKind::process && !container)
    return fail(ErrorCode::bad_value, file.path + ": not a device of kind process or container");
  std::shared_ptr<DeviceNetwork> network;
  if (container) {
    KARPSPEC_TRY(made, DeviceNetwork::at(file, port.place));
    network = std::move(made);
  }
  return std::make_unique<LiveDevice>(std::make_shared<LiveHost>(file, port, std::move(network)));
}

}  // namespace karpspec::dut
