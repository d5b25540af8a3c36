#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dut/adapters/daemon_process.h"
#include "dut/adapters/strongswan_config.h"

namespace karpspec::dut {

[[nodiscard]] DaemonKind charon_kind();

// One charon, from its start to its end, with its control connection.
class Charon {
 public:
  // Starts charon with CONFIG's settings and loads CONFIG's commands into it. Errors: io and
  // timeout, with the end of charon's log; bad_value when charon refuses the configuration.
  [[nodiscard]] static Result<std::unique_ptr<Charon>> start(std::shared_ptr<DaemonPlace> place,
                                                             const CharonConfig& config);

  [[nodiscard]] bool alive() const { return process_->alive(); }
  [[nodiscard]] Vitals vitals() const { return process_->vitals(); }
  // Of the keys that it has derived, where CONFIG had it write them down.
  [[nodiscard]] std::vector<ToldKeys> told_keys() const;
  // Errors as those of vici::Session; io with how charon ended once it has.
  [[nodiscard]] Result<vici::Message> request(std::string_view command,
                                              const vici::Message& message) {
    return process_->told(session_.request(command, message));
  }
  [[nodiscard]] Result<std::vector<vici::Message>> stream(std::string_view command,
                                                          const vici::Message& message,
                                                          std::string_view event) {
    return process_->told(session_.stream(command, message, event));
  }

  // Path of the control socket as charon sees it.
  static constexpr const char* socket = "/mnt/vici";

 private:
  Charon(std::unique_ptr<DaemonProcess> process, vici::Session session)
      : process_(std::move(process)), session_(std::move(session)) {}

  std::unique_ptr<DaemonProcess> process_;
  vici::Session session_;
};

}  // namespace karpspec::dut
