#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dut/adapters/daemon_process.h"
#include "dut/adapters/openiked_config.h"
#include "dut/adapters/openiked_status.h"

namespace karpspec::dut {

[[nodiscard]] DaemonKind iked_kind();

// One iked, from its start to its end, and ikectl, which is how it is talked to.
class Iked {
 public:
  // Starts iked with CONFIG, again if it ends at once. Errors: io and timeout, with the end of
  // iked's log.
  [[nodiscard]] static Result<std::unique_ptr<Iked>> start(
      const std::shared_ptr<DaemonPlace>& place, const IkedConfig& config);

  [[nodiscard]] bool alive() const { return process_->alive(); }
  [[nodiscard]] Vitals vitals() const { return process_->vitals(); }
  // Loads CONFIG again with the peer called PEER begun by iked; it does so within two seconds.
  // Errors as those of ikectl().
  [[nodiscard]] Result<void> begin(const IkedConfig& config, const std::string& peer) const;
  // Runs ikectl with ARGUMENTS and gives its lines. Errors: io, timeout.
  [[nodiscard]] Result<std::string> ikectl(const std::vector<std::string>& arguments) const;
  // What it has now. Errors as those of ikectl().
  [[nodiscard]] Result<std::vector<IkedSa>> sas() const;

 private:
  explicit Iked(std::unique_ptr<DaemonProcess> process) : process_(std::move(process)) {}
  std::unique_ptr<DaemonProcess> process_;
};

}  // namespace karpspec::dut
