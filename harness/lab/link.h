#pragma once

#include <functional>
#include <optional>

#include "base/machine.h"
#include "base/result.h"

namespace karpspec::lab {

// The tester's end of a laboratory network: a simulated one with a virtual clock, or a live one.
// Everything above sees only this.
class Link {
 public:
  virtual ~Link() = default;
  // The laboratory's time: virtual, or the wall clock's.
  [[nodiscard]] virtual Time now() const = 0;
  // Sends one datagram from an address of the tester.
  [[nodiscard]] virtual Result<void> send(const Datagram& datagram) = 0;
  // The next datagram for the tester, or nothing when DEADLINE comes first; the laboratory's time
  // is then DEADLINE. In the simulated laboratory this is what makes time pass.
  // Errors: io when the network or the device under it broke.
  [[nodiscard]] virtual Result<std::optional<Datagram>> receive(Time deadline) = 0;
  // Sees every datagram that crosses the tester's end, both ways, with its time.
  using Tap = std::function<void(const Datagram&, Time)>;
  virtual void set_tap(Tap tap) = 0;
};

}  // namespace karpspec::lab
