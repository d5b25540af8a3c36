#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dut/control.h"
#include "dut/dut_file.h"
#include "dut/port.h"
#include "lab/child_process.h"

namespace karpspec::dut {

// Whether the system at ENDPOINT says that nothing listens there (ICMP port unreachable), asked
// from the address FROM. Silence is no such answer. Takes at most WAIT.
[[nodiscard]] bool nothing_listens(const Endpoint& endpoint, const std::string& from,
                                   std::chrono::milliseconds wait = std::chrono::milliseconds{100});

// A device of kind process or running as the harness has hold of it: its process, if it is ours,
// and its control. What is gone is started or connected again by ready().
class LiveHost {
 public:
  explicit LiveHost(DutFile file);
  // In PORT's namespace and at its address. Words of the commands stand for what only the harness
  // knows: {address} and {port} (where IKE is to be spoken), {seed}, and {keys}: a file for the
  // keys of the device's IKE SAs, in the form of observer/secrets_file.h.
  LiveHost(DutFile file, const Port& port);
  ~LiveHost();
  LiveHost(const LiveHost&) = delete;
  LiveHost& operator=(const LiveHost&) = delete;

  // Starts or connects what is not there. A device that did not answer in time is given up and
  // started anew. Errors: io, "the device cannot be started: ..." or "the device
  // is dead: ..."; timeout, "the device is silent: ...".
  [[nodiscard]] Result<void> ready();
  // Errors as in Device::call; the message of io begins with "the device is dead" and that of
  // timeout with "the device is silent" where that is what happened.
  [[nodiscard]] Result<Json> call(std::string_view method, const Json& params);
  [[nodiscard]] bool alive() const;
  [[nodiscard]] Vitals vitals() const;
  // What the device has written to the file {keys}.
  [[nodiscard]] std::vector<ToldKeys> told_keys() const;
  // ready() starts or connects it anew.
  void distrust() { distrusted_ = true; }
  [[nodiscard]] const DutFile& file() const { return file_; }

 private:
  Result<void> start_process();
  Result<void> connect();
  Result<void> wait_until_it_listens();
  void give_up();
  [[nodiscard]] Error dead(const std::string& otherwise) const;
  [[nodiscard]] std::string key_file() const;
  [[nodiscard]] std::vector<std::string> filled_in(std::vector<std::string> command) const;

  DutFile file_;
  std::string folder_;                                  // for what the programs print
  std::shared_ptr<const lab::NetworkNamespace> place_;  // nullptr: where this process is
  std::uint64_t seed_ = 1;
  std::shared_ptr<lab::ChildProcess> process_, adapter_;
  std::unique_ptr<ControlClient> client_;
  bool distrusted_ = false;  // it was silent once
};

}  // namespace karpspec::dut
