#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace karpspec::keytable {

enum class Direction { in, out, both, disabled };
[[nodiscard]] const char* to_string(Direction direction);

// The conventional limits of a lifetime that has none: 19700101000000Z and 99991231235959Z.
inline constexpr Time always_start{};
inline constexpr Time always_end{std::chrono::seconds{253402300799}};

// One key, RFC 7210 section 2, with that document's field names in the comments. A row holds a
// secret, so it moves, and copies only by clone().
struct Row {
  std::string admin_key_name;      // AdminKeyName: unique in its table
  std::string local_key_name;      // LocalKeyName: the key's name in what is received
  std::string peer_key_name;       // PeerKeyName: its name in what is sent
  std::vector<std::string> peers;  // Peers
  std::vector<std::string> interfaces = {"all"};              // Interfaces
  std::string protocol;                                       // Protocol: "bgp"
  std::map<std::string, std::string> protocol_specific_info;  // ProtocolSpecificInfo
  std::string kdf;                            // KDF: "HMAC-SHA-1", "AES-128-CMAC", "none"
  std::string alg_id;                         // AlgID: "HMAC-SHA-1-96", "AES-128-CMAC-96"
  Secret key;                                 // Key
  Direction direction = Direction::both;      // Direction
  Time send_lifetime_start = always_start;    // SendLifetimeStart
  Time send_lifetime_end = always_end;        // SendLifetimeEnd
  Time accept_lifetime_start = always_start;  // AcceptLifetimeStart
  Time accept_lifetime_end = always_end;      // AcceptLifetimeEnd

  [[nodiscard]] Row clone() const;
  // Inclusive at both ends, in whole UTC seconds (RFC 7210 section 3).
  [[nodiscard]] bool may_send(Time now) const;
  [[nodiscard]] bool may_accept(Time now) const;
};

// YYYYMMDDHHMMSSZ, RFC 7210 section 2 with erratum 4016, whole seconds truncated.
[[nodiscard]] std::string to_text(Time time);
// Errors: bad_value.
[[nodiscard]] Result<Time> time_from_text(std::string_view text);

}  // namespace karpspec::keytable
