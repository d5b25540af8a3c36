#include "dut/adapters/device_network.h"

#include <atomic>

#include "capture/live_capture.h"
#include "dut/adapters/device_root.h"

namespace karpspec::dut {
namespace {

constexpr const char* device_interface = "device";

}  // namespace

std::string name_of_capture() {
  static std::atomic<unsigned> count{0};
  return "wire-" + std::to_string(++count) + ".pcapng";
}

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
  network->device_addresses_ = {file.endpoint.address + "/24"};
  std::vector<std::string>& addresses = network->tester_addresses_;
  addresses = {file.tester.address + "/24"};
  if (!file.second_address.empty())
    addresses.push_back(file.second_address + "/24");
  for (const auto& [name, address] : file.routers)
    addresses.push_back(address + "/24");
  KARPSPEC_CHECK(
      lab::connect({network->device_side(), device_interface, network->device_addresses_},
                   {network->tester_side(), tester_interface, addresses}));
  return network;
}

Result<void> DeviceNetwork::add_device_address(const std::string& interface,
                                               const std::string& address) {
  KARPSPEC_CHECK(device_side().add_address(interface, address));
  further_.emplace_back(interface, address);
  return {};
}

Result<void> DeviceNetwork::renew_device_side() {
  KARPSPEC_TRY(renewed, lab::ContainerNetwork::create(*engine_, container_->image,
                                                      label_ + "-" + std::to_string(starts_)));
  const lab::NetworkNamespace& place = renewed.place();
  for (const auto& [interface, address] : further_)
    KARPSPEC_CHECK(place.add_address(interface, address));
  // A cable whose other end is moved does not lose this one, and what captures here goes on.
  if (device_side().ip({"link", "set", device_interface, "netns", place.name()})) {
    for (const std::string& address : device_addresses_)
      KARPSPEC_CHECK(place.add_address(device_interface, address));
    KARPSPEC_CHECK(place.ip({"link", "set", device_interface, "up"}));
    containers_.emplace(std::move(renewed));
    return {};
  }
  // The device has removed it, or has given it another name.
  static_cast<void>(tester_side().ip({"link", "del", tester_interface}));
  containers_.emplace(std::move(renewed));
  return lab::connect({device_side(), device_interface, device_addresses_},
                      {tester_side(), tester_interface, tester_addresses_});
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
  KARPSPEC_TRY(image, engine_->id_of(container_->image));
  container_->record->set_image(image);
  // What cannot be removed is not this run's, and its names are others.
  static_cast<void>(engine_->sweep());
  KARPSPEC_TRY(leftovers, lab::Leftovers::watch(*engine_, own_device_folders()));
  leftovers_ = std::move(leftovers);
  return {};
}

Result<std::function<Result<std::shared_ptr<const lab::TemporaryFile>>()>> DeviceNetwork::capture(
    const std::string& file, const std::string& filter) const {
  auto written = std::make_shared<const lab::TemporaryFile>(file);
  capture::LiveCaptureOptions options{
      .interface = tester_interface, .network_namespace = tester_side().name(), .path = file};
  if (!filter.empty())
    options.filter = filter;
  KARPSPEC_TRY(started, capture::LiveCapture::start(options));
  auto running = std::make_shared<capture::LiveCapture>(std::move(started));
  return [written, running]() -> Result<std::shared_ptr<const lab::TemporaryFile>> {
    KARPSPEC_CHECK(running->stop());
    return written;
  };
}

lab::ContainerOptions DeviceNetwork::container_options() const {
  lab::ContainerOptions options = dut::container_options(*container_, label_);
  options.purpose = test_;
  return options;
}

Result<std::unique_ptr<lab::Container>> DeviceNetwork::start(const lab::ContainerOptions& options) {
  // A port of a bridge is whoever's it is.
  if (starts_++ > 0 && !device_side_)
    KARPSPEC_CHECK(renew_device_side());
  return lab::Container::start(*engine_, *containers_, options, container_->record);
}

Result<lab::CommandResult> DeviceNetwork::run(lab::ContainerOptions options,
                                              std::vector<std::string> command) const {
  return lab::run_in_new_container(*engine_, *containers_, std::move(options), std::move(command));
}

}  // namespace karpspec::dut
