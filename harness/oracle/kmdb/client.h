#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "oracle/config.h"

// What a client protocol sees of the KMDB (RKMP sections 5 and 6, profile P-65 to P-74): it says
// what it needs, and is told what becomes of it. The rows themselves are the key table's.
namespace karpspec::oracle::kmdb {

// A client's need of keys with a neighbour. It has no key, so it is no row.
struct KeyRequest {
  std::string client;         // name of the client protocol, such as "bgp"; not empty
  std::string peer;           // name of a configured peer
  std::uint8_t protocol = 0;  // routing protocol id that the key is for
  // What the key may be made for, of what is configured for the peer, most preferred first. Empty:
  // all of it.
  std::vector<TcpAoPair> pairs;
  // Life of a key; by default the router's own. shortest_life to longest_life.
  std::optional<Duration> life;
  bool passive = false;  // the client only wants to be told: no exchange is begun for it
};
inline constexpr std::chrono::seconds shortest_life{10};
inline constexpr std::chrono::seconds longest_life{604800};

//   Idle (passive, no key)
//   Negotiating --key--> Keyed --refresh--> Rekeying --key--> Keyed
//   Negotiating or Rekeying --no key--> Failed --after a while--> Negotiating or Rekeying
enum class RequestState { idle, negotiating, keyed, rekeying, failed };
[[nodiscard]] const char* to_string(RequestState state);

struct RequestInfo {
  KeyRequest request;
  RequestState state = RequestState::idle;
  std::uint64_t tries = 0;        // that have failed since the last key
  std::optional<Time> next_try;   // failed: when
  std::vector<std::string> rows;  // AdminKeyNames of its rows, the oldest first
};

// How a key came about for its client (RKMP section 5.1).
enum class Mode {
  initial,   // no key stood for the neighbour
  rollover,  // it takes the place of one that stands
};
[[nodiscard]] const char* to_string(Mode mode);

// What a client is told. Kinds:
//   key-installed   ROW can be used; a client that is told twice of a row has one row
//   key-replaced    a newer key has taken the place of ROW, which is received with until ACCEPT_END
//   key-expiring    the peer has withdrawn ROW: no more sending, received with until ACCEPT_END
//   key-removed     ROW is gone
//   request-failed  a try has come to nothing; REASON is "no-answer" or "refused"
struct Notification {
  std::uint64_t n = 0;  // counts up over all clients, in the order in which things happened
  Time time{};
  std::string client;
  std::string kind;
  std::string peer;
  std::uint8_t protocol = 0;
  std::string row;           // AdminKeyName; empty for request-failed
  std::optional<Mode> mode;  // of the row's key
  std::optional<Time> send_end, accept_end;
  std::string reason;
  std::string text;
};

}  // namespace karpspec::oracle::kmdb
