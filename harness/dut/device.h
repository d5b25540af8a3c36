#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/machine.h"
#include "base/result.h"
#include "crypto/ike_keys.h"

namespace karpspec::dut {

using Json = nlohmann::ordered_json;

// What can be seen of a device's program from outside.
struct Vitals {
  pid_t process = 0;  // 0: it is no process on this machine, or has none now
  std::string log;    // path of what it writes to its standard error; "" where nobody keeps it
};

// What a device tells of an IKE SA's keys, so that a capture can be opened.
struct ToldKeys {
  std::uint64_t spi_i = 0, spi_r = 0;     // 0: it does not tell which IKE SA they are of
  std::optional<crypto::IkeSuite> suite;  // nothing: likewise
  crypto::IkeKeys keys;
};

// A device under test as the script sees it: something to control, at an address. Control methods
// and their JSON are those of the control protocol (suites/schema/control.schema.json).
class Device {
 public:
  virtual ~Device() = default;
  // Performs one method of the control protocol and gives its result.
  // Errors: unsupported (the device does not know the method or does not offer it), bad_value (it
  // refuses the parameters), io and timeout (it is gone or silent).
  [[nodiscard]] virtual Result<Json> call(std::string_view method, const Json& params) = 0;
  // Where the device listens for IKE.
  [[nodiscard]] virtual Endpoint endpoint() const = 0;
  // Whether the device is alive as far as can be told without the wire.
  [[nodiscard]] virtual bool alive() const = 0;
  [[nodiscard]] virtual Vitals vitals() const { return {}; }
  // Keys of the IKE SAs that it has had since it was configured, where it was started so that it
  // tells them.
  [[nodiscard]] virtual std::vector<ToldKeys> told_keys() const { return {}; }
  // It is not to be asked any more: the next one made in its place is started anew, where the
  // harness starts it.
  virtual void give_up() {}
};

// Memory of the device's process that is resident, in KiB; 0 where that cannot be read.
[[nodiscard]] std::uint64_t resident_memory(const Vitals& vitals);

}  // namespace karpspec::dut
