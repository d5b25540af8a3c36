#pragma once

#include <map>
#include <optional>

#include "base/random.h"
#include "oracle/tcpao/tcp_connection.h"

namespace karpspec::oracle::tcpao {

struct SessionConfig {
  wire::IpAddress local, remote;
  std::uint16_t port = 179;  // of who accepts
  bool opens = false;        // whether this end opens the connection, or accepts it
  Duration hold = std::chrono::seconds{90};
  Duration keepalive = std::chrono::seconds{30};
  Duration retry = std::chrono::seconds{5};
  TcpHabits tcp;
};

// One end of a session like BGP's (RFC 4271): OPEN, KEEPALIVE and UPDATE in BGP's own header over a
// protected connection, keepalives, a hold timer, and a new connection where one is lost. An UPDATE
// carries a number that counts from 1 in each session, so that loss and repetition show. A new
// connection takes the place of an old one once its handshake is complete: then the peer has proven
// that it has started again.
class Session {
 public:
  using Out = TcpConnection::Out;
  struct Counters {
    std::uint64_t accepted = 0;               // segments
    std::map<Reason, std::uint64_t> refused;  // segments
    std::uint64_t no_connection = 0;          // segments for a connection that is not there
    std::uint64_t sessions = 0;               // that came up
    std::uint64_t lost = 0;                   // that went down after they were up
    std::uint64_t updates = 0;                // received
    std::uint64_t disorder = 0;               // messages that are wrong, late or missing
    [[nodiscard]] std::uint64_t refused_in_all() const;
  };

  // RANDOM must outlive the session.
  Session(SessionConfig config, Random& random) : config_(std::move(config)), random_(random) {}

  [[nodiscard]] bool up() const { return open_received_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  // The last segment that was refused.
  [[nodiscard]] const Judgement& last_refusal() const { return last_refusal_; }
  // Mkt::number of the key that protects what is sent; 0: none.
  [[nodiscard]] std::uint64_t current_key() const;

  [[nodiscard]] Out receive(const wire::TcpPacket& packet, const Protection& by, Time now);
  [[nodiscard]] Out tick(const Protection& by, Time now);
  [[nodiscard]] std::optional<Time> deadline() const;
  // Sends an UPDATE of SIZE octets of routes, where the session is up.
  [[nodiscard]] Out update(std::size_t size, const Protection& by, Time now);
  // The keys have changed: a KEEPALIVE tells the peer the new RNextKeyID at once.
  [[nodiscard]] Out keys_changed(const Protection& by, Time now);

 private:
  [[nodiscard]] bool is_for(const TcpConnection& connection, const wire::TcpHeader& header) const;
  void take(TcpConnection::Received received, Out& out, const Protection& by, Time now);
  void note(const Judgement& judgement);
  void came_up(Out& out, const Protection& by, Time now);
  void went_down(Time now);
  void read_messages(OctetView data, Time now);
  void send_message(std::uint8_t type, OctetView body, Out& out, const Protection& by, Time now);

  SessionConfig config_;
  Random& random_;
  std::optional<TcpConnection> connection_;
  std::optional<TcpConnection> arriving_;  // accepted, its handshake not complete
  Octets unread_;
  bool open_received_ = false;
  std::uint64_t update_sent_ = 0, update_received_ = 0;
  Time connect_at_{};
  std::optional<Time> hold_until_, keepalive_at_;
  Counters counters_;
  Judgement last_refusal_;
};

}  // namespace karpspec::oracle::tcpao
