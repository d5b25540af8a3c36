#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dut/dut_file.h"
#include "lab/container.h"
#include "lab/leftovers.h"
#include "lab/namespaces.h"
#include "lab/temporary_file.h"

namespace karpspec::dut {

// The name of a file for a capture, another one each time: it is moved where it belongs after its
// test, and the next one in the same place may have begun by then.
[[nodiscard]] std::string name_of_capture();

// The private network of a device that the harness starts: a place for the device, which outlives
// it, one for the tester, and a cable between them, which can be captured. Where the device is in a
// container, also what starts one there. Goes with everything in it; what a killed harness leaves
// behind is removed by a process that waits for that, or by the next harness.
class DeviceNetwork {
 public:
  // LABEL: letters, digits and hyphens; of the two places.
  // Errors: unsupported (no namespaces here, no engine, no image), io, timeout.
  [[nodiscard]] static Result<std::shared_ptr<DeviceNetwork>> make(const DutFile& file,
                                                                   const std::string& label);

  // That of a device at a port, whose place is PLACE: neither a tester nor its cable is there.
  // Errors: as those of make.
  [[nodiscard]] static Result<std::shared_ptr<DeviceNetwork>> at(
      const DutFile& file, std::shared_ptr<const lab::NetworkNamespace> place);

  [[nodiscard]] const lab::NetworkNamespace& device_side() const {
    return containers_ ? containers_->place() : *device_side_;
  }
  [[nodiscard]] const lab::NetworkNamespace& tester_side() const { return *tester_side_; }

  static constexpr const char* tester_interface = "tester";

  // Captures, at the tester's end of the cable, what its sockets do not take too, into FILE until
  // what is given is called, which gives FILE; not called, or where the capture has gaps, FILE goes
  // with it. FILTER: libpcap's; "" for IKE. Errors: io.
  [[nodiscard]] Result<std::function<Result<std::shared_ptr<const lab::TemporaryFile>>()>> capture(
      const std::string& file, const std::string& filter) const;

  // A further address of the device's side, which each renewed one has too. Errors: io.
  [[nodiscard]] Result<void> add_device_address(const std::string& interface,
                                                const std::string& address);

  // Of a device in a container: starts it, or runs something in a container of its own before.
  // What is put into OPTIONS is up to whoever calls; image and limits are the file's.
  [[nodiscard]] lab::ContainerOptions container_options() const;
  // Each start finds the network as it was made: what an earlier container has done to it, rules,
  // addresses and XFRM policies, goes with its namespace. The tester's end of the cable stays.
  [[nodiscard]] Result<std::unique_ptr<lab::Container>> start(const lab::ContainerOptions& options);
  [[nodiscard]] Result<lab::CommandResult> run(lab::ContainerOptions options,
                                               std::vector<std::string> command) const;
  [[nodiscard]] const ContainerReady& ready() const { return container_->ready; }
  // TEST: what the device is there for from here on; for its log.
  void begin(const std::string& test) { test_ = test; }
  [[nodiscard]] const std::string& test() const { return test_; }

 private:
  DeviceNetwork(std::optional<ContainerStart> container, std::string label)
      : container_(std::move(container)), label_(std::move(label)) {}
  Result<void> prepare_containers();
  Result<void> renew_device_side();

  std::optional<ContainerStart> container_;
  std::string label_;
  std::optional<lab::ContainerEngine> engine_;
  std::unique_ptr<lab::Leftovers> leftovers_;  // outlives what it would remove
  std::optional<lab::ContainerNetwork> containers_;
  unsigned starts_ = 0;  // of containers
  std::string test_;
  std::vector<std::string> device_addresses_, tester_addresses_;
  std::vector<std::pair<std::string, std::string>> further_;  // interface, address
  std::shared_ptr<const lab::NetworkNamespace> device_side_;
  std::optional<lab::NetworkNamespace> tester_side_;
};

}  // namespace karpspec::dut
