#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace karpspec::oracle::keyserver {

// What a key server does wrong (DKS and LKS architecture, suites/profile.md P-240 to P-258);
// `proper` is a correct one.
enum class Habit : std::uint8_t {
  proper,
  // Policy.
  policy_from_anyone,   // takes a policy that somebody pushes who is no DKS
  takes_lower_version,  // and one with a lower version than it holds
  push_ignored,         // answers a push of policy and goes on with the old one
  push_whole_answer,    // answers a push with the whole policy
  pull_always_whole,    // a DKS sends policy that the router has already
  no_policy_push,       // a DKS keeps a change for itself
  foreign_entries,      // a DKS tells a router of adjacencies that are none of its own
  keeps_removed,        // an adjacency that is no more in the policy goes on
  // Groups.
  serves_anyone,         // gives a key to whoever has proven who it is
  ignores_direction,     // who may be heard may hear
  ignores_interface,     // a permission on one interface counts on all
  refusal_closes,        // a denial ends phase 1
  denial_without_group,  // and one does not say of which group
  no_report,             // the DKS is not told of keys
  no_push,               // neighbours are not told of a new key
  pushes_to_all,         // also those that the policy does not name any more
  key_from_anyone,       // takes a key of a group from a router that is not its speaker
  takes_lower_order,     // takes a key that is older than the one it holds
  push_unsequenced,      // answers a push of keys without their sequence
  spi_fixed,             // a restart makes no new SPI
  key_fixed,             // nor a new key
  no_renewal,            // a key is not replaced before it ends
  lives_on,              // and is used beyond its life
  old_key_gone_at_once,  // receivers drop the old key when they get the new one
  no_change_at_removal,  // a neighbour that is revoked goes on with the key it has
  late_change,           // the key is changed, but a minute after
  no_overlap,            // a key is not received any more once another one is sent with
  one_key_for_all,       // the groups of a router have one key
  key_of_the_link,       // whose speaker is heard, his key is that of the router's group too
  keys_in_clear,         // answers a pull without the protection of phase 1
  order_by_sequence,     // of two keys the one with the higher sequence counts, whatever the policy
  // Whom a receiver asks, and who knows whom.
  dks_first,
  never_dks,         // the DKS is not asked where the LKS is silent
  central_ignored,   // nor where the interface is central
  needs_dks,         // without a DKS the keys of neighbours are dropped
  lks_needs_dks,     // nor is the key of its own group given to anybody
  asks_one_for_all,  // one neighbour, for the groups of all speakers
  known_by_address,  // who comes from the address of a peer is that peer
  // Start, storage and reconnecting.
  forgets_policy,     // a start does not use the policy that was kept
  storage_unchecked,  // its MAC is not looked at
  storage_never_written,
  storage_with_keys,  // traffic keys are kept too
  waits_for_dks,      // begins with the policy that was kept only when the DKS has answered
  storms,             // asks the DKS for policy and every group as soon as it starts
  no_reconnect,
  no_backoff,  // tries the DKS each five seconds
  first_address_only,
  route_ignored,  // waits though there is a route to the DKS again
  // Packets.
  permit_refuses_clear,
  permit_protects_at_once,  // before all neighbours are keyed
  permit_for_good,
  require_takes_clear,
  off_protects,
  mode_for_all,  // the mode of the first interface is that of all
  spi_alone,     // finds an SA by its SPI whatever the source
  replays_taken,
  second_source_replaces,  // of two routers with one address the second one's SA counts
  fingerprint_is_key,      // the list of SAs shows keys
};
inline constexpr std::array<std::string_view, 59> habit_names = {"proper",
                                                                 "policy-from-anyone",
                                                                 "takes-lower-version",
                                                                 "push-ignored",
                                                                 "push-whole-answer",
                                                                 "pull-always-whole",
                                                                 "no-policy-push",
                                                                 "foreign-entries",
                                                                 "keeps-removed",
                                                                 "serves-anyone",
                                                                 "ignores-direction",
                                                                 "ignores-interface",
                                                                 "refusal-closes",
                                                                 "denial-without-group",
                                                                 "no-report",
                                                                 "no-push",
                                                                 "pushes-to-all",
                                                                 "key-from-anyone",
                                                                 "takes-lower-order",
                                                                 "push-unsequenced",
                                                                 "spi-fixed",
                                                                 "key-fixed",
                                                                 "no-renewal",
                                                                 "lives-on",
                                                                 "old-key-gone-at-once",
                                                                 "no-change-at-removal",
                                                                 "late-change",
                                                                 "no-overlap",
                                                                 "one-key-for-all",
                                                                 "key-of-the-link",
                                                                 "keys-in-clear",
                                                                 "order-by-sequence",
                                                                 "dks-first",
                                                                 "never-dks",
                                                                 "central-ignored",
                                                                 "needs-dks",
                                                                 "lks-needs-dks",
                                                                 "asks-one-for-all",
                                                                 "known-by-address",
                                                                 "forgets-policy",
                                                                 "storage-unchecked",
                                                                 "storage-never-written",
                                                                 "storage-with-keys",
                                                                 "waits-for-dks",
                                                                 "storms",
                                                                 "no-reconnect",
                                                                 "no-backoff",
                                                                 "first-address-only",
                                                                 "route-ignored",
                                                                 "permit-refuses-clear",
                                                                 "permit-protects-at-once",
                                                                 "permit-for-good",
                                                                 "require-takes-clear",
                                                                 "off-protects",
                                                                 "mode-for-all",
                                                                 "spi-alone",
                                                                 "replays-taken",
                                                                 "second-source-replaces",
                                                                 "fingerprint-is-key"};

}  // namespace karpspec::oracle::keyserver
