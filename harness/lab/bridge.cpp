#include "lab/bridge.h"

namespace karpspec::lab {

Result<Bridge> Bridge::create(const std::string& label) {
  KARPSPEC_TRY(place, NetworkNamespace::create(label));
  Bridge made(std::move(place));
  // A port forwards at once; without spanning tree nothing is waited for.
  KARPSPEC_CHECK(made.place_.ip({"link", "add", interface, "type", "bridge", "stp_state", "0",
                                 "forward_delay", "0", "mcast_snooping", "0"}));
  KARPSPEC_CHECK(made.place_.ip({"link", "set", interface, "up"}));
  return made;
}

Result<void> Bridge::plug(const CableEnd& end) {
  const std::string port = "port" + std::to_string(++ports_);
  KARPSPEC_CHECK(connect({place_, port, {}}, end));
  KARPSPEC_CHECK(place_.ip({"link", "set", port, "master", interface}));
  return {};
}

}  // namespace karpspec::lab
