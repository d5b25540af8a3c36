#pragma once

#include <map>
#include <set>
#include <vector>

#include "base/random.h"
#include "oracle/mrkmp/group_config.h"
#include "oracle/mrkmp/group_message.h"
#include "oracle/mrkmp/key_ring.h"

// A router's term as GCKS of a group: the keys that it makes, to whom it gives them, and the
// messages to the group (draft-hartman-karp-mrkmp-00 sections 2.4, 2.5, 3 and 7; suites/profile.md,
// P-213 to P-222 and P-230).
//
//   begin --new KEK, new protocol master key--> serving
//   serving --reboot, request, merge--> another protocol master key, told three times
//   serving --20 h, or its numbers run out--> another KEK, told ahead of its use
//   serving --removal with forward security--> the KEK is retired, all join again
namespace karpspec::oracle::mrkmp {

class Gcks {
 public:
  // CONFIG, RANDOM and RING must outlive it.
  Gcks(const GroupConfig& config, const GroupTimers& timers, Random& random, KeyRing& ring);

  void begin(Time now);
  void end() { serving_ = false; }
  [[nodiscard]] bool serving() const { return serving_; }

  // What an answer to a join of IDENTITY holds. INCARNATION as in INC, where it was there.
  struct Answer {
    wire::KeyDownloadPayload download;
    std::uint64_t number = 0;  // SEQ
  };
  [[nodiscard]] Answer admit(const std::string& identity, std::optional<std::uint64_t> incarnation,
                             Time now);
  // To a request for another key than KEY_ID.
  [[nodiscard]] Answer replace_key(const std::string& identity, std::uint32_t key_id, Time now);
  // The group with the keys THEIRS joins this one.
  [[nodiscard]] wire::KeyDownloadPayload merge(std::vector<GroupKey> theirs, Time now);

  // Another protocol master key, unless one waits to be used.
  void change_key(Time now);
  void renew_kek(Time now);
  // IDENTITY has been removed, and is not to learn what comes (P-221).
  void shut_out(const std::string& identity, Time now);
  void forget(const std::string& identity) { holders_.erase(identity); }

  void tick(Time now);
  [[nodiscard]] std::optional<Time> deadline() const;
  // Datagrams for the group.
  [[nodiscard]] std::vector<Octets> take_messages() { return std::exchange(messages_, {}); }
  // What was done, a sentence each.
  [[nodiscard]] std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

 private:
  // Whom a protocol master key has been given to.
  struct Holder {
    std::optional<std::uint64_t> incarnation;
    std::set<std::uint32_t> receive_only;  // keys it may have sent with before it lost its numbers
  };

  void add_kek(KeyTimes times);
  void add_master(Time now, Time send_start);
  // Takes the keys by hand for the group's (P-238). Whether there was one.
  bool export_manual(Time now);
  void flood(Time now);
  void update(Time now);
  void send(Kek& kek, GroupMessage message);
  void retire_keks(std::uint16_t rejoin_within, Time now);
  [[nodiscard]] std::uint32_t next_key_id() const;
  [[nodiscard]] bool waits_for_use(Time now) const;
  // Whether a router that joins with INCARNATION has lost its numbers since it was given HOLDER's.
  [[nodiscard]] bool is_reboot(const Holder& holder,
                               std::optional<std::uint64_t> incarnation) const;
  [[nodiscard]] Answer answer_for(const Holder& holder, Time now);
  [[nodiscard]] wire::KeyDownloadPayload download(Time now, const std::set<std::uint32_t>& no_send,
                                                  bool old_keks) const;

  const GroupConfig& config_;
  GroupTimers timers_;
  Random& random_;
  KeyRing& ring_;
  bool serving_ = false;
  std::map<std::string, Holder> holders_;
  // Keys that somebody may hold to whom this router has not given them; and whether those that it
  // makes go to such ones too.
  std::set<std::uint32_t> strangers_hold_;
  bool strangers_ = false;
  std::uint32_t last_key_id_ = 0;
  std::optional<Time> last_change_;
  Time next_update_{}, renew_at_{};
  unsigned floods_left_ = 0;
  // KEKs that were retired, until the last copy of that message has gone.
  struct Retired {
    Kek kek;
    std::uint16_t rejoin_within = 0;
    unsigned copies_left = 0;
    Time next{};
  };
  std::vector<Retired> retired_;
  std::vector<Octets> messages_;
  std::vector<std::string> notes_;
};

// The item that says who sends a download.
[[nodiscard]] wire::KeyItem gcks_item(const wire::IpAddress& address);

}  // namespace karpspec::oracle::mrkmp
