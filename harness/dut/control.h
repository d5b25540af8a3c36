#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "dut/device.h"
#include "dut/line_channel.h"

// The control protocol: JSON-RPC 2.0, one object a line, UTF-8, the harness asks and the device
// answers. suites/schema/control.schema.json has every method's parameters and result.
namespace karpspec::dut {

// Every method of the protocol. A device need not offer more than `describe`.
inline constexpr std::array<std::string_view, 63> control_methods = {"describe",
                                                                     "reset",
                                                                     "configure",
                                                                     "start",
                                                                     "rekey-key",
                                                                     "rekey-ike",
                                                                     "reauthenticate",
                                                                     "check-liveness",
                                                                     "delete-key",
                                                                     "delete-ike",
                                                                     "sas",
                                                                     "key-table",
                                                                     "events",
                                                                     "kmdb-request",
                                                                     "kmdb-withdraw",
                                                                     "kmdb-purge",
                                                                     "kmdb-requests",
                                                                     "kmdb-notifications",
                                                                     "row-add",
                                                                     "row-replace",
                                                                     "row-change",
                                                                     "row-delete",
                                                                     "key-to-send",
                                                                     "keys-to-accept",
                                                                     "association-open",
                                                                     "association-close",
                                                                     "associations",
                                                                     "expiry-policy",
                                                                     "row-group",
                                                                     "key-table-export",
                                                                     "key-table-import",
                                                                     "replace-router",
                                                                     "gatekeeper-set",
                                                                     "gatekeeper-remove",
                                                                     "gatekeeper-open",
                                                                     "gatekeeper-close",
                                                                     "gatekeeper-records",
                                                                     "gatekeeper-mkts",
                                                                     "pad-set",
                                                                     "mkt-add",
                                                                     "mkt-remove",
                                                                     "mkt-list",
                                                                     "tcp-listen",
                                                                     "tcp-connect",
                                                                     "tcp-send",
                                                                     "tcp-close",
                                                                     "tcp-keys",
                                                                     "tcp-connections",
                                                                     "tcp-md5",
                                                                     "group-join",
                                                                     "group-leave",
                                                                     "group-priority",
                                                                     "group-newkey",
                                                                     "group-remove",
                                                                     "groups",
                                                                     "ks-refresh",
                                                                     "ks-route",
                                                                     "ks-policy",
                                                                     "ks-newkey",
                                                                     "ks-packet",
                                                                     "ks-state",
                                                                     "ks-storage",
                                                                     "clock"};
[[nodiscard]] bool is_control_method(std::string_view method);

namespace control_code {
inline constexpr int not_json = -32700;
inline constexpr int not_a_request = -32600;
inline constexpr int unknown_method = -32601;
inline constexpr int refused = -32602;  // parameters
inline constexpr int failed = -32000;   // it was tried and went wrong
inline constexpr int unsupported = -32001;
}  // namespace control_code

// Whether RESULT has the shape that METHOD promises, so far as the harness relies on it: an adapter
// that answers `{}` to everything must not look like a device with an empty key table.
// Errors: io, naming what is missing.
[[nodiscard]] Result<void> check_result(std::string_view method, const Json& result);

// The asking side.
class ControlClient {
 public:
  ControlClient(std::unique_ptr<LineChannel> channel, std::chrono::milliseconds timeout);

  // Errors: unsupported (codes -32601 and -32001), bad_value (-32602), timeout when no answer comes
  // in time, io when the device is gone, answers what is no answer, or says that it failed.
  // A late answer to an earlier question is passed over.
  [[nodiscard]] Result<Json> call(std::string_view method, const Json& params);
  // False once the other side has hung up.
  [[nodiscard]] bool open() const { return channel_->open(); }
  // Whether something came that is no answer: what else will come cannot be known.
  [[nodiscard]] bool confused() const { return confused_; }
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }

 private:
  std::unique_ptr<LineChannel> channel_;
  std::chrono::milliseconds timeout_;
  std::uint64_t last_id_ = 0;
  bool confused_ = false;
};

// The answering side: what a device does for a method. Errors as in Device::call.
using ControlHandler = std::function<Result<Json>(std::string_view method, const Json& params)>;
// The answer to one line, without a line end; empty when the line is a notification. Never fails:
// whatever the line is, there is an answer for it.
[[nodiscard]] std::string answer_control(std::string_view line, const ControlHandler& handler);

}  // namespace karpspec::dut
