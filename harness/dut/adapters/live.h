#pragma once

#include "dut/dut_file.h"
#include "dut/port.h"
#include "script/suite.h"

namespace karpspec::dut {

// Laboratories with a device that has a life of its own (kinds process, running and container), on
// real sockets and in real time. The device lives from test to test: each begins with `reset`. One
// that has died or did not answer in time is started or (running) connected again for the next
// test; where that fails, calls of the test's device say why. One world at a time: the tester's
// addresses and the device are the same in all.
// Errors: bad_value for another kind; those of DeviceNetwork::make for a container.
[[nodiscard]] Result<script::MakeWorld> live_worlds(const DutFile& file);

// A device of kind process or container at PORT. It is started, and reset; where that fails its
// calls say why. Errors: bad_value for another kind; those of DeviceNetwork::at for a container.
[[nodiscard]] Result<std::unique_ptr<Device>> live_at(const DutFile& file, const Port& port);

}  // namespace karpspec::dut
