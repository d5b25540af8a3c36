#pragma once

#include "dut/adapters/routing_daemon.h"

namespace karpspec::dut {

// FRRouting: zebra, ospfd, ripd and bgpd, driven and read by vtysh.
[[nodiscard]] RoutingKind frr_kind();

}  // namespace karpspec::dut
