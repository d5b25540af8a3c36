#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dut/adapters/device_network.h"
#include "dut/control.h"
#include "dut/dut_file.h"
#include "dut/port.h"
#include "lab/child_process.h"

namespace karpspec::dut {

// Whether the system at ENDPOINT says that nothing listens there (ICMP port unreachable), asked
// from the address FROM. Silence is no such answer. Takes at most WAIT.
[[nodiscard]] bool nothing_listens(const Endpoint& endpoint, const std::string& from,
                                   std::chrono::milliseconds wait = std::chrono::milliseconds{100});

// A device of kind process, running or container as the harness has hold of it: its process or
// container, if it is ours, and its control. What is gone is started or connected again by ready().
class LiveHost {
 public:
  // Started so often without an answer it is not started again: every further test would wait as
  // long as the first, to say the same.
  static constexpr unsigned most_starts_in_vain = 3;

  // NETWORK: of a container; nullptr otherwise.
  explicit LiveHost(DutFile file, std::shared_ptr<DeviceNetwork> network = nullptr);
  // In PORT's namespace and at its address; NETWORK as above. Words of the commands stand for what
  // only the harness knows: {address} and {port} (where IKE is to be spoken), {seed}, and {keys}: a
  // file for the keys of the device's IKE SAs, in the form of observer/secrets_file.h.
  LiveHost(DutFile file, const Port& port, std::shared_ptr<DeviceNetwork> network = nullptr);
  ~LiveHost();
  LiveHost(const LiveHost&) = delete;
  LiveHost& operator=(const LiveHost&) = delete;

  // Starts or connects what is not there. A device that did not answer in time, or not as the
  // protocol has it, is given up and started anew. Errors: io, "the device cannot be started: ..."
  // or "the device is dead: ..."; timeout, "the device is silent: ...".
  [[nodiscard]] Result<void> ready();
  // Errors as in Device::call; the message of io begins with "the device is dead" and that of
  // timeout with "the device is silent" where that is what happened.
  [[nodiscard]] Result<Json> call(std::string_view method, const Json& params);
  [[nodiscard]] bool alive() const;
  [[nodiscard]] Vitals vitals() const;
  // What the device has written to the file {keys}.
  [[nodiscard]] std::vector<ToldKeys> told_keys() const;
  // Whether it was started so often in vain that it is not started again.
  [[nodiscard]] bool given_up() const { return starts() && starts_in_vain_ >= most_starts_in_vain; }
  // ready() starts or connects it anew.
  void distrust() { distrusted_ = true; }
  [[nodiscard]] const DutFile& file() const { return file_; }
  [[nodiscard]] DeviceNetwork* network() const { return network_.get(); }
  // Of what the programs print, and for whoever needs a place; "" where there can be none.
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  // Whether it is ours to start.
  [[nodiscard]] bool starts() const { return file_.start.kind != StartKind::running; }
  [[nodiscard]] std::string where() const;  // the network namespace that reaches the device
  Result<void> start();
  Result<void> start_process();
  Result<void> start_container();
  Result<void> connect();
  Result<void> wait_for_signs();
  Result<std::unique_ptr<LineChannel>> connected(const Endpoint& port,
                                                 std::chrono::steady_clock::time_point deadline);
  Result<void> wait_until_it_listens();
  Result<void> wait_until_it_answers();
  void give_up();
  [[nodiscard]] bool is_up() const;  // what is ours to start
  // "its process ended with exit status 1; it said last: ..."; "" while it lives, and where nobody
  // can know.
  [[nodiscard]] std::string end() const;
  [[nodiscard]] Error dead(const std::string& otherwise) const;
  [[nodiscard]] std::string key_file() const;
  [[nodiscard]] std::vector<std::string> filled_in(std::vector<std::string> command) const;

  DutFile file_;
  std::string folder_;  // for what the programs print
  std::shared_ptr<DeviceNetwork> network_;
  std::unique_ptr<lab::Container> container_;
  std::shared_ptr<const lab::NetworkNamespace> place_;  // at a port; nullptr: where this process is
  std::uint64_t seed_ = 1;
  std::shared_ptr<lab::ChildProcess> process_, adapter_;  // the first is the container's, if any
  std::unique_ptr<ControlClient> client_;
  bool distrusted_ = false;      // it was silent once, or said what is no answer
  unsigned starts_in_vain_ = 0;  // since it answered last
  Error last_trouble_;           // of the last of these
};

}  // namespace karpspec::dut
