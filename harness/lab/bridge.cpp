#include "lab/bridge.h"

namespace karpspec::lab {

Result<Bridge> Bridge::create(const std::string& label) {
  KARPSPEC_TRY(place, NetworkNamespace::create(label));
  // Devices multicast without joining by IGMP first, and a test does not wait for a port to learn.
  KARPSPEC_CHECK(place.ip({"link", "add", interface, "type", "bridge", "stp_state", "0",
                           "forward_delay", "0", "mcast_snooping", "0"}));
  // Promiscuous, so that a capture there has what crosses between two ports as well.
  KARPSPEC_CHECK(place.ip({"link", "set", interface, "promisc", "on", "up"}));
  return Bridge(std::move(place));
}

Result<void> Bridge::attach(const CableEnd& end) {
  const std::string port = "port" + std::to_string(++ports_);
  KARPSPEC_CHECK(connect({place_, port, {}}, end));
  KARPSPEC_CHECK(place_.ip({"link", "set", port, "master", interface}));
  return {};
}

}  // namespace karpspec::lab
