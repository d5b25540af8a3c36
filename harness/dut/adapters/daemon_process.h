#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dut/adapters/daemon_place.h"
#include "lab/child_process.h"

namespace karpspec::dut {

// One run of a daemon in its place, from its start to its end.
class DaemonProcess {
 public:
  // The program of PLACE's kind gets ARGUMENTS, and ENVIRONMENT beside PATH; where PLACE has a
  // stand-in, that is preloaded. Its log starts empty: what it writes to its standard outputs.
  // Errors: those of lab::ChildProcess::start or lab::Container::start.
  [[nodiscard]] static Result<std::unique_ptr<DaemonProcess>> start(
      std::shared_ptr<DaemonPlace> place, const std::vector<std::string>& arguments,
      std::map<std::string, std::string> environment = {});
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;
  // Without a word to its peers: it is killed, and what it left in the kernel is flushed.
  ~DaemonProcess();

  [[nodiscard]] const DaemonPlace& place() const { return *place_; }
  [[nodiscard]] bool alive() const { return container_ ? container_->alive() : process_->alive(); }
  [[nodiscard]] std::string log() const;
  [[nodiscard]] Vitals vitals() const;
  // Waits, at most ten seconds (in a container so long as its file says), until READY says so.
  // Errors: io when the daemon ends before that; timeout; both with the end of its log.
  [[nodiscard]] Result<void> wait_until(const std::function<bool()>& ready) const;
  // What an error of talking to the daemon means: that it died, or the end of its log is added.
  // Errors other than io and timeout stay as they are.
  [[nodiscard]] Error told(const Error& error) const;
  template <class T>
  [[nodiscard]] Result<T> told(Result<T> result) const {
    if (!result)
      result = tl::unexpected(told(result.error()));
    return result;
  }

 private:
  DaemonProcess(std::shared_ptr<DaemonPlace> place, std::shared_ptr<lab::ChildProcess> process)
      : place_(std::move(place)), process_(std::move(process)) {}
  [[nodiscard]] std::string last_words() const;
  // How it ended; nothing while it lives, for so long as WAIT.
  [[nodiscard]] std::optional<std::string> end(std::chrono::milliseconds wait) const;

  std::shared_ptr<DaemonPlace> place_;
  std::unique_ptr<lab::Container> container_;  // where it is in one
  std::shared_ptr<lab::ChildProcess> process_;
};

// Runs a program of PLACE's root or image in it, beside the daemon or before it, to its end; the
// folder is at /mnt there too. Errors: those of lab::run_command.
[[nodiscard]] Result<lab::CommandResult> run_in(const DaemonPlace& place,
                                                std::vector<std::string> command);
// The same without waiting for its end. Errors: those of lab::ChildProcess::start.
[[nodiscard]] Result<lab::ChildProcess> start_in(const DaemonPlace& place,
                                                 std::vector<std::string> command);

}  // namespace karpspec::dut
