#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "wire/ip_address.h"
#include "wire/mrkmp_payloads.h"

// Who is the GCKS of a group (draft-hartman-karp-mrkmp-00 section 3; suites/profile.md, P-210 to
// P-212). Knows neither keys nor sockets: it is told what was heard and how a registration ended,
// and answers with what to do.
namespace karpspec::oracle::mrkmp {

enum class Habit : std::uint8_t;  // habits.h

// What makes a router more preferred: the priority, then the lower address.
struct Standing {
  std::uint16_t priority = 0;
  wire::IpAddress address;
};
[[nodiscard]] bool more_preferred(const Standing& one, const Standing& other);

struct ElectionTimers {
  Duration start_delay = std::chrono::milliseconds{250};  // at most, at random
  Duration wait = std::chrono::seconds{5};                // from the first own advertisement
  Duration repeat = std::chrono::seconds{1};              // of the initial advertisement
  Duration answer_gap = std::chrono::milliseconds{250};   // between answers
  Duration better_silent = std::chrono::seconds{10};      // a better router is no longer waited for
  Duration heartbeat = std::chrono::seconds{1};
  unsigned jitter_percent = 10;
  unsigned lost_after_tenths = 35;  // intervals, in tenths, without a GCKS advertisement
  // What is taken of an interval that somebody advertises.
  Duration least_interval = std::chrono::milliseconds{100},
           most_interval = std::chrono::seconds{10};
  Duration ignore = std::chrono::seconds{60}, ignore_most = std::chrono::minutes{15};
  Duration ignore_silent = std::chrono::seconds{10};
  Duration merge_again = std::chrono::seconds{60}, merge_again_most = std::chrono::minutes{15};
  unsigned redirects = 3;  // within redirect_span
  Duration redirect_span = std::chrono::seconds{10};
};

class Election {
 public:
  enum class State { off, initial, gcks, member };

  // What is to be done, in this order.
  struct Send {
    wire::AdvertPayload advert;
    std::optional<wire::IpAddress> to;  // nothing: the group
  };
  struct Register {
    wire::IpAddress gcks;
  };
  struct BecomeGcks {};
  // A better GCKS is there: mrkmp_merge_sa with it.
  struct Merge {
    wire::IpAddress better;
  };
  struct LostGcks {
    wire::IpAddress gcks;
  };
  using Action = std::variant<Send, Register, BecomeGcks, Merge, LostGcks>;

  // Why a registration came to nothing.
  enum class Failure {
    silent,    // no answer
    refused,   // by somebody authentic, with a notification of its own (P-203)
    unproven,  // not authentic, or an error that nobody has authenticated
  };

  // RANDOM must outlive the election.
  Election(wire::IpAddress own, std::uint16_t priority, Random& random, ElectionTimers timers = {},
           Habit habit = {});

  void start(Time now);
  // A GCKS resigns.
  void leave(Time now);
  void set_priority(std::uint16_t priority);

  // An advertisement that came from FROM. What is none that P-207 knows is passed over.
  void hear(const wire::AdvertPayload& advert, const wire::IpAddress& from, Time now);

  // How Register ended.
  void registered(const wire::IpAddress& gcks, Time now);
  void not_registered(const wire::IpAddress& gcks, Failure failure, Time now);
  // MRKMP_GCKS_UNKNOWN and MRKMP_WRONG_GCKS of FROM, authentic.
  void gcks_unknown(const wire::IpAddress& from, bool potential_candidate, Time now);
  void wrong_gcks(const wire::IpAddress& from, const wire::IpAddress& gcks, Time now);
  // How Merge ended. MERGED: this router is a member of BETTER from now on.
  void merge_ended(const wire::IpAddress& better, bool merged, Time now);
  // A message under a key of the group says that GCKS is its GCKS: the one of this member has
  // handed the group over, or another has been elected.
  void moved(const wire::IpAddress& gcks, Time now);
  // A member has to join its GCKS again.
  void register_again(Time now);
  // GCKS may not be the GCKS any more: a member of it looks for another one.
  void abandon(const wire::IpAddress& gcks, Time now);

  void tick(Time now);
  [[nodiscard]] std::optional<Time> deadline() const;
  [[nodiscard]] std::vector<Action> take_actions();

  [[nodiscard]] State state() const;
  // Of a member its GCKS, of the GCKS itself; nothing in any other state.
  [[nodiscard]] std::optional<wire::IpAddress> gcks() const;
  [[nodiscard]] const Standing& standing() const { return own_; }
  [[nodiscard]] bool registering() const { return registering_.has_value(); }
  [[nodiscard]] bool ignores(const wire::IpAddress& address, Time now) const;
  // Whether a router with a better standing was heard in this election.
  [[nodiscard]] bool heard_better() const { return last_better_.has_value(); }
  // All that decides over what comes, but for actions that were not taken: two elections with the
  // same, and the same random numbers, do the same.
  [[nodiscard]] std::string memory() const;

 private:
  using Kind = wire::AdvertPayload::Kind;
  struct Ignored {
    Time until{};
    Duration span{};            // of the last time, for doubling
    bool until_joined = false;  // or until this router has joined the group (section 6.1)
  };

  void begin(Time now);
  void advertise(Kind kind, Time now, std::optional<wire::IpAddress> to = std::nullopt);
  // Sends KIND to the group unless it has just been sent.
  void advertise_again(Kind kind, Time now);
  void register_with(const wire::IpAddress& gcks);
  void become_gcks(Time now);
  void become_member(const wire::IpAddress& gcks, Time now);
  // A member has no GCKS any more.
  void lose_gcks(Time now);
  void ignore(const wire::IpAddress& address, Duration span, bool doubles, Time now);
  void hear_initial(const Standing& sender, Time now);
  void hear_gcks(const wire::AdvertPayload& advert, const Standing& sender, Time now);
  // Whether ONE goes before OTHER to this router.
  [[nodiscard]] bool prefers(const Standing& one, const Standing& other) const;
  [[nodiscard]] Time wait_ends() const;
  [[nodiscard]] Time loss_at() const;

  Standing own_;
  Random& random_;
  ElectionTimers timers_;
  Habit habit_;
  State state_ = State::off;
  std::vector<Action> actions_;
  std::optional<Time> first_sent_;  // the initial advertisement of this election
  std::optional<Time> send_at_;     // the next one of our own
  std::optional<Time> last_sent_;   // to the group
  std::optional<Time> last_better_;
  std::optional<wire::IpAddress> registering_, gcks_;
  Time last_heard_{};    // of a member's GCKS
  Duration interval_{};  // that it advertises
  // Bounded: what has run out goes when something new comes, then what runs out first.
  std::map<wire::IpAddress, Ignored> ignored_;
  std::set<wire::IpAddress> proven_;  // GCKSes that have let this router in
  std::map<wire::IpAddress, Time> answered_;
  std::vector<std::pair<Time, wire::IpAddress>> redirects_;
  std::map<wire::IpAddress, Ignored> merges_;  // that failed, until they are tried again
  std::optional<wire::IpAddress> merging_;
};

}  // namespace karpspec::oracle::mrkmp
