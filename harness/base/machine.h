#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/octets.h"
#include "base/time.h"

namespace karpspec {

// An address and UDP port as text and number: "192.0.2.1", "2001:db8::1" (RFC 5952).
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// The port for IKE behind a NAT, and the octets of zeros before each message there (RFC 3948).
constexpr std::uint16_t nat_traversal_port = 4500;
constexpr std::size_t non_esp_marker_size = 4;

struct Datagram {
  Endpoint source;
  Endpoint destination;
  Octets payload;
};

// Protocol code is a machine: it is told what happened and when, and answers with what to send.
// It opens no socket, reads no clock, no file and no random device.
class Machine {
 public:
  virtual ~Machine() = default;
  [[nodiscard]] virtual std::vector<Datagram> receive(const Datagram& datagram, Time now) = 0;
  // Called when `deadline()` has come; harmless when called early.
  [[nodiscard]] virtual std::vector<Datagram> tick(Time now) = 0;
  // When the machine next wants `tick`, if at all.
  [[nodiscard]] virtual std::optional<Time> deadline() const = 0;
};

// The same for what hangs on the network below UDP: whole IP packets, from the IP header on.
class PacketMachine {
 public:
  virtual ~PacketMachine() = default;
  [[nodiscard]] virtual std::vector<Octets> receive(OctetView packet, Time now) = 0;
  [[nodiscard]] virtual std::vector<Octets> tick(Time now) = 0;
  [[nodiscard]] virtual std::optional<Time> deadline() const = 0;
};

}  // namespace karpspec
