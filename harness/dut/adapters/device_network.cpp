#include "dut/adapters/device_network.h"

#include <atomic>

#include "capture/live_capture.h"
#include "dut/adapters/device_root.h"

namespace karpspec::dut {
namespace {

constexpr const char* device_interface = "device";

}  // namespace

Result<std::shared_ptr<DeviceNetwork>> DeviceNetwork::make(const DutFile& file,
                                                           const std::string& label) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    return fail(ErrorCode::unsupported, why);
  std::shared_ptr<DeviceNetwork> network(new DeviceNetwork(file.start.container, label));
  if (file.start.container)
    KARPSPEC_CHECK(network->prepare_containers());
  KARPSPEC_CHECK(lab::sweep());
  if (file.start.container) {
    KARPSPEC_TRY(place, lab::ContainerNetwork::create(*network->engine_,
                                                      file.start.container->image, label));
    network->containers_.emplace(std::move(place));
  } else {
    KARPSPEC_TRY(place, lab::NetworkNamespace::create(label));
    network->device_side_ = std::make_shared<const lab::NetworkNamespace>(std::move(place));
  }
  KARPSPEC_TRY(tester_side, lab::NetworkNamespace::create(label + "-tester"));
  network->tester_side_.emplace(std::move(tester_side));
  std::vector<std::string> addresses = {file.tester.address + "/24"};
  if (!file.second_address.empty())
    addresses.push_back(file.second_address + "/24");
  for (const auto& [name, address] : file.routers)
    addresses.push_back(address + "/24");
  KARPSPEC_CHECK(
      lab::connect({network->device_side(), device_interface, {file.endpoint.address + "/24"}},
                   {network->tester_side(), tester_interface, addresses}));
  return network;
}

Result<std::shared_ptr<DeviceNetwork>> DeviceNetwork::at(
    const DutFile& file, std::shared_ptr<const lab::NetworkNamespace> place) {
  // Several of one cell have one harness, and containers are named by it and their label.
  static std::atomic<unsigned> count{0};
  std::shared_ptr<DeviceNetwork> network(
      new DeviceNetwork(file.start.container, "port-" + std::to_string(++count)));
  network->device_side_ = std::move(place);
  if (file.start.container) {
    KARPSPEC_CHECK(network->prepare_containers());
    KARPSPEC_TRY(containers, lab::ContainerNetwork::at(*network->engine_, network->device_side_));
    network->containers_.emplace(std::move(containers));
  }
  return network;
}

// An engine that does not answer would make every container of the run a failure of its own.
Result<void> DeviceNetwork::prepare_containers() {
  engine_.emplace(container_->engine);
  if (const std::string why = engine_->why_not(); !why.empty())
    return fail(ErrorCode::unsupported, why);
  KARPSPEC_CHECK(engine_->has_image(container_->image));
  KARPSPEC_CHECK(engine_->sweep());
  KARPSPEC_TRY(leftovers, lab::Leftovers::watch(*engine_, own_device_folders()));
  leftovers_ = std::move(leftovers);
  return {};
}

Result<std::function<Result<std::string>()>> DeviceNetwork::capture(
    const std::string& file, const std::string& filter) const {
  capture::LiveCaptureOptions options{
      .interface = tester_interface, .network_namespace = tester_side().name(), .path = file};
  if (!filter.empty())
    options.filter = filter;
  KARPSPEC_TRY(started, capture::LiveCapture::start(options));
  auto running = std::make_shared<capture::LiveCapture>(std::move(started));
  return [running, file]() -> Result<std::string> {
    KARPSPEC_CHECK(running->stop());
    return file;
  };
}

lab::ContainerOptions DeviceNetwork::container_options() const {
  return dut::container_options(*container_, label_);
}

Result<std::unique_ptr<lab::Container>> DeviceNetwork::start(
    const lab::ContainerOptions& options) const {
  return lab::Container::start(*engine_, *containers_, options, container_->record);
}

Result<lab::CommandResult> DeviceNetwork::run(lab::ContainerOptions options,
                                              std::vector<std::string> command) const {
  return lab::run_in_new_container(*engine_, *containers_, std::move(options), std::move(command));
}

void DeviceNetwork::begin(const std::string& test) const {
  if (container_)
    container_->record->begin(test);
}

}  // namespace karpspec::dut
