#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// What a router of MRKMP does wrong; `proper` is a correct one. Each is asked for where the right
// thing is done, so that a search finds it there. HABIT(enumerator, name in faults).
#define KARPSPEC_MRKMP_HABITS(HABIT)                                                               \
  HABIT(proper, "proper")                                                                          \
  /* Messages and identities (sections 1 to 2.2). */                                               \
  HABIT(zero_never_serves, "zero-never-serves")     /* with priority 0 it never becomes GCKS */    \
  HABIT(sixteen_members, "sixteen-members")         /* gives the 17th router nothing */            \
  HABIT(evicts_nobody, "evicts-nobody")             /* takes who is removed off its list alone */  \
  HABIT(lets_removed_in, "lets-removed-in")         /* forgets at a join who was removed */        \
  HABIT(one_group_for_all, "one-group-for-all")     /* whatever GROUP says */                      \
  HABIT(takes_ike_exchanges, "takes-ike-exchanges") /* IKEv2's numbers for its own */              \
  HABIT(hears_associates_only, "hears-associates-only")     /* no others' advertisements */        \
  HABIT(member_by_advertisement, "member-by-advertisement") /* before it has joined */             \
  HABIT(refuses_lesser_gcks, "refuses-lesser-gcks")         /* registers with the better alone */  \
  HABIT(prefers_lower_priority, "prefers-lower-priority")                                          \
  HABIT(priority_of_8_bits, "priority-of-8-bits")     /* the low octet alone counts */             \
  HABIT(keys_before_election, "keys-before-election") /* makes itself a key when it joins */       \
  HABIT(group_secret_first, "group-secret-first")     /* before that of the identity */            \
  HABIT(no_group_secret, "no-group-secret") /* knows no secret but those of identities */          \
  HABIT(joins_whoever_answers, "joins-whoever-answers") /* a refusal is an answer too */           \
  HABIT(claims_when_raised, "claims-when-raised")       /* a member whose priority rises */        \
  HABIT(hurries_new_key, "hurries-new-key") /* sends with it as soon as it is told of it */        \
  HABIT(drops_kek_of_join, "drops-kek-of-join")                                                    \
  HABIT(keks_never_end, "keks-never-end")                                                          \
  HABIT(ignores_retirement, "ignores-retirement")                                                  \
  HABIT(idle_without_kek, "idle-without-kek")         /* joins again for no want of one */         \
  HABIT(keys_die_with_kek, "keys-die-with-kek")       /* protocol master keys end with the KEK */  \
  HABIT(overlooks_kek_icv, "overlooks-kek-icv")       /* of a message to the group */              \
  HABIT(takes_clear_messages, "takes-clear-messages") /* to the group, unprotected */              \
  HABIT(exports_no_rows, "exports-no-rows")                                                        \
  HABIT(exports_derived_keys, "exports-derived-keys")     /* hashes of protocol master keys */     \
  HABIT(updates_by_unicast, "updates-by-unicast")         /* to each peer, not to the group */     \
  HABIT(seals_with_another_key, "seals-with-another-key") /* than the KEK that it names */         \
  HABIT(updates_in_clear, "updates-in-clear")                                                      \
  HABIT(newkey_answers_old, "newkey-answers-old") /* makes no key when asked for one */            \
  HABIT(changes_abruptly, "changes-abruptly")     /* the old key ends with the telling */          \
  HABIT(changes_with_next_update, "changes-with-next-update") /* tells a change no sooner */       \
  HABIT(every_join_changes, "every-join-changes")             /* the protocol master key */        \
  HABIT(flurry_of_changes, "flurry-of-changes") /* a key for each reboot, however near */          \
  /* Keys and the messages to a group (sections 2.3 to 2.5). */                                    \
  HABIT(init_by_multicast, "init-by-multicast")   /* mrkmp_init to the group */                    \
  HABIT(hears_other_groups, "hears-other-groups") /* advertisements of any group */                \
  HABIT(join_before_auth, "join-before-auth")                                                      \
  HABIT(join_answer_in_clear, "join-answer-in-clear")                                              \
  HABIT(keys_without_role, "keys-without-role") /* gives what it holds, GCKS or not */             \
  HABIT(permission_unchecked, "permission-unchecked")                                              \
  HABIT(permission_before_role, "permission-before-role")                                          \
  HABIT(reboot_unnoticed, "reboot-unnoticed")                                                      \
  HABIT(no_incarnation_no_reboot, "no-incarnation-no-reboot")                                      \
  HABIT(rejoin_counts_as_reboot, "rejoin-counts-as-reboot")                                        \
  HABIT(join_changes_key, "join-changes-key")           /* a newcomer's too */                     \
  HABIT(old_key_withheld, "old-key-withheld")           /* from a router that has rebooted */      \
  HABIT(old_key_may_send, "old-key-may-send")           /* by such a router */                     \
  HABIT(change_not_flooded, "change-not-flooded")       /* told in the next periodic update */     \
  HABIT(updates_lack_next_key, "updates-lack-next-key") /* one that is not sent with yet */        \
  HABIT(receive_means_send, "receive-means-send")       /* sends with what it may receive */       \
  HABIT(keys_die_with_association, "keys-die-with-association")                                    \
  HABIT(members_forgotten, "members-forgotten") /* with their associations */                      \
  HABIT(never_asks, "never-asks")               /* for another key */                              \
  HABIT(newkey_answer_not_taken, "newkey-answer-not-taken")                                        \
  HABIT(group_keys_not_sent_with, "group-keys-not-sent-with") /* told to all */                    \
  HABIT(overtaken_key_sent_with, "overtaken-key-sent-with")   /* others do already */              \
  HABIT(waits_without_key, "waits-without-key")               /* with nothing to send with */      \
  HABIT(newkey_always_changes, "newkey-always-changes")                                            \
  HABIT(kek_untold, "kek-untold")       /* sends under one that it has told nobody of */           \
  HABIT(old_kek_kept, "old-kek-kept")   /* beside the new one */                                   \
  HABIT(never_retires, "never-retires") /* a KEK by a message */                                   \
  HABIT(retires_current_kek, "retires-current-kek")   /* and not the one that is to come */        \
  HABIT(keeps_keks_over_join, "keeps-keks-over-join") /* though the answer does not have them */   \
  HABIT(updates_not_taken, "updates-not-taken")                                                    \
  HABIT(kek_inherited, "kek-inherited") /* goes on under its predecessor's */                      \
  HABIT(forward_security_ignored, "forward-security-ignored")                                      \
  HABIT(every_removal_retires, "every-removal-retires")                                            \
  HABIT(new_key_under_old_kek, "new-key-under-old-kek") /* which a removed router holds */         \
  HABIT(removed_router_heard, "removed-router-heard")                                              \
  HABIT(stays_with_removed_gcks, "stays-with-removed-gcks")                                        \
  HABIT(successor_always_retires, "successor-always-retires")                                      \
  HABIT(successor_keeps_kek, "successor-keeps-kek") /* of which somebody was shut out */           \
  /* Election (section 3). */                                                                      \
  HABIT(manual_keys_withheld, "manual-keys-withheld")     /* as GCKS makes a key beside them */    \
  HABIT(key_ids_uncoordinated, "key-ids-uncoordinated")   /* each key it makes has the ID 1 */     \
  HABIT(prefers_higher_address, "prefers-higher-address") /* of equal priorities */                \
  HABIT(ignores_priority, "ignores-priority")             /* the lower address alone decides */    \
  HABIT(no_initial_advertisement, "no-initial-advertisement")                                      \
  HABIT(gives_up_no_candidacy,                                                                     \
        "gives-up-no-candidacy")          /* becomes GCKS although a better router is there */     \
  HABIT(waits_for_ever, "waits-for-ever") /* for a better router that has fallen silent */         \
  HABIT(impatient, "impatient")           /* becomes GCKS after 1 s */                             \
  HABIT(registers_nowhere, "registers-nowhere") /* hears a GCKS and waits on */                    \
  HABIT(no_heartbeat, "no-heartbeat")                                                              \
  HABIT(heartbeat_slow, "heartbeat-slow")                 /* one in 4 s */                         \
  HABIT(answers_initial_to_all, "answers-initial-to-all") /* by an advertisement to the group */   \
  HABIT(answers_initial_never, "answers-initial-never")                                            \
  HABIT(never_loses_gcks, "never-loses-gcks")                                                      \
  HABIT(loses_gcks_early, "loses-gcks-early") /* after 1.5 intervals */                            \
  HABIT(leaves_silently, "leaves-silently")   /* resigns by no message */                          \
  HABIT(resigns_once, "resigns-once")         /* by one message */                                 \
  HABIT(deposed_by_better,                                                                         \
        "deposed-by-better") /* as GCKS becomes a candidate when its priority falls */             \
  HABIT(ignores_blacklist, "ignores-blacklist") /* registers again at once with who has refused */ \
  HABIT(follows_any_gcks, "follows-any-gcks")   /* as a member goes over to whoever advertises */  \
  HABIT(answers_every_time, "answers-every-time")   /* without a limit to its rate */              \
  HABIT(limits_all_together, "limits-all-together") /* one answer in 250 ms, whoever asks */       \
  HABIT(gcks_from_the_start, "gcks-from-the-start")                                                \
  HABIT(calls_itself_member, "calls-itself-member") /* while it is the GCKS */                     \
  HABIT(joins_as_gcks, "joins-as-gcks")             /* where a less preferred one is the GCKS */   \
  HABIT(member_advertises, "member-advertises")     /* at each heart beat of its GCKS */           \
  HABIT(takes_initial_for_gcks, "takes-initial-for-gcks")                                          \
  HABIT(waits_for_the_lost, "waits-for-the-lost") /* until its lost GCKS is there again */         \
  HABIT(gives_up_election, "gives-up-election")   /* when its waiting ends without a GCKS */       \
  HABIT(addresses_as_text, "addresses-as-text")   /* are compared */                               \
  HABIT(lesser_unanswered, "lesser-unanswered")   /* initial advertisements of such */             \
  HABIT(loser_stays_out, "loser-stays-out")       /* of the group of the one elected */            \
  HABIT(stays_initial, "stays-initial")           /* when its join has succeeded */                \
  HABIT(member_while_registering, "member-while-registering")                                      \
  HABIT(ignores_for_ever, "ignores-for-ever")                                                      \
  HABIT(silence_is_refusal, "silence-is-refusal")                                                  \
  HABIT(ignores_not_longer, "ignores-not-longer")     /* when it happens again */                  \
  HABIT(believes_anybody, "believes-anybody")         /* that an authentic GCKS is none */         \
  HABIT(registers_until_done, "registers-until-done") /* with the one that it has begun with */    \
  HABIT(advertises_on, "advertises-on")               /* while it registers */                     \
  HABIT(election_ends_keys, "election-ends-keys")                                                  \
  HABIT(joins_all_the_same, "joins-all-the-same") /* whose update it has opened */                 \
  HABIT(resignation_ignored, "resignation-ignored")                                                \
  HABIT(any_version, "any-version")                 /* of an advertisement is taken */             \
  HABIT(any_size, "any-size")                       /* the same */                                 \
  HABIT(yields_to_newcomer, "yields-to-newcomer")   /* who is better: an initial advertisement */  \
  HABIT(deposed_by_newcomer, "deposed-by-newcomer") /* who is better */                            \
  HABIT(lesser_gcks_unanswered, "lesser-gcks-unanswered")                                          \
  HABIT(joins_lesser_gcks, "joins-lesser-gcks")                                                    \
  HABIT(two_halves, "two-halves")                       /* goes on beside a better GCKS */         \
  HABIT(first_key_late, "first-key-late")               /* is sent with after a minute only */     \
  HABIT(successor_drops_keys, "successor-drops-keys")   /* protocol master keys that it holds */   \
  HABIT(successor_drops_kek, "successor-drops-kek")     /* of its predecessor */                   \
  HABIT(successor_counts_anew, "successor-counts-anew") /* under that KEK */                       \
  HABIT(kek_by_join_alone, "kek-by-join-alone")         /* not by a message to the group */        \
  HABIT(joins_once, "joins-once")                       /* and not again when it has left */       \
  HABIT(member_answers, "member-answers")               /* newcomers, as the GCKS */               \
  HABIT(any_resignation, "any-resignation") /* is heeded, not that of its GCKS alone */            \
  HABIT(failure_ends_election, "failure-ends-election") /* of a registration */                    \
  HABIT(member_though_refused, "member-though-refused")                                            \
  HABIT(doubles_for_ever, "doubles-for-ever") /* how long it ignores, whatever came between */     \
  HABIT(member_by_any_update, "member-by-any-update") /* whatever its KEK */                       \
  HABIT(update_ends_others, "update-ends-others")     /* keys that are not in it */                \
  HABIT(trusts_newcomers, "trusts-newcomers") /* not to have held keys before it was the GCKS */   \
  /* Merging (section 3.2). */                                                                     \
  HABIT(gives_up_unmerged, "gives-up-unmerged") /* its role, though the merge has failed */        \
  HABIT(joins_to_merge, "joins-to-merge")       /* by mrkmp_join */                                \
  HABIT(merges_under_old_kek, "merges-under-old-kek")                                              \
  HABIT(merge_drops_theirs, "merge-drops-theirs") /* the keys of those who join it */              \
  HABIT(merge_keeps_ends, "merge-keeps-ends")     /* of keys that were there */                    \
  HABIT(merge_makes_no_key, "merge-makes-no-key")                                                  \
  HABIT(merge_untold, "merge-untold") /* to its own half under its KEK */                          \
  HABIT(merge_not_passed_on, "merge-not-passed-on")                                                \
  HABIT(passes_on_once, "passes-on-once")                                                          \
  HABIT(passes_on_under_one_number, "passes-on-under-one-number")                                  \
  HABIT(gcks_after_merge, "gcks-after-merge")                                                      \
  HABIT(member_at_once, "member-at-once")           /* after the first message of a merge */       \
  HABIT(stays_behind, "stays-behind")               /* when its GCKS hands the group over */       \
  HABIT(trusts_other_half, "trusts-other-half")     /* not to have held its keys before */         \
  HABIT(merges_with_anybody, "merges-with-anybody") /* who is authentic */                         \
  HABIT(merges_as_member, "merges-as-member")                                                      \
  HABIT(merges_with_better, "merges-with-better") /* as the one that is asked */                   \
  HABIT(serves_while_merging, "serves-while-merging")                                              \
  HABIT(merges_at_each_beat, "merges-at-each-beat")           /* after a failure */                \
  HABIT(merges_not_later, "merges-not-later")                 /* when it fails again */            \
  HABIT(keeps_key_made_meanwhile, "keeps-key-made-meanwhile") /* that the other half lacks */      \
  HABIT(clash_drops_key, "clash-drops-key")                   /* of the half that joins */         \
  /* Joining, merging, new keys and the routing protocol (sections 4 to 8). */                     \
  HABIT(lifetimes_without_end, "lifetimes-without-end")                                            \
  HABIT(long_is_for_ever, "long-is-for-ever") /* a lifetime of years */                            \
  HABIT(first_lifetimes_stand, "first-lifetimes-stand")                                            \
  HABIT(ends_association_by_age, "ends-association-by-age")                                        \
  HABIT(ignores_everybody, "ignores-everybody") /* while it ignores one */                         \
  HABIT(lifetimes_from_now,                                                                        \
        "lifetimes-from-now") /* takes any key for one to send with from now on */                 \
  HABIT(ends_at_unknown_item, "ends-at-unknown-item") /* reads no further in a download */         \
  HABIT(ends_at_bad_item, "ends-at-bad-item") /* the same, of an item that cannot be used */       \
  HABIT(mends_lifetimes, "mends-lifetimes")   /* puts those in order that are not */               \
  HABIT(counts_no_limit, "counts-no-limit")   /* as seconds */                                     \
  HABIT(believes_clock, "believes-clock")     /* of the sender of a download */                    \
  HABIT(key_ids_of_32_bits, "key-ids-of-32-bits")                                                  \
  HABIT(key_id_given_again, "key-id-given-again")                                                  \
  HABIT(key_used_at_once, "key-used-at-once")   /* sends with a key from the moment it makes it */ \
  HABIT(keeps_association, "keeps-association") /* after the join */                               \
  HABIT(association_for_each, "association-for-each") /* request */                                \
  HABIT(redirect_ignored, "redirect-ignored")                                                      \
  HABIT(redirects_unlimited, "redirects-unlimited")                                                \
  HABIT(unknown_and_member, "unknown-and-member") /* of who does not know the GCKS */              \
  HABIT(candidate_ignored, "candidate-ignored")   /* ignores who does not know the GCKS */         \
  HABIT(ignores_after_joining, "ignores-after-joining")                                            \
  HABIT(join_number_ignored, "join-number-ignored")                                                \
  HABIT(sends_with_others, "sends-with-others") /* with keys that its GCKS does not have */        \
  HABIT(takes_replays, "takes-replays")                                                            \
  HABIT(one_count_for_all, "one-count-for-all") /* senders under a KEK */                          \
  HABIT(counts_on_over_keks, "counts-on-over-keks")                                                \
  HABIT(loses_kek_early, "loses-kek-early") /* at one strange update, of anybody */                \
  HABIT(takes_from_any_member, "takes-from-any-member")                                            \
  HABIT(kek_loss_unnoticed, "kek-loss-unnoticed")                                                  \
  HABIT(iv_constant, "iv-constant")                                                                \
  HABIT(updates_after_changes, "updates-after-changes") /* alone */                                \
  HABIT(newest_key_told, "newest-key-told")             /* alone, in updates */                    \
  HABIT(old_kek_dropped, "old-kek-dropped") /* sends nothing under it once there is a new one */   \
  HABIT(old_kek_alone, "old-kek-alone")     /* in updates under the old KEK */                     \
  HABIT(old_kek_without_keys, "old-kek-without-keys") /* the same without protocol master keys */  \
  HABIT(new_kek_at_once, "new-kek-at-once")                                                        \
  HABIT(kek_for_ever, "kek-for-ever") /* makes no other */                                         \
  HABIT(change_told_once, "change-told-once")                                                      \
  HABIT(send_end_lengthened, "send-end-lengthened") /* by an update */                             \
  HABIT(newest_kek_only, "newest-kek-only")         /* is listened under */                        \
  HABIT(rows_of_all_interfaces, "rows-of-all-interfaces")                                          \
  HABIT(starts_without_join, "starts-without-join")                                                \
  HABIT(priority_of_configuration, "priority-of-configuration") /* alone counts */                 \
  HABIT(priority_of_joining, "priority-of-joining")             /* alone counts */                 \
  HABIT(advertises_after_leaving, "advertises-after-leaving")                                      \
  HABIT(listens_after_leaving, "listens-after-leaving")                                            \
  HABIT(serves_after_leaving, "serves-after-leaving")                                              \
  HABIT(rows_stay, "rows-stay")                       /* after leaving */                          \
  HABIT(member_resigns, "member-resigns")             /* though it is no GCKS */                   \
  HABIT(serves_nobody_asking, "serves-nobody-asking") /* while its request to merge is out */      \
  HABIT(one_failure_for_all, "one-failure-for-all")   /* merges with whomever wait then */         \
  HABIT(member_hears_anybody, "member-hears-anybody") /* who has the KEK */                        \
  HABIT(clash_doubles_key, "clash-doubles-key")       /* that both halves have */

namespace karpspec::oracle::mrkmp {

enum class Habit : std::uint8_t {
#define KARPSPEC_HABIT(enumerator, name) enumerator,
  KARPSPEC_MRKMP_HABITS(KARPSPEC_HABIT)
#undef KARPSPEC_HABIT
};
inline constexpr auto habit_names = std::to_array<std::string_view>({
#define KARPSPEC_HABIT(enumerator, name) name,
    KARPSPEC_MRKMP_HABITS(KARPSPEC_HABIT)
#undef KARPSPEC_HABIT
});

}  // namespace karpspec::oracle::mrkmp

#undef KARPSPEC_MRKMP_HABITS
