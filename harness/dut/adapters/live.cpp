#include "dut/adapters/live.h"

#include "dut/adapters/live_host.h"
#include "dut/adapters/tester_endpoints.h"
#include "lab/live_link.h"

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

 private:
  std::shared_ptr<LiveHost> host_;
  std::optional<Error> trouble_;
  std::optional<Result<Json>> reset_;  // the answer, until it is asked for
};

}  // namespace

Result<script::MakeWorld> live_worlds(const DutFile& file) {
  if (file.start.kind != StartKind::process && file.start.kind != StartKind::running)
    return fail(ErrorCode::bad_value, file.path + ": not a device of kind process or running");
  auto host = std::make_shared<LiveHost>(file);
  return script::MakeWorld([host](const script::WorldRequest& request) -> Result<script::World> {
    script::World world;
    auto device = std::make_unique<LiveDevice>(host);
    KARPSPEC_TRY(link, lab::LiveLink::open({tester_endpoints(host->file(), request.scenario), {}}));
    world.link = std::move(link);
    world.device = std::move(device);
    world.tester = host->file().tester;
    world.second_address = host->file().second_address;
    world.simulated = false;
    return world;
  });
}

}  // namespace karpspec::dut
