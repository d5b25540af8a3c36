#pragma once

#include "dut/adapters/routing_daemon.h"

namespace karpspec::dut {

// BIRD 2: one daemon, which takes its keys from its configuration alone and is told by birdc to
// read that again.
[[nodiscard]] RoutingKind bird_kind();

// Why BIRD cannot have ROW beside KEYS; "" where it can: OSPF and RIP take passwords with an id, an
// algorithm and lifetimes to the second, BGP one password.
[[nodiscard]] std::string bird_cannot(const keytable::Row& row,
                                      const std::vector<keytable::Row>& keys);
// Its configuration with KEYS. INTERFACE is the device's on the cable, DEVICE its address there,
// TESTER its BGP neighbor.
[[nodiscard]] std::string bird_config(const std::vector<keytable::Row>& keys,
                                      const std::string& interface, const std::string& device,
                                      const std::string& tester);

}  // namespace karpspec::dut
