#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "keytable/row.h"
#include "wire/mrkmp_payloads.h"

// One key of a group: a KEK or a protocol master key (draft-hartman-karp-mrkmp-00 section 4;
// suites/profile.md, P-205 and P-235).
namespace karpspec::oracle::mrkmp {

// The draft's four lifetimes, as points in time. `keytable::always_end`: no limit.
struct KeyTimes {
  Time receive_start{};
  Time send_start{};
  Time send_end = keytable::always_end;
  Time receive_end = keytable::always_end;
  // Nobody sends after AT, nor receives OVERLAP after the last one sends; never later than it was.
  void end(Time at, Duration overlap) {
    send_end = std::min(send_end, at);
    receive_end = std::min(receive_end, send_end + overlap);
  }
  friend bool operator==(const KeyTimes&, const KeyTimes&) = default;
};

struct GroupKey {
  std::uint32_t id = 0;
  std::uint16_t algorithm = 0;
  Secret key;
  KeyTimes times;
  // This router does not send with it, whatever the times: it may have, before it lost its numbers
  // (P-218).
  bool receive_only = false;

  [[nodiscard]] GroupKey clone() const { return {id, algorithm, key.clone(), times, receive_only}; }
  // Whether the key's octets are those of OTHER, whatever it is called.
  [[nodiscard]] bool same_key(const GroupKey& other) const {
    return algorithm == other.algorithm && equal_in_constant_time(key.view(), other.key.view());
  }
  [[nodiscard]] bool may_send(Time now) const {
    return times.send_start <= now && now < times.send_end;
  }
  // With the seconds that a receiver grants at each end.
  [[nodiscard]] bool may_receive(Time now) const;
  // Whether nobody can receive with it any more, nor will.
  [[nodiscard]] bool is_over(Time now) const;
};

// What a receiver grants at each end of a key's time to receive.
inline constexpr std::chrono::seconds receive_grace{2};

inline constexpr std::uint16_t kek_algorithm = 20;  // ENCR_AES_GCM_16 of IKEv2
inline constexpr std::size_t kek_octets = 20;       // AES-128 and the salt of RFC 5282
// Octets of a protocol master key of ALGORITHM. nullopt: there is no such algorithm.
[[nodiscard]] std::optional<std::size_t> master_key_octets(std::uint16_t algorithm);
// As rows of the key table name it, "hmac-sha-256"; empty: there is no such algorithm.
[[nodiscard]] std::string algorithm_name(std::uint16_t algorithm);

// An item of KD, its times counted from NOW. What is received early or late is rounded so that
// nobody sends before, nor stops receiving before, the GCKS does.
[[nodiscard]] wire::KeyItem to_item(wire::KeyItem::Kind kind, const GroupKey& key, Time now);
// The key of ITEM, a KEK or a PMK, that came at NOW.
// Errors: bad_value (times out of order, unknown algorithm), bad_length (of the key).
[[nodiscard]] Result<GroupKey> key_from_item(const wire::KeyItem& item, Time now);

// Overwrites the keys in DOWNLOAD.
void wipe(wire::KeyDownloadPayload& download);

}  // namespace karpspec::oracle::mrkmp
