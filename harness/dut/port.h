#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "dut/device.h"
#include "dut/dut_file.h"
#include "lab/namespaces.h"

namespace karpspec::dut {

// A place for a device in a network that is not made for it alone: beside others, at a bridge.
struct Port {
  // With an interface that has the address of ENDPOINT; the device's programs run in it.
  std::shared_ptr<const lab::NetworkNamespace> place;
  Endpoint endpoint;             // where the device is to speak IKE, whatever its file says
  std::uint64_t seed = 1;        // of everything random, for a device that takes one
  bool checks_liveness = false;  // where it has a timer for that and no command, it is set
  bool tells_keys = false;       // keys of IKE SAs are to be had by Device::told_keys()
};

// Starts the device of a DUT file at a port; it goes with what is returned. Errors: unsupported for
// what cannot be put there; those of starting it.
using StartAtPort =
    std::function<Result<std::unique_ptr<Device>>(const DutFile& file, const Port& port)>;

}  // namespace karpspec::dut
