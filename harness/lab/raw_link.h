#pragma once

#include <memory>
#include <optional>

#include "base/octets.h"
#include "base/result.h"
#include "base/time.h"

namespace karpspec::lab {

// An interface of a network namespace below its sockets: every frame that comes in, and IPv4
// packets from whatever source. For protocols that are not UDP, or whose packets the system would
// answer itself. Needs root.
class RawLink {
 public:
  // UDP_PORT is bound there too, and what comes to it left unread, so that the system sends no
  // "port unreachable"; 0: none. Errors: not_found for the namespace, io.
  [[nodiscard]] static Result<RawLink> open(const std::string& network_namespace,
                                            const std::string& interface,
                                            std::uint16_t udp_port = 0);
  RawLink(RawLink&&) noexcept;
  RawLink& operator=(RawLink&&) noexcept;
  ~RawLink();

  // Sends an IPv4 packet, whose header the system completes: total length, identification and
  // checksum. Errors: bad_length, io.
  [[nodiscard]] Result<void> send(OctetView packet);
  // The next Ethernet frame that came in, or nothing when DEADLINE (of the wall clock) comes first.
  // Errors: io.
  [[nodiscard]] Result<std::optional<Octets>> receive(Time deadline);
  [[nodiscard]] Time now() const;

 private:
  struct State;
  explicit RawLink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::lab
