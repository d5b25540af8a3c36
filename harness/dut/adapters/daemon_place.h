#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dut/adapters/device_network.h"
#include "dut/device.h"
#include "dut/dut_file.h"
#include "dut/port.h"
#include "script/suite.h"

namespace karpspec::dut {

// A daemon as its root file system has it.
struct DaemonKind {
  std::string root;     // name of the root: "strongswan" is what containers/roots/build makes
  std::string program;  // the daemon, absolute inside the root
  // What it wants of the kernel. Where the kernel has none of it, a library of ours can take its
  // place: containers/roots/*_stand_in.c.
  enum class Below { esp, pf_key, nothing } below = Below::esp;
  // Path of the daemon's name without its folders: "charon-systemd".
  [[nodiscard]] std::string name() const;
};

// Where daemons of one kind live: their root or their image, their network, and a folder of ours
// that they see as /mnt. Goes with everything in it; what a killed harness leaves behind is removed
// by the next one.
class DaemonPlace {
 public:
  // FILE says which root, and whether the stand-in is to be used.
  // Errors: unsupported (no namespaces here, no root, no container, or the kernel lacks what FILE
  // wants of it), io.
  [[nodiscard]] static Result<std::shared_ptr<DaemonPlace>> make(const DutFile& file,
                                                                 const DaemonKind& kind);
  // The same at PORT: there is no cable of its own then, and no tester's end of it.
  [[nodiscard]] static Result<std::shared_ptr<DaemonPlace>> make_at(const DutFile& file,
                                                                    const DaemonKind& kind,
                                                                    const Port& port);
  DaemonPlace(const DaemonPlace&) = delete;
  DaemonPlace& operator=(const DaemonPlace&) = delete;
  ~DaemonPlace();

  [[nodiscard]] const DaemonKind& kind() const { return kind_; }
  [[nodiscard]] const Endpoint& device() const { return device_; }
  [[nodiscard]] const DeviceNetwork& network() const { return *network_; }
  [[nodiscard]] DeviceNetwork& network() { return *network_; }
  [[nodiscard]] const lab::NetworkNamespace& device_side() const { return network_->device_side(); }
  [[nodiscard]] const lab::NetworkNamespace& tester_side() const { return network_->tester_side(); }
  [[nodiscard]] const std::string& root() const { return root_; }  // "": an image
  [[nodiscard]] bool in_container() const { return root_.empty(); }
  // The container that the daemon is in now; nullptr: it does not run.
  [[nodiscard]] const lab::Container* container() const { return container_; }
  void set_container(const lab::Container* container) { container_ = container; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] bool stands_in() const { return stands_in_; }
  // Whether it is worth while to start the daemon once more: one that did not come up three times
  // running would have every further test wait as long to say the same. Errors: io, with what was
  // the trouble last.
  [[nodiscard]] Result<void> may_start() const;
  [[nodiscard]] bool given_up() const { return starts_in_vain_ >= most_starts_in_vain; }
  void came_up() { starts_in_vain_ = 0; }
  void did_not_come_up(const std::string& why);
  // For the report: "ESP of the kernel", "ESP stood in for by a preloaded library".
  [[nodiscard]] std::string below() const;
  // A file in the folder, which the daemon sees under /mnt; only root may read it. Errors: io.
  [[nodiscard]] Result<void> write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  explicit DaemonPlace(DaemonKind kind) : kind_(std::move(kind)) {}
  // Root, folder, and what stands in below the daemon; its network is there already.
  Result<void> furnish(const DutFile& file);
  DaemonKind kind_;
  Endpoint device_;
  std::string root_, folder_;
  bool stands_in_ = false;
  std::shared_ptr<DeviceNetwork> network_;
  const lab::Container* container_ = nullptr;
  static constexpr unsigned most_starts_in_vain = 3;
  unsigned starts_in_vain_ = 0;
  std::string last_trouble_;
};

// Laboratories with a device of PLACE: the tester's sockets at the other end of the cable, and a
// capture of the cable, with what those sockets do not take. MAKE_DEVICE is called for each test.
using MakeDaemonDevice = std::function<std::unique_ptr<Device>(const script::Scenario* scenario)>;
[[nodiscard]] script::MakeWorld daemon_worlds(const DutFile& file,
                                              std::shared_ptr<DaemonPlace> place,
                                              MakeDaemonDevice make_device);

// Whether SCENARIO needs what WORD claims; a device of the self-check has no scenario.
[[nodiscard]] bool scenario_needs(const script::Scenario* scenario, std::string_view word);

}  // namespace karpspec::dut
