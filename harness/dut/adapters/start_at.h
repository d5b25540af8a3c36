#pragma once

#include "dut/port.h"

namespace karpspec::dut {

// A device of any kind that can be put at a port: strongSwan, libreswan, OpenIKED, processes, and
// containers of podman's. Each is started as a run starts it. Errors: unsupported, with the file's
// name, for another kind; those of starting it.
[[nodiscard]] Result<std::unique_ptr<Device>> start_at(const DutFile& file, const Port& port);
// Why a device of FILE's kind cannot be put there, or "".
[[nodiscard]] std::string why_not_at_port(const DutFile& file);

}  // namespace karpspec::dut
