#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lab/link.h"

namespace karpspec::lab {

struct LiveOptions {
  // The tester's addresses and ports; no wildcard addresses. Port 0: the system chooses.
  std::vector<Endpoint> endpoints;
  std::string network_namespace;  // where its sockets are; empty: where this process is
  // The multicast group that the tester's routers are in, at their port; empty: none. Then all
  // leaves with a TTL of 255, and what comes with less is passed over (link_socket.h).
  std::string group = {};
};

// The tester's end of a real network: UDP sockets over IPv4 and IPv6. Time is the wall clock, read
// once and counted on steadily from there. On port 4500 the non-ESP marker of RFC 3948 is put
// before what is sent and taken off what comes; what comes there without one (ESP, keepalives) is
// passed over.
class LiveLink final : public Link {
 public:
  // Errors: bad_value for what is no address; not_found for an unknown namespace; io when binding
  // is refused.
  [[nodiscard]] static Result<std::unique_ptr<LiveLink>> open(const LiveOptions& options);
  ~LiveLink() override;

  // As bound, port 0 replaced.
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const;

  [[nodiscard]] Time now() const override;
  // DATAGRAM's source must be one of endpoints(). Errors: bad_value; io when the system refuses to
  // send (no route, too large).
  [[nodiscard]] Result<void> send(const Datagram& datagram) override;
  [[nodiscard]] Result<std::optional<Datagram>> receive(Time deadline) override;
  void set_tap(Tap tap) override;

 private:
  struct State;
  explicit LiveLink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::lab
