#pragma once

#include "dut/dut_file.h"
#include "script/suite.h"

namespace karpspec::dut {

// Laboratories with a router as the device, FRR (start kind frr) or BIRD (bird), in a place as
// strongswan_worlds() has it. Each world has daemons of its own. The router takes rows of the key
// table for OSPFv2, RIPv2 and TCP MD5 of BGP as far as it has a place for them; what it has none
// for is not offered. Which key it sends with, and which keys it takes, is answered by what is seen
// on the cable, see RoutingWire. Errors: unsupported when there can be no namespaces here, or the
// root of FILE is not there (the message says how to make it); io.
[[nodiscard]] Result<script::MakeWorld> routing_worlds(const DutFile& file);

}  // namespace karpspec::dut
