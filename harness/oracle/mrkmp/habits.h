#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// What a router of MRKMP does wrong; `proper` is a correct one. Each is asked for where the right
// thing is done, so that a search finds it there. HABIT(enumerator, name in faults).
#define KARPSPEC_MRKMP_HABITS(HABIT)                                                               \
  HABIT(proper, "proper")                                                                          \
  /* Messages and identities (sections 1 to 2.2). */                                               \
  /* Keys and the messages to a group (sections 2.3 to 2.5). */                                    \
  /* Election (section 3). */                                                                      \
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
  HABIT(answers_every_time, "answers-every-time") /* without a limit to its rate */                \
  /* Joining, merging, new keys and the routing protocol (sections 4 to 8). */

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
