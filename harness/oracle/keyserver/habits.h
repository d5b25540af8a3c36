#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// What a key server does wrong (DKS and LKS architecture, suites/profile.md P-240 to P-258);
// `proper` is a correct one. HABIT(enumerator, name in faults).
#define KARPSPEC_KEYSERVER_HABITS(HABIT)                                                           \
  HABIT(proper, "proper")                                                                          \
  /* Policy. */                                                                                    \
  HABIT(policy_from_anyone, "policy-from-anyone")   /* not from the DKS alone */                   \
  HABIT(takes_lower_version, "takes-lower-version") /* than it holds */                            \
  HABIT(push_ignored, "push-ignored") /* answers a push of policy and goes on with the old one */  \
  HABIT(push_whole_answer, "push-whole-answer") /* answers a push with the whole policy */         \
  HABIT(pull_always_whole, "pull-always-whole") /* a DKS, also what is known */                    \
  HABIT(no_policy_push, "no-policy-push")       /* a DKS keeps a change for itself */              \
  HABIT(foreign_entries, "foreign-entries")     /* a DKS tells a router of other ones' too */      \
  HABIT(keeps_removed, "keeps-removed") /* an adjacency that is no more in the policy goes on */   \
  /* Groups. */                                                                                    \
  HABIT(serves_anyone, "serves-anyone")         /* gives a key to whoever has proven who it is */  \
  HABIT(ignores_direction, "ignores-direction") /* who may be heard may hear */                    \
  HABIT(ignores_interface, "ignores-interface") /* a permission on one interface counts on all */  \
  HABIT(refusal_closes, "refusal-closes")       /* a denial ends phase 1 */                        \
  HABIT(denial_without_group, "denial-without-group") /* and one does not say of which group */    \
  HABIT(no_report, "no-report")                       /* the DKS is not told of keys */            \
  HABIT(no_push, "no-push")                           /* neighbours are not told of a new key */   \
  HABIT(pushes_to_all, "pushes-to-all") /* also those that the policy does not name any more */    \
  HABIT(key_from_anyone, "key-from-anyone")     /* not from the speaker alone */                   \
  HABIT(takes_lower_order, "takes-lower-order") /* an older key than it holds */                   \
  HABIT(push_unsequenced, "push-unsequenced") /* answers a push of keys without their sequence */  \
  HABIT(spi_fixed, "spi-fixed")               /* a restart makes no new SPI */                     \
  HABIT(key_fixed, "key-fixed")               /* nor a new key */                                  \
  HABIT(no_renewal, "no-renewal")             /* a key is not replaced before it ends */           \
  HABIT(lives_on, "lives-on")                 /* and is used beyond its life */                    \
  HABIT(old_key_gone_at_once, "old-key-gone-at-once") /* at receivers, when the new one comes */   \
  HABIT(no_change_at_removal, "no-change-at-removal") /* of a neighbour */                         \
  HABIT(late_change, "late-change")                   /* the key is changed, but a minute after */ \
  HABIT(no_overlap, "no-overlap")                     /* of a key and its successor */             \
  HABIT(one_key_for_all, "one-key-for-all")           /* the groups of a router have one key */    \
  HABIT(key_of_the_link, "key-of-the-link")           /* one key for all who speak there */        \
  HABIT(keys_in_clear, "keys-in-clear") /* answers a pull without the protection of phase 1 */     \
  HABIT(order_by_sequence, "order-by-sequence") /* whatever the policy's version */                \
  /* Whom a receiver asks, and who knows whom. */                                                  \
  HABIT(dks_first, "dks-first")                                                                    \
  HABIT(never_dks, "never-dks")             /* the DKS is not asked where the LKS is silent */     \
  HABIT(central_ignored, "central-ignored") /* nor where the interface is central */               \
  HABIT(needs_dks, "needs-dks")             /* without a DKS the keys of neighbours are dropped */ \
  HABIT(lks_needs_dks, "lks-needs-dks")     /* nor is the key of its own group given to anybody */ \
  HABIT(asks_one_for_all, "asks-one-for-all") /* one neighbour, for the groups of all speakers */  \
  HABIT(known_by_address, "known-by-address") /* a peer is whoever has its address */              \
  /* Start, storage and reconnecting. */                                                           \
  HABIT(forgets_policy, "forgets-policy") /* a start does not use the policy that was kept */      \
  HABIT(storage_unchecked, "storage-unchecked") /* its MAC is not looked at */                     \
  HABIT(storage_never_written, "storage-never-written")                                            \
  HABIT(storage_with_keys, "storage-with-keys") /* traffic keys are kept too */                    \
  HABIT(waits_for_dks, "waits-for-dks")         /* with the policy that was kept */                \
  HABIT(storms, "storms") /* asks the DKS for policy and every group as soon as it starts */       \
  HABIT(no_reconnect, "no-reconnect")                                                              \
  HABIT(no_backoff, "no-backoff") /* tries the DKS each five seconds */                            \
  HABIT(first_address_only, "first-address-only")                                                  \
  HABIT(route_ignored, "route-ignored") /* waits though there is a route to the DKS again */       \
  /* Packets. */                                                                                   \
  HABIT(permit_refuses_clear, "permit-refuses-clear")                                              \
  HABIT(permit_protects_at_once, "permit-protects-at-once") /* before all neighbours are keyed */  \
  HABIT(permit_for_good, "permit-for-good")                                                        \
  HABIT(require_takes_clear, "require-takes-clear")                                                \
  HABIT(off_protects, "off-protects")                                                              \
  HABIT(mode_for_all, "mode-for-all") /* the mode of the first interface is that of all */         \
  HABIT(spi_alone, "spi-alone")       /* finds an SA by its SPI whatever the source */             \
  HABIT(replays_taken, "replays-taken")                                                            \
  HABIT(second_source_replaces, "second-source-replaces") /* that has the address of another */    \
  HABIT(fingerprint_is_key, "fingerprint-is-key")         /* the list of SAs shows keys */         \
  /* Learning from the DKS, and being without it. */                                               \
  HABIT(waits_for_push, "waits-for-push") /* does not ask for policy */                            \
  HABIT(pull_ignored, "pull-ignored")     /* an answer to a pull changes no policy */              \
  HABIT(tells_one, "tells-one")           /* a DKS tells the first router alone of a change */     \
  HABIT(configured_proof_first, "configured-proof-first") /* and then what the policy has */       \
  HABIT(keeps_modes, "keeps-modes") /* interfaces stay in the mode of the first policy */          \
  HABIT(schedule_ignored, "schedule-ignored")   /* the policy's way back to the DKS is not gone */ \
  HABIT(admits_all_alone, "admits-all-alone")   /* keys for all while there is no DKS */           \
  HABIT(alone_stays_alone, "alone-stays-alone") /* asks no neighbour while there is no DKS */      \
  /* SAs of groups. */                                                                             \
  HABIT(no_inbound, "no-inbound")                         /* keys that are heard make no SA */     \
  HABIT(destination_of_speaker, "destination-of-speaker") /* SAs are for its address */            \
  HABIT(icv_unchecked, "icv-unchecked")       /* takes what has the SPI and the source of an SA */ \
  HABIT(address_once, "address-once")         /* an address is one speaker's on all links */       \
  HABIT(clear_without_sa, "clear-without-sa") /* what has no SA leaves as it is */

namespace karpspec::oracle::keyserver {

enum class Habit : std::uint8_t {
#define KARPSPEC_HABIT(enumerator, name) enumerator,
  KARPSPEC_KEYSERVER_HABITS(KARPSPEC_HABIT)
#undef KARPSPEC_HABIT
};
inline constexpr auto habit_names = std::to_array<std::string_view>({
#define KARPSPEC_HABIT(enumerator, name) name,
    KARPSPEC_KEYSERVER_HABITS(KARPSPEC_HABIT)
#undef KARPSPEC_HABIT
});

}  // namespace karpspec::oracle::keyserver

#undef KARPSPEC_KEYSERVER_HABITS
