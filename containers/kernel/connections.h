#pragma once

#include <list>
#include <map>

#include "keys.h"

struct pollfd;

namespace karpspec::agent {

// What the machine's one application does with TCP: it listens, connects, sends, and keeps what it
// receives. Where the peer closes a connection, so does it.
class Connections {
 public:
  // More of a connection's data than that is thrown away.
  static constexpr std::size_t most_received = 16U << 10U;

  // Both families, each with the MKTs that fit. Errors: bad_value where something listens there
  // already, or for port 0; those of Keys::put.
  [[nodiscard]] Result<void> listen(std::uint16_t port, const Keys& keys);
  // Sends the SYN and does not wait. LOCAL_PORT 0: any. Errors: those of Keys::put; io where there
  // is no way there.
  [[nodiscard]] Result<void> connect(const wire::IpAddress& remote, std::uint16_t port,
                                     std::uint16_t local_port, const Keys& keys);
  // Errors: not_found for no open connection with that peer; io.
  [[nodiscard]] Result<void> send(const wire::IpAddress& remote, std::uint16_t port,
                                  OctetView data);
  [[nodiscard]] Result<void> close(const wire::IpAddress& remote, std::uint16_t port);
  [[nodiscard]] Result<void> close_listener(std::uint16_t port);
  [[nodiscard]] Result<void> choose(const wire::IpAddress& remote, std::uint16_t port,
                                    std::optional<std::uint8_t> current,
                                    std::optional<std::uint8_t> rnext);
  // The MKTs that have come since, on every socket that they fit.
  [[nodiscard]] Result<void> put(const Keys& keys);
  void take(const Mkt& mkt);
  // Ends everything without a word to the peers. Errors: io.
  [[nodiscard]] Result<void> reset();

  // Listeners, connections (closed ones too) and half-open ones, a line each:
  //   LOCAL PORT REMOTE PORT STATE DATA [CURRENT RNEXT GOOD BAD KEY-NOT-FOUND REQUIRED]
  // Errors: io.
  [[nodiscard]] Result<std::vector<std::string>> list() const;

  void wanted(std::vector<pollfd>& descriptors) const;
  // Accepts and reads what is there.
  void pump(const Keys& keys);

 private:
  struct Connection {
    Socket socket;  // none: closed
    Ends ends;
    Octets received;
  };
  struct Listener {
    Socket v4, v6;
  };
  [[nodiscard]] Result<Connection*> open_one(const wire::IpAddress& remote, std::uint16_t port);
  void accept(const Socket& listener, bool v4, const Keys& keys);

  std::map<std::uint16_t, Listener> listeners_;
  std::list<Connection> connections_;
};

}  // namespace karpspec::agent
