#pragma once

#include <optional>
#include <string>

#include "base/random.h"
#include "oracle/keyserver/habits.h"
#include "oracle/keyserver/policy.h"

// When a router turns to its DKS, and at which address (section VI; suites/profile.md, P-249 and
// P-250).
//
//   start --within the spread, at random--> trying --answered--> connected
//   trying --failed--> waiting 5 s, 10 s, ... 300 s --> trying the next address
//   connected --lost--> waiting 5 s; a route that appears ends the waiting
namespace karpspec::oracle::keyserver {

class Reconnection {
 public:
  enum class State { waiting, trying, connected };
  // FALLBACK: the address for a policy without one. RANDOM must outlive it.
  Reconnection(std::string fallback, Random& random, Habit habit);

  void begin(const Reconnect& policy, Time now);
  void adopt(const Reconnect& policy) { policy_ = policy; }
  // Whether it is time to try. Then address() is where.
  [[nodiscard]] bool due(Time now) const { return due_ && *due_ <= now; }
  [[nodiscard]] std::string address() const;
  void try_now(Time now);
  void trying();
  void connected();
  // The attempt failed, or what stood is lost.
  void failed(Time now);
  // There is a route to ADDRESS.
  void route(const std::string& address, Time now);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::optional<Time> deadline() const { return due_; }

 private:
  [[nodiscard]] const std::vector<std::string>& addresses() const;
  [[nodiscard]] Duration jittered(Duration delay);

  std::vector<std::string> fallback_;
  Random& random_;
  Habit habit_;
  Reconnect policy_;
  State state_ = State::waiting;
  std::optional<Time> due_;
  Duration delay_{};  // the next one; zero: the first
  std::size_t next_address_ = 0;
};

}  // namespace karpspec::oracle::keyserver
