#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "base/octets.h"
#include "wire/policy_payload.h"

// Payloads of MRKMP (draft-hartman-karp-mrkmp-00). The draft leaves their octets open: the figures
// are those of suites/profile.md. Big-endian; reserved fields are kept as they were read.
namespace karpspec::wire {

// GROUP (profile P-204): routing protocol (1), instance (1), RESERVED (2), level or area (4). The
// link is the one that the message came on.
struct GroupPayload {
  std::uint8_t protocol = 0;
  std::uint8_t instance = 0;
  std::uint16_t reserved = 0;
  std::uint32_t area = 0;
  friend auto operator<=>(const GroupPayload&, const GroupPayload&) = default;
};

// When a key may be used, in seconds from the sending of the message: the draft's four lifetimes.
struct KeyLifetimes {
  static constexpr std::int32_t no_limit = 0x7fffffff;
  std::int32_t receive_start = 0;
  std::int32_t send_start = 0;
  std::int32_t send_end = 0;
  std::int32_t receive_end = 0;
  friend bool operator==(const KeyLifetimes&, const KeyLifetimes&) = default;
};

// One item of KD: type (1), RESERVED (1), length (2) of the item with these four octets, value. The
// value of a KEK and a PMK: key ID (4), algorithm (2), length of the key (2), receive start, send
// start, send end and receive end (4 each), key. Of the key servers' GROUP: the four texts of
// SpeakerGroup; of their ORDER: policy version (8), sequence (8) (profile P-241, P-254). The value
// of any other item is kept as octets.
struct KeyItem {
  enum class Kind : std::uint8_t { kek = 1, pmk = 2, gcks = 3, group = 128, order = 129 };
  std::uint8_t kind = 0;
  std::uint8_t reserved = 0;
  // KEK and PMK
  std::uint32_t key_id = 0;
  std::uint16_t algorithm = 0;
  KeyLifetimes lifetimes;
  Octets key;
  // GROUP
  SpeakerGroup group;
  // ORDER
  std::uint64_t policy_version = 0;
  std::uint64_t sequence = 0;
  // All others: of GCKS its address (4 or 16).
  Octets value;

  [[nodiscard]] bool is(Kind wanted) const { return kind == static_cast<std::uint8_t>(wanted); }

  [[nodiscard]] bool is_key() const {
    return kind == static_cast<std::uint8_t>(Kind::kek) ||
           kind == static_cast<std::uint8_t>(Kind::pmk);
  }
  friend bool operator==(const KeyItem&, const KeyItem&) = default;
};

// KD, the key download payload (profile P-205): clock of the sender in seconds since 1970 (8),
// items.
struct KeyDownloadPayload {
  std::uint64_t clock = 0;
  std::vector<KeyItem> items;
  friend bool operator==(const KeyDownloadPayload&, const KeyDownloadPayload&) = default;
};

// SEQ (profile P-206): the sequence number of a group key management message (8).
struct SequencePayload {
  std::uint64_t number = 0;
  friend bool operator==(const SequencePayload&, const SequencePayload&) = default;
};

// ADV (profile P-207): version (1), type (1), priority (2), interval in milliseconds (2), RESERVED
// (2).
struct AdvertPayload {
  enum class Kind : std::uint8_t { initial = 1, gcks = 2, resign = 3 };
  std::uint8_t version = 1;
  std::uint8_t kind = 0;
  std::uint16_t priority = 0;
  std::uint16_t interval = 0;
  std::uint16_t reserved = 0;
  friend bool operator==(const AdvertPayload&, const AdvertPayload&) = default;
};

// GKM (profile P-208): what a group key management message is: type (1), RESERVED (1), seconds
// within which members that have to join again spread (2).
struct GroupActionPayload {
  enum class Kind : std::uint8_t { update = 1, retire = 2 };
  std::uint8_t kind = 0;
  std::uint8_t reserved = 0;
  std::uint16_t rejoin_within = 0;
  friend bool operator==(const GroupActionPayload&, const GroupActionPayload&) = default;
};

// INC (profile P-209): a number that changes when a router has lost its sequence numbers (8).
struct IncarnationPayload {
  std::uint64_t number = 0;
  friend bool operator==(const IncarnationPayload&, const IncarnationPayload&) = default;
};

}  // namespace karpspec::wire
