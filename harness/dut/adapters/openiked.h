#pragma once

#include "dut/dut_file.h"
#include "script/suite.h"

namespace karpspec::dut {

// Laboratories with OpenIKED's iked as the device, in a place as strongswan_worlds() has it. Each
// world has an iked of its own. FILE has start kind openiked. Errors: unsupported when there can be
// no namespaces here, the kernel has no PF_KEY and FILE wants no stand-in, or the root of FILE is
// not there (the message says how to make it); io.
[[nodiscard]] Result<script::MakeWorld> openiked_worlds(const DutFile& file);

}  // namespace karpspec::dut
