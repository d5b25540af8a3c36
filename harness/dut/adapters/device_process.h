#pragma once

#include <optional>

#include "dut/adapters/reference_router.h"

namespace karpspec::dut {

// Sees each datagram before the router does.
class Front {
 public:
  virtual ~Front() = default;
  // Whether it goes on to ROUTER.
  [[nodiscard]] virtual bool passes(const Datagram& datagram, const ReferenceRouter& router) = 0;
  // The router is reset.
  virtual void reset() = 0;
};

struct DeviceProcess {
  Endpoint listen;                  // IKE over UDP; no wildcard address
  std::optional<Endpoint> control;  // TCP; otherwise standard input and output
  std::uint64_t seed = 1;
  // Path of a file for the keys of its IKE SAs, as observer/secrets_file.h has them, for who opens
  // captures; "": they stay here.
  std::string keys;
  Rules rules;             // for rows of the key table
  Front* front = nullptr;  // nullptr: nobody; else it outlives the process
};

// The reference router on real sockets and in real time, behind the control protocol: what
// karpspec-dut is. Runs until the control's standard input ends; with control over TCP until it is
// killed. Any number of TCP clients may come and go. SEAMS must outlive the call.
// Errors: bad_value for addresses that are none, io when an address cannot be bound.
[[nodiscard]] Result<void> run_device_process(const DeviceProcess& process, oracle::Seams& seams,
                                              wire::CodePoints numbers = {});

}  // namespace karpspec::dut
