#pragma once

#include "base/random.h"
#include "oracle/keyserver/data_key.h"
#include "oracle/keyserver/habits.h"
#include "oracle/keyserver/times.h"

// A group that a router may hear: whom it asks for the keys, and those that it holds (sections V.C
// and VI; suites/profile.md, P-244, P-245, P-250 and P-257).
//
//   wanted --the speaker's LKS gives--> keyed --its end comes near, the LKS was away--> wanted
//   wanted --the LKS is silent--> the DKS is asked once, and the LKS again on the schedule of P-249
//   central: the DKS first, the LKS where there is none or it has no key
namespace karpspec::oracle::keyserver {

class HeardGroup {
 public:
  enum class Whom { lks, dks };
  // RANDOM must outlive it.
  HeardGroup(GroupId id, bool central, Reconnect schedule, const Times& times, Random& random,
             Habit habit);

  // What of the policy concerns it.
  void adopt(bool central, Reconnect schedule, Time now);
  // Asks at once, unless it does.
  void want(Time now);
  // Whether WHOM is to be asked now; the caller then asks, and says asked().
  [[nodiscard]] bool wants(Whom whom, bool dks_connected, Time now) const;
  void asked(Whom whom);
  // What came of it. GAVE: whether there were keys.
  void answered(Whom whom, bool gave, Time now);
  void denied(Whom whom, Time now);
  // SILENT: the other side does not answer at all.
  void failed(Whom whom, bool silent, Time now);

  // The association with the speaker's LKS has ended, or one was made.
  void speaker_gone(Time now);
  void speaker_up(Time now);
  void dks_connected();

  enum class Taken { nothing, newer, same, lower };
  [[nodiscard]] Taken take(GroupKeys keys, Whom origin, Time now);
  void drop_keys() { held_.keys.clear(); }
  // Forgets what is over. Whether the last key has gone with it.
  bool tick(Time now);
  [[nodiscard]] std::optional<Time> deadline() const;

  [[nodiscard]] const GroupId& id() const { return held_.group; }
  [[nodiscard]] const GroupKeys& held() const { return held_; }
  [[nodiscard]] Whom origin() const { return origin_; }
  // What a pull says: the group and the order that is held.
  [[nodiscard]] GroupKeys question() const;

 private:
  void again(Time now);
  [[nodiscard]] bool has_lasting_key(Time now) const;
  [[nodiscard]] std::optional<Time> runs_out() const;

  bool central_;
  Reconnect schedule_;
  Times times_;
  Random& random_;
  Habit habit_;
  GroupKeys held_;
  Whom origin_ = Whom::lks;
  std::optional<Order> asked_for_successor_of_;
  std::optional<Time> lks_at_;
  bool lks_asking_ = false, dks_wanted_ = false, dks_asking_ = false;
  Duration delay_{};
};

}  // namespace karpspec::oracle::keyserver
