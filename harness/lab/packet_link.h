#pragma once

#include <functional>
#include <optional>

#include "base/octets.h"
#include "base/result.h"
#include "base/time.h"

namespace karpspec::lab {

// The tester's end of a laboratory network below its sockets: whole IP packets, IPv4 or IPv6, from
// the IP header on, as they are. For what the tester's own system must not answer or complete, TCP
// segments above all. A laboratory that has one has a Link beside it; both tell the same time.
class PacketLink {
 public:
  virtual ~PacketLink() = default;
  // The laboratory's time: virtual, or the wall clock's.
  [[nodiscard]] virtual Time now() const = 0;
  // Sends one IP packet; its header is complete, checksums and all. Errors: io.
  [[nodiscard]] virtual Result<void> send(OctetView packet) = 0;
  // The next IP packet for the tester, or nothing when DEADLINE comes first; the laboratory's time
  // is then DEADLINE. What came while something else was waited for comes first. In the simulated
  // laboratory this is what makes time pass. Errors: io when the network or the device under it
  // broke.
  [[nodiscard]] virtual Result<std::optional<Octets>> receive(Time deadline) = 0;
  // Sees every packet that crosses the tester's end, both ways, with the time at which it did.
  using Tap = std::function<void(OctetView, Time)>;
  virtual void set_tap(Tap tap) = 0;
};

}  // namespace karpspec::lab
