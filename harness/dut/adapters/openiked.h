#pragma once

#include "dut/dut_file.h"
#include "dut/port.h"
#include "script/suite.h"

namespace karpspec::dut {

// Laboratories with OpenIKED's iked as the device, in a place as strongswan_worlds() has it. Each
// world has an iked of its own. FILE has start kind openiked. Errors: unsupported when there can be
// no namespaces here, the kernel has no PF_KEY and FILE wants no stand-in, or the root of FILE is
// not there (the message says how to make it); io.
[[nodiscard]] Result<script::MakeWorld> openiked_worlds(const DutFile& file);

// One of them at PORT, without a network of its own. Errors: as above, and unsupported where the
// kernel lacks what it needs.
[[nodiscard]] Result<std::unique_ptr<Device>> openiked_at(const DutFile& file, const Port& port);

}  // namespace karpspec::dut
