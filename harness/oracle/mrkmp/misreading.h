#pragma once

#include "oracle/mrkmp/group_key.h"
#include "oracle/mrkmp/habits.h"

namespace karpspec::oracle::mrkmp {

// The key of ITEM as a router of HABIT reads it, for which a fault needs more than a line: a
// correct one reads it by key_from_item(). CLOCK is that of the sender, in seconds since 1970.
// Errors: those of key_from_item().
[[nodiscard]] Result<GroupKey> key_as_read(const wire::KeyItem& item, std::uint64_t clock,
                                           Habit habit, Time now);

}  // namespace karpspec::oracle::mrkmp
