#pragma once

#include <map>
#include <optional>
#include <vector>

#include "oracle/mrkmp/group_key.h"
#include "wire/ip_address.h"

// The keys that a router holds for a group.
namespace karpspec::oracle::mrkmp {

// A KEK with the greatest sequence numbers under it (P-206). After a partition several routers may
// have been the GCKS under one KEK, and each counts for itself.
struct Kek {
  GroupKey key;
  std::uint64_t sent = 0;
  std::map<wire::IpAddress, std::uint64_t> taken = {};

  [[nodiscard]] std::uint64_t greatest() const;
  // Whether NUMBER is one that SENDER has not used yet, which it has then.
  bool take(const wire::IpAddress& sender, std::uint64_t number);
};

class KeyRing {
 public:
  // Takes what a download has of a KEK. nullptr: there are too many.
  Kek* take_kek(GroupKey key);
  // Who told of a protocol master key: its GCKS alone, knowing whom it told, or a message to all.
  enum class Source { gcks, group };
  // The same of a protocol master key. One that is held gets the times of KEY, but is not sent with
  // for longer on a message to all (P-216); another key of the same ID stands beside it (P-231).
  // One that is in use already when the group hears of it is not sent with (P-218).
  void take_master(GroupKey key, Source source, Time now);

  [[nodiscard]] Kek* find_kek(std::uint32_t id);
  // The one that messages go under: it may be sent with, and is the latest to have begun.
  [[nodiscard]] Kek* current_kek(Time now);
  [[nodiscard]] std::vector<Kek>& keks() { return keks_; }
  [[nodiscard]] const std::vector<Kek>& keks() const { return keks_; }

  // The protocol master key that is sent with (P-218); nullptr: none may be.
  [[nodiscard]] const GroupKey* sends_with(Time now) const;
  // Whether there is a key to send with, now or later.
  [[nodiscard]] bool will_send(Time now) const;
  [[nodiscard]] std::vector<GroupKey>& masters() { return masters_; }
  [[nodiscard]] const std::vector<GroupKey>& masters() const { return masters_; }

  // Nobody is to send any more with a protocol master key that DOWNLOAD does not have; it is
  // received for RECEIVE_FOR still.
  void end_what_is_not_in(const wire::KeyDownloadPayload& download, Time now, Duration receive_for);
  // Forgets each KEK that DOWNLOAD does not have.
  void drop_keks_not_in(const wire::KeyDownloadPayload& download);
  // Ends every protocol master key in SPAN at the latest (P-220).
  void limit_masters(Time now, Duration span);
  // Forgets what is over. Whether something was.
  bool expire(Time now);
  // When expire() has something to forget.
  [[nodiscard]] std::optional<Time> deadline() const;
  void clear();

 private:
  std::vector<Kek> keks_;
  std::vector<GroupKey> masters_;
};

}  // namespace karpspec::oracle::mrkmp
