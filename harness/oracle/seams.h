#pragma once

#include <vector>

#include "base/machine.h"
#include "base/writer.h"
#include "oracle/checks.h"
#include "oracle/tunables.h"
#include "wire/message.h"

namespace karpspec::oracle {

// A message on its way out, before it is encoded and sealed.
struct Outgoing {
  wire::Message message;  // its payloads are in clear, those of an SK payload too
  bool is_protected = false;
  Endpoint destination;

  [[nodiscard]] bool is_response() const { return message.header.is_response(); }
};

struct Delivery {
  std::size_t copies = 1;  // 0: not sent at all
  Duration delay{};
};

// The only way in which a fault enters the oracle. This class does nothing: a correct router.
class Seams {
 public:
  virtual ~Seams() = default;

  // Whether CHECK is skipped.
  [[nodiscard]] virtual bool leaves_out(Check) { return false; }
  // Called once, before the router starts.
  virtual void tune(Tunables&) {}
  // May alter header and payloads. Called for each new message, not for retransmissions, which
  // repeat what was sent. The router goes on with what is really sent: an altered nonce is the
  // nonce of the SA.
  virtual void before_encode(Outgoing&) {}
  // Whether after_encode() wants to see this message; the log of fields is only made for it.
  [[nodiscard]] virtual bool edits_octets(const Outgoing&) { return false; }
  // CLEAR is the message encoded without protection: header and payload chain; a protected one is
  // sealed from it afterwards (ike/sealed_message.h says how each header field is taken over).
  virtual void after_encode(const Outgoing&, Octets& /*clear*/, const std::vector<FieldAt>&) {}
  // The datagram as it will be sent; of a message in fragments (RFC 7383), each of them.
  virtual void after_seal(const Outgoing&, Octets& /*datagram*/) {}
  [[nodiscard]] virtual Delivery deliver(const Outgoing&) { return {}; }
};

// A Seams that does nothing, for routers without faults.
[[nodiscard]] Seams& no_seams();

}  // namespace karpspec::oracle
