#pragma once

#include <optional>
#include <vector>

#include "oracle/tcpao/connection.h"

namespace karpspec::oracle::tcpao {

// What protects a router's connections; asked anew for each segment, so that a key counts at once.
struct Protection {
  const Mkts& mkts;
  const Md5Keys& md5;
};

struct TcpHabits {
  std::size_t mss = 1400;      // octets of data in a segment
  std::size_t window = 65535;  // octets in flight at most
  Duration first_timeout = std::chrono::seconds{1};
  Duration longest_timeout = std::chrono::seconds{60};
  unsigned tries = 10;  // of one segment, before the connection is given up
  ConnectionHabits protection;
};

// One end of a TCP connection (RFC 9293), as much of it as a routing session needs: handshake, data
// in order, retransmission with backoff, reset. What comes out of order is asked for again, there
// is no congestion control, and a connection ends by reset alone. Segments go out and come in
// through TCP-AO or TCP MD5; what cannot be protected is not sent.
//
//   closed --start--> syn_sent --SYN-ACK--> established
//   closed --SYN--> syn_received --ACK--> established
//   any --reset, or a segment that stays unanswered--> closed
class TcpConnection {
 public:
  enum class State : std::uint8_t { closed, syn_sent, syn_received, established };
  using Out = std::vector<wire::TcpPacket>;

  TcpConnection(SocketPair pair, std::uint32_t isn, TcpHabits habits = {});

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Connection& protection() const { return connection_; }
  // For the application's choice of keys.
  [[nodiscard]] Connection& protection() { return connection_; }

  // Sends the SYN.
  [[nodiscard]] Out start(const Protection& by, Time now);
  struct Received {
    Judgement judgement;
    Out out;
    Octets data;  // the next octets in order
  };
  // In state closed a SYN opens the connection.
  [[nodiscard]] Received receive(const wire::TcpPacket& packet, const Protection& by, Time now);
  // Queues DATA, and sends what the window permits.
  [[nodiscard]] Out send(OctetView data, const Protection& by, Time now);
  // Sends a reset, and is closed.
  [[nodiscard]] Out abort(const Protection& by, Time now);
  // Retransmits what is overdue.
  [[nodiscard]] Out tick(const Protection& by, Time now);
  [[nodiscard]] std::optional<Time> deadline() const { return timeout_at_; }

 private:
  void emit(Out& out, std::uint8_t flags, std::uint32_t sequence, Octets data, const Protection& by,
            Time now);
  void misbehave(Received& received, const Protection& by, Time now);
  void emit_ack(Out& out, const Protection& by, Time now);
  void push(Out& out, const Protection& by, Time now);
  void take_ack(std::uint32_t acknowledgment, Time now);
  void in_syn_sent(const wire::TcpHeader& header, Received& received, const Protection& by,
                   Time now);
  void in_syn_received(const wire::TcpHeader& header, Received& received, const Protection& by,
                       Time now);
  void in_established(const wire::TcpHeader& header, OctetView data, Received& received,
                      const Protection& by, Time now);
  void set_timeout(Time now) { timeout_at_ = now + timeout_; }

  Connection connection_;
  TcpHabits habits_;
  State state_ = State::closed;
  std::uint32_t unacknowledged_;  // SND.UNA
  std::uint32_t next_;            // SND.NXT
  std::uint32_t expected_ = 0;    // RCV.NXT
  Octets queue_;                  // from SND.UNA on
  Duration timeout_;
  std::optional<Time> timeout_at_;
  unsigned tries_ = 0;
};

}  // namespace karpspec::oracle::tcpao
