#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dut/adapters/daemon_process.h"
#include "dut/adapters/libreswan_config.h"
#include "dut/adapters/libreswan_status.h"

namespace karpspec::dut {

[[nodiscard]] DaemonKind pluto_kind();

// One pluto, from its start to its end, and whack, which is how it is talked to.
class Pluto {
 public:
  // Starts pluto with CONFIG, and with a key database of its own. Errors: io and timeout, with the
  // end of pluto's log; bad_value when it refuses the configuration.
  [[nodiscard]] static Result<std::unique_ptr<Pluto>> start(std::shared_ptr<DaemonPlace> place,
                                                            const PlutoConfig& config);

  [[nodiscard]] bool alive() const { return process_->alive(); }
  [[nodiscard]] Vitals vitals() const { return process_->vitals(); }
  // Runs whack with ARGUMENTS and gives its lines. Errors: bad_value with what pluto refuses; io;
  // timeout.
  [[nodiscard]] Result<std::string> whack(std::vector<std::string> arguments) const;
  // The same for a command that ends when what it began has ended: it is not waited for.
  [[nodiscard]] Result<void> begin(std::vector<std::string> arguments);
  // What it has now. Errors as those of whack().
  [[nodiscard]] Result<std::vector<PlutoSa>> sas() const;
  [[nodiscard]] std::string log() const { return process_->log(); }

 private:
  explicit Pluto(std::unique_ptr<DaemonProcess> process) : process_(std::move(process)) {}
  [[nodiscard]] Result<void> load(const PlutoConfig& config) const;

  std::unique_ptr<DaemonProcess> process_;
  std::vector<lab::ChildProcess> begun_;
};

}  // namespace karpspec::dut
