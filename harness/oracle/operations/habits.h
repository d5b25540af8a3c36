#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace karpspec::oracle::operations {

// What a router does wrong when it manages keys (operations model); `proper` is a correct one.
enum class Habit : std::uint8_t {
  proper,
  // Changes of rows.
  expires_send_only,   // `expires` leaves AcceptLifetimeEnd as it is
  overlap_ignored,     // and so is the overlap
  starts_fixed,        // SendLifetimeStart cannot be changed
  change_unchecked,    // what results of a change is not held against the rules
  current_key_by_age,  // takes the oldest key for the one that is sent
  // Expiry.
  never_fails,          // associations go on with an expired key whatever the policy
  always_fails,         // and fail whatever the policy
  opens_with_expired,   // an association begins with an expired key
  keeps_withdrawn,      // and goes on with a key that is deleted or disabled
  stays_down,           // an association that has failed does not come back
  policy_for_all,       // the policy of one protocol is that of all
  policy_for_all_vrfs,  // the policy of one VRF is that of all
  keeps_first_key,      // an association does not go over to the next key
  waits_to_fail,        // an association fails ten minutes late
  // Notices.
  no_notices,
  one_notice,  // nothing more urgent follows the first notice
  notice_despite_successor,
  silent_at_expiry,
  notices_without_row,  // do not say which key
  // Groups.
  override_ignored,         // the group's key stands beside that of its own
  override_for_good,        // the group's key does not come back
  joining_without_key,      // a new member of a group gets none of its keys
  leaving_with_key,         // a member that leaves keeps them
  beside_ignored,           // a key of its own always takes the place of the group's
  group_change_first_only,  // a change of a group's row reaches its first member only
  // Backup.
  import_ignored,          // takes a backup and does nothing with it
  import_partly,           // takes the good rows of a table with faulty ones
  import_adds,             // what stood in the table before stays
  export_without_times,    // a backup has no lifetimes
  import_refuses_records,  // a backup with a row of the Gatekeeper is refused
  // Automated keys beside manual ones.
  takes_manual_key_id,    // RKMP makes a key with the KeyID of a manual one
  accepts_manual_key_id,  // or lets its peer do so
  automated_ends_manual,  // a manual row goes when RKMP makes a key
  failure_ends_manual,    // or when RKMP fails to
  origin_hidden,          // a row of RKMP's says that it is manual
};
inline constexpr std::array<std::string_view, 36> habit_names = {"proper",
                                                                 "expires-send-only",
                                                                 "overlap-ignored",
                                                                 "starts-fixed",
                                                                 "change-unchecked",
                                                                 "current-key-by-age",
                                                                 "never-fails",
                                                                 "always-fails",
                                                                 "opens-with-expired",
                                                                 "keeps-withdrawn",
                                                                 "stays-down",
                                                                 "policy-for-all",
                                                                 "policy-for-all-vrfs",
                                                                 "keeps-first-key",
                                                                 "waits-to-fail",
                                                                 "no-notices",
                                                                 "one-notice",
                                                                 "notice-despite-successor",
                                                                 "silent-at-expiry",
                                                                 "notices-without-row",
                                                                 "override-ignored",
                                                                 "override-for-good",
                                                                 "joining-without-key",
                                                                 "leaving-with-key",
                                                                 "beside-ignored",
                                                                 "group-change-first-only",
                                                                 "import-ignored",
                                                                 "import-partly",
                                                                 "import-adds",
                                                                 "export-without-times",
                                                                 "import-refuses-records",
                                                                 "takes-manual-key-id",
                                                                 "accepts-manual-key-id",
                                                                 "automated-ends-manual",
                                                                 "failure-ends-manual",
                                                                 "origin-hidden"};

}  // namespace karpspec::oracle::operations
