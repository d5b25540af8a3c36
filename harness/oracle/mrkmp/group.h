#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "keytable/row.h"
#include "oracle/mrkmp/election.h"
#include "oracle/mrkmp/gcks.h"
#include "oracle/mrkmp/group_config.h"
#include "oracle/mrkmp/key_ring.h"
#include "wire/message.h"

// One group as one router sees it: its election, its keys, and its part in it as member or GCKS
// (draft-hartman-karp-mrkmp-00; suites/profile.md, P-204 to P-237). Knows no association and no
// socket: what it asks of another router goes out as Ask, and comes back as answered() or failed();
// what it is asked comes in as answer(), from somebody who is authentic.
namespace karpspec::oracle::mrkmp {

class Group {
 public:
  // The unicast exchanges: mrkmp_join, mrkmp_newkey, mrkmp_merge_sa.
  enum class Request { join, new_key, merge };
  struct Ask {
    std::uint64_t number = 0;
    Request request = Request::join;
    wire::IpAddress to;
    std::vector<wire::Payload> payloads;
  };
  struct Advertise {
    wire::AdvertPayload advert;
    std::optional<wire::IpAddress> to;  // nothing: the group
  };
  struct Multicast {
    Octets datagram;
  };
  // Something to be told: kinds are "gcks-elected", "group-joined", "gcks-lost", "group-merged",
  // "merge-failed", "join-refused", "kek-retired", "group-key", "dropped".
  struct Note {
    std::string kind;
    std::string text;
  };
  using Action = std::variant<Ask, Advertise, Multicast, Note>;

  // RANDOM must outlive the group.
  Group(GroupConfig config, std::uint16_t priority, Random& random, GroupTimers timers = {},
        ElectionTimers election_timers = {});
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  // The routing protocol's signals (section 8).
  void join(Time now);
  void set_priority(std::uint16_t priority) { election_.set_priority(priority); }
  // Wipes all keys.
  void leave(Time now);
  // The sequence numbers under the key KEY_ID run out.
  void want_another_key(std::uint32_t key_id, Time now);

  // The administrator's.
  void permit(const std::string& identity);
  // IDENTITY, which is at ADDRESS, is no longer in the group. FORWARD_SECURITY: nor is it to learn
  // what comes (P-221).
  void remove(const std::string& identity, const wire::IpAddress& address, bool forward_security,
              Time now);
  // The association with IDENTITY, which is at ADDRESS, has ended: nothing to the group (P-214),
  // but for a router with a wrong habit.
  void lost_association(const std::string& identity, const wire::IpAddress& address, Time now);
  // As GCKS: another KEK, another protocol master key.
  void renew_kek(Time now);
  void change_key(Time now);

  void hear(const wire::AdvertPayload& advert, const wire::IpAddress& from, Time now);
  // An mrkmp_group message, as it came.
  void hear(OctetView datagram, const wire::IpAddress& from, Time now);
  // What to answer IDENTITY, which is authentic and at FROM.
  [[nodiscard]] std::vector<wire::Payload> answer(Request request, const wire::IpAddress& from,
                                                  const std::string& identity,
                                                  const std::vector<wire::Payload>& payloads,
                                                  Time now);
  // Ask NUMBER was answered by somebody authentic, or came to nothing.
  void answered(std::uint64_t number, const std::vector<wire::Payload>& payloads, Time now);
  void failed(std::uint64_t number, Election::Failure failure, Time now);

  void tick(Time now);
  [[nodiscard]] std::optional<Time> deadline() const;
  [[nodiscard]] std::vector<Action> take_actions();

  [[nodiscard]] const GroupConfig& config() const { return config_; }
  [[nodiscard]] const Election& election() const { return election_; }
  [[nodiscard]] const KeyRing& keys() const { return ring_; }
  // For the key table (P-234), those by hand first.
  [[nodiscard]] std::vector<keytable::Row> rows() const;
  // The key that the routing protocol sends with: one of the group's, else one by hand. nullptr:
  // there is none.
  [[nodiscard]] const GroupKey* sends_with(Time now) const;

 private:
  // A merged group's download, which its former GCKS passes on under its own KEK.
  struct Handover {
    wire::IpAddress better;
    Kek kek;
    unsigned copies_left = 0;
    Time next{};
  };

  void settle(Time now);
  void carry_out(const Election::Action& action, Time now);
  void ask(Request request, const wire::IpAddress& to, std::vector<wire::Payload> payloads);
  void note(std::string kind, std::string text);
  [[nodiscard]] std::vector<wire::Payload> answer_request(
      Request request, const wire::IpAddress& from, const std::string& identity,
      const std::vector<wire::Payload>& payloads, Time now);
  [[nodiscard]] keytable::Row row_of(const GroupKey& key, const char* origin) const;
  [[nodiscard]] bool permits(const std::string& identity) const;
  [[nodiscard]] bool is_removed(const wire::IpAddress& address) const;
  [[nodiscard]] bool may_merge(const wire::IpAddress& from, const std::string& identity) const;
  void join_answered(const wire::IpAddress& from, const std::vector<wire::Payload>& payloads,
                     Time now);
  void merge_answered(const wire::IpAddress& from, const std::vector<wire::Payload>& payloads,
                      Time now);
  // Takes the keys of a download of FROM. NUMBER: of its last message under its KEK. Whether it had
  // a KEK.
  bool take(const wire::KeyDownloadPayload& download, KeyRing::Source source,
            const wire::IpAddress& from, std::uint64_t number, Time now);
  void take_message(Kek& kek, const GroupMessage& message, const wire::IpAddress& from, Time now);
  void pass_on(Time now);

  GroupConfig config_;
  GroupTimers timers_;
  Random& random_;
  KeyRing ring_;
  Election election_;
  Gcks gcks_;
  std::optional<Ask> outstanding_join_, outstanding_merge_, outstanding_key_;
  std::optional<Handover> handover_;
  std::optional<Time> join_again_at_;
  unsigned strange_updates_ = 0;
  std::map<wire::IpAddress, std::uint16_t> heard_gcks_;  // their priorities
  std::map<std::string, wire::IpAddress> removed_;       // identities and where they are
  // Those whom no GCKS has shut out yet, as far as this router knows.
  std::set<std::string> to_be_shut_out_;
  std::uint64_t next_ask_ = 1;
  std::vector<Action> actions_;
};

}  // namespace karpspec::oracle::mrkmp
