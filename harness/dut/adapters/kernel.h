#pragma once

#include "dut/dut_file.h"
#include "script/suite.h"

namespace karpspec::dut {

// Laboratories with a kernel's TCP as the device (kind linux): IP packets over the cable of its
// virtual machine, IPv4 and IPv6, in real time. The machine is booted once; each test begins with
// `reset`, and one that has died or was silent is booted again for the next.
// Errors: bad_value for another kind; those of KernelMachine::make.
[[nodiscard]] Result<script::MakeWorld> kernel_worlds(const DutFile& file);

}  // namespace karpspec::dut
