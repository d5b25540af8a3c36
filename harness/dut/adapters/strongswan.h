#pragma once

#include "dut/dut_file.h"
#include "dut/port.h"
#include "script/suite.h"

namespace karpspec::dut {

// Laboratories with strongSwan's charon as the device: two network namespaces with a cable between
// them, charon in one (192.0.2.1), the tester's sockets in the other (192.0.2.2, second address
// 192.0.2.3), all at port 500. The namespaces are made once and live as long as the returned
// function; each world has a charon of its own, so nothing is left over from the test before.
// FILE has start kind strongswan. Errors: unsupported when there can be no namespaces here or the
// root of FILE is not there (the message says how to make it); io.
[[nodiscard]] Result<script::MakeWorld> strongswan_worlds(const DutFile& file);

// One of them at PORT, without a network of its own. Errors: as above, and unsupported where the
// kernel lacks what it needs.
[[nodiscard]] Result<std::unique_ptr<Device>> strongswan_at(const DutFile& file, const Port& port);

}  // namespace karpspec::dut
