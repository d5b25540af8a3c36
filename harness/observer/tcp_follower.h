#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "capture/reader.h"
#include "oracle/tcpao/checker.h"
#include "transcript/observed.h"

namespace karpspec::observer {

// Gives every TCP segment that concerns a router's keys its place in its connection: those with an
// option of TCP-AO or TCP MD5, those of a routing protocol's port, and those that there is a key
// for. Its fields are TCP.sequence and TCP.acknowledgment (from the ISN of the direction on, where
// that was seen), TCP.window, AO.key_id, AO.r_next_key_id, AO.mac, MD5.digest, data, and `judged`:
// what TCP-AO or TCP MD5 says of it, with the keys that there are.
//
// Memory is bounded: of too many connections the one that has been silent for longest is forgotten.
class TcpFollower {
 public:
  // NEXT numbers a conversation that comes for the first time.
  TcpFollower(std::optional<oracle::tcpao::Checker> checker, std::function<std::uint64_t()> next);
  [[nodiscard]] std::optional<transcript::Observed> open(const capture::Frame& frame);

 private:
  struct Connection {
    std::uint64_t conversation = 0;
    std::map<Endpoint, std::uint32_t> isn;   // by sender
    std::map<HalfDigest, std::size_t> seen;  // copies of a segment, by its digest
    std::list<std::pair<Endpoint, Endpoint>>::iterator used;
  };
  Connection& connection_of(const Endpoint& a, const Endpoint& b);

  std::optional<oracle::tcpao::Checker> checker_;
  std::function<std::uint64_t()> next_;
  std::map<std::pair<Endpoint, Endpoint>, Connection> connections_;
  std::list<std::pair<Endpoint, Endpoint>> order_;
};

}  // namespace karpspec::observer
