#include "oracle/mrkmp/misreading.h"

#include <algorithm>

namespace karpspec::oracle::mrkmp {
namespace {

// Lifetimes as a router of HABIT understands them.
void misread(KeyTimes& times, Habit habit, Time now) {
  if (habit == Habit::lifetimes_from_now)
    times.receive_start = times.send_start = now;
  if (habit == Habit::lifetimes_without_end ||
      (habit == Habit::long_is_for_ever && times.send_end - now > std::chrono::years{10}))
    times.send_end = times.receive_end = keytable::always_end;
  constexpr auto counted = std::chrono::seconds{wire::KeyLifetimes::no_limit};
  if (habit == Habit::counts_no_limit)
    for (Time* end : {&times.send_end, &times.receive_end})
      *end = std::min(*end, now + counted);
}

// An item whose lifetimes are in order, whatever they were.
wire::KeyItem mended(wire::KeyItem item) {
  wire::KeyLifetimes& times = item.lifetimes;
  times.send_start = std::max(times.send_start, times.receive_start);
  times.send_end = std::max(times.send_end, times.send_start);
  times.receive_end = std::max(times.receive_end, times.send_end);
  return item;
}

}  // namespace

Result<GroupKey> key_as_read(const wire::KeyItem& item, std::uint64_t clock, Habit habit,
                             Time now) {
  const Time sent = habit == Habit::believes_clock ? Time(std::chrono::seconds{clock}) : now;
  KARPSPEC_TRY(key, key_from_item(habit == Habit::mends_lifetimes ? mended(item) : item, sent));
  misread(key.times, habit, now);
  return key;
}

}  // namespace karpspec::oracle::mrkmp
