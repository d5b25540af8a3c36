#pragma once

#include <map>
#include <set>

#include "base/random.h"
#include "oracle/keyserver/data_key.h"
#include "oracle/keyserver/habits.h"
#include "oracle/keyserver/times.h"

// A router's own group at its LKS, which is the GCKS of it: the keys that it makes and whom it has
// told (sections IV and V.C; suites/profile.md, P-243, P-244, P-247, P-254 and P-255).
//
//   begin --a key to be sent with at once--> serving
//   serving --life nearly over--> another key, told 5 s before it is sent with
//   serving --a receiver is revoked--> the same at once, not for him
namespace karpspec::oracle::keyserver {

class LocalGroup {
 public:
  // STARTS: how often the router has started, the upper half of its keys' sequence. RANDOM must
  // outlive the group.
  LocalGroup(GroupId id, wire::IpAddress source, std::uint32_t starts, const Times& times,
             Random& random, Habit habit);

  // The receivers of policy VERSION. Whether somebody was there who is not there any more.
  bool set_receivers(std::set<std::string> receivers, std::uint64_t version, Time now);
  [[nodiscard]] bool permits(const std::string& receiver) const {
    return receivers_.contains(receiver);
  }
  // What a receiver is given, and all that must be told of it.
  [[nodiscard]] GroupKeys download() const;
  [[nodiscard]] const GroupId& id() const { return id_; }
  [[nodiscard]] const wire::IpAddress& source() const { return source_; }
  [[nodiscard]] const std::vector<DataKey>& keys() const { return keys_; }
  [[nodiscard]] Order highest() const { return keys_.empty() ? Order{} : keys_.back().order; }
  [[nodiscard]] const std::set<std::string>& receivers() const { return receivers_; }

  // RECEIVER holds the keys up to ORDER. Somebody who holds more than there is has it from before a
  // start that this router does not remember: a key above it is made, but no more than one in 10 s.
  // false: nobody can hold so high an order, and it is not believed.
  bool holds(const std::string& receiver, const Order& order, Time now);
  bool above(const Order& order, Time now);
  // Another key at once.
  void change(Time now) { make(now); }
  // Whether RECEIVER holds the newest key, and whether all do who may.
  [[nodiscard]] bool is_told(const std::string& receiver) const;
  [[nodiscard]] bool all_keyed() const;

  void tick(Time now);
  [[nodiscard]] std::optional<Time> deadline() const;
  // Whether keys have changed since the last call.
  [[nodiscard]] bool take_changed() { return std::exchange(changed_, false); }

 private:
  void make(Time now);
  void take_claim(Time now);
  [[nodiscard]] std::optional<Time> renewal() const;

  GroupId id_;
  wire::IpAddress source_;
  Times times_;
  Random& random_;
  Habit habit_;
  std::uint64_t version_ = 0, sequence_ = 0;
  std::vector<DataKey> keys_;  // the newest last
  std::set<std::string> receivers_;
  std::map<std::string, Order> told_;
  std::optional<Order> claimed_;   // that somebody holds
  Time next_claim_{};              // when a key may be made for that
  std::optional<Time> change_at_;  // of a router that takes its time
  bool changed_ = false;
};

}  // namespace karpspec::oracle::keyserver
