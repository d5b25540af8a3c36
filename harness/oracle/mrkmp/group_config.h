#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "oracle/mrkmp/group_message.h"
#include "wire/ip_address.h"
#include "wire/mrkmp_payloads.h"

// What a router is told about a group, and the times of suites/profile.md, P-213 to P-230.
namespace karpspec::oracle::mrkmp {

enum class Habit : std::uint8_t;  // habits.h

// The routing protocols that have groups, as rows of the key table name them, and their numbers in
// GROUP (P-204).
inline constexpr std::array<std::pair<std::string_view, std::uint8_t>, 5> group_protocols = {
    {{"ospfv2", 1}, {"ospfv3", 2}, {"isis", 3}, {"rip", 4}, {"pim", 5}}};

struct GroupConfig {
  std::string name;             // in rows and events
  wire::GroupPayload id;        // P-204
  std::string interface;        // of the rows
  wire::IpAddress address;      // own, on the link
  std::uint16_t algorithm = 2;  // of protocol master keys that it makes (P-235)
  // Who may be in the group, by identity as the caller writes it; nothing: whoever is authentic.
  std::optional<std::set<std::string>> permitted;
  std::uint64_t incarnation = 0;  // P-209
  // The keys by hand that stand on the link (P-238); nullptr: there are none.
  std::shared_ptr<const std::vector<GroupKey>> manual;
  Habit habit{};  // proper
  // How a message to the group is made a datagram: where a fault alters it.
  std::function<Result<Octets>(const GroupKey& kek, const GroupMessage& message,
                               const wire::IpAddress& sender)>
      seal = seal_group_message;
};

struct GroupTimers {
  Duration update = std::chrono::seconds{10};  // P-219
  unsigned jitter_percent = 10;
  unsigned floods = 3;  // copies of a change (P-217)
  Duration flood_gap = std::chrono::seconds{1};
  Duration send_after = std::chrono::seconds{5};  // from a key's being told to its being sent with
  Duration send_overlap = std::chrono::seconds{2};
  Duration receive_overlap = std::chrono::seconds{30};
  Duration between_changes = std::chrono::seconds{10};  // P-216
  Duration kek_life = std::chrono::hours{24}, kek_renewal = std::chrono::hours{20};
  Duration kek_lead = std::chrono::seconds{35};       // three updates before a KEK is used
  Duration kek_overlap = std::chrono::seconds{30};    // the old one beside the new one
  Duration retired_keys = std::chrono::seconds{300};  // P-220
  Duration merged_send_end = std::chrono::seconds{10}, merged_kek_start = std::chrono::seconds{3};
};

// A KEK's sequence numbers go on from here when another router goes on under it (P-215).
inline constexpr std::uint64_t number_gap = 1U << 16U;
// No message has this number or a higher one: nonces would begin anew (P-206).
inline constexpr std::uint64_t numbers_end = 0xffffffff;
// Updates in a row under a KEK that a member does not hold, until it joins again (P-223).
inline constexpr unsigned strange_updates = 3;

}  // namespace karpspec::oracle::mrkmp
