#pragma once

#include <list>
#include <memory>

#include "oracle/tcpao/judge.h"

namespace karpspec::oracle::tcpao {

// Judges the segments of a capture one after the other, as somebody who has one router's key table
// but is none of the ends. What it knows of a connection it has from segments that were authentic,
// the SYN first of all, so forged ones cost no memory; of too many connections the one that was
// silent longest is forgotten, and its segments cannot be judged any more.
class Checker {
 public:
  static constexpr std::size_t usual_connections = 65536;
  Checker(Mkts mkts, Md5Keys md5, std::size_t most_connections = usual_connections)
      : mkts_(std::move(mkts)), md5_(std::move(md5)), most_(most_connections) {}

  // TIME: of the capture. Judgement::mkt names one of mkts().
  [[nodiscard]] Judgement check(const wire::TcpPacket& packet, Time time);
  [[nodiscard]] const Mkts& mkts() const { return mkts_; }

 private:
  // Addresses and ports of both ends, the lower one first.
  struct Name {
    wire::IpAddress low, high;
    std::uint16_t low_port = 0, high_port = 0;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  struct Known {
    Name name;
    Inbound from_low, from_high;
    // A SYN for the same addresses and ports with another ISN, until it is answered.
    std::unique_ptr<Known> again;
  };
  using Place = std::list<Known>::iterator;

  [[nodiscard]] Judgement judge_in(Known& known, bool from_low, const wire::TcpPacket& packet,
                                   const wire::TcpHeader& header, Time time);
  [[nodiscard]] bool concerns(const SocketPair& pair) const;
  [[nodiscard]] Judgement judge_unreadable(const wire::TcpPacket& packet, Time time) const;
  void remember(Known known);

  Mkts mkts_;
  Md5Keys md5_;
  std::size_t most_;
  std::list<Known> connections_;  // the one heard last first
  std::map<Name, Place> places_;
};

}  // namespace karpspec::oracle::tcpao
