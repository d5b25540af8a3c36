#pragma once

#include <memory>

#include "dut/adapters/kernel_machine.h"
#include "lab/link.h"
#include "lab/packet_link.h"

namespace karpspec::dut {

// The tester's end of the cable in a machine's network card: one datagram a frame. Whatever address
// a packet has, it is for the tester; nobody else is there to answer it. What the kernel tells its
// neighbors by multicast (its multicast groups, its search for routers) is passed over.
class KernelLink final : public lab::PacketLink {
 public:
  // What the machine sent before this is not seen. Errors: io.
  [[nodiscard]] static Result<std::unique_ptr<KernelLink>> open(
      std::shared_ptr<const KernelMachine> machine);
  ~KernelLink() override;

  [[nodiscard]] Time now() const override;
  // Errors: bad_value for what is neither IPv4 nor IPv6; io.
  [[nodiscard]] Result<void> send(OctetView packet) override;
  [[nodiscard]] Result<std::optional<Octets>> receive(Time deadline) override;
  void set_tap(Tap tap) override;

 private:
  struct State;
  explicit KernelLink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The Link beside it: the machine speaks no UDP, so there is only time to be told.
class SilentLink final : public lab::Link {
 public:
  [[nodiscard]] Time now() const override;
  // Errors: unsupported.
  [[nodiscard]] Result<void> send(const Datagram& datagram) override;
  [[nodiscard]] Result<std::optional<Datagram>> receive(Time deadline) override;
  void set_tap(Tap) override {}
};

}  // namespace karpspec::dut
