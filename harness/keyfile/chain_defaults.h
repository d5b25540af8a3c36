#pragma once

#include <string>
#include <string_view>

#include "keytable/rules.h"

namespace karpspec::keyfile {

// What a key of an RFC 8177 key chain means where nothing beside it says otherwise (profile P-94).
struct ChainDefaults {
  std::string kdf = "none";
  bool named = true;        // LocalKeyName is the key-id; otherwise it is empty
  bool peer_named = false;  // PeerKeyName is the key-id too; otherwise it is empty
};
// PROTOCOL and ALGORITHM as in a row; an unknown or empty protocol has no special ways.
[[nodiscard]] ChainDefaults chain_defaults(const std::string& protocol,
                                           const std::string& algorithm,
                                           const keytable::Rulebook& book);

inline constexpr std::string_view chain_module = "ietf-key-chain:";
// Before the names of what RFC 8177 has no place for.
inline constexpr std::string_view own_module = "karpspec-key-table:";

// AlgID of a crypto-algorithm, and the other way round; an algorithm without identity gets our own
// module's name.
[[nodiscard]] std::string algorithm_of(const std::string& identity, const keytable::Rulebook& book);
[[nodiscard]] std::string identity_of(const std::string& algorithm, const keytable::Rulebook& book);

}  // namespace karpspec::keyfile
