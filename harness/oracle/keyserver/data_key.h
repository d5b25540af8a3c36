#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "oracle/keyserver/policy.h"
#include "oracle/mrkmp/group_key.h"
#include "wire/mrkmp_payloads.h"

// Keys of a speaker's group and their way into KD and back (suites/profile.md, P-241, P-244 and
// P-254).
namespace karpspec::oracle::keyserver {

// Of two keys of a group the one with the higher order is taken (P-244).
struct Order {
  std::uint64_t policy_version = 0;
  std::uint64_t sequence = 0;
  friend auto operator<=>(const Order&, const Order&) = default;
};

// The key's ID is the SPI, its algorithm one of P-235.
struct DataKey {
  mrkmp::GroupKey key;
  Order order;
  [[nodiscard]] DataKey clone() const { return {key.clone(), order}; }
};

struct GroupKeys {
  GroupId group;
  std::optional<wire::IpAddress> source;  // of the speaker's packets
  std::vector<DataKey> keys;
  // Of the last of them; where there are none, what the sender of a pull holds already.
  std::optional<Order> highest;
  [[nodiscard]] GroupKeys clone() const;
};

// Of more keys than a group has use for (P-254) those with the lowest orders go.
void bound(std::vector<DataKey>& keys);
// The key that is sent with: of those that may be, the highest. nullptr: there is none.
[[nodiscard]] const DataKey* sends_with(const std::vector<DataKey>& keys, Time now);

// Adds GROUP, the speaker's address and ORDER in front of each key; without keys ORDER alone.
void add(wire::KeyDownloadPayload& download, const GroupKeys& keys, Time now);
// An empty KD that was made at NOW.
[[nodiscard]] wire::KeyDownloadPayload empty_download(Time now);
// The groups of DOWNLOAD, which came at NOW. Keys that cannot be used are passed over, and NOTES
// says why; so are those in front of the first GROUP.
[[nodiscard]] std::vector<GroupKeys> groups_in(const wire::KeyDownloadPayload& download, Time now,
                                               std::vector<std::string>* notes = nullptr);

}  // namespace karpspec::oracle::keyserver
