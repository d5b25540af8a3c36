#include "oracle/keyserver/heard_group.h"

#include <algorithm>

namespace karpspec::oracle::keyserver {

HeardGroup::HeardGroup(GroupId id, bool central, Reconnect schedule, const Times& times,
                       Random& random, Habit habit)
    : central_(central && habit != Habit::central_ignored),
      schedule_(std::move(schedule)),
      times_(times),
      random_(random),
      habit_(habit) {
  held_.group = std::move(id);
}

void HeardGroup::adopt(bool central, Reconnect schedule, Time now) {
  const bool was = central_;
  central_ = central && habit_ != Habit::central_ignored;
  schedule_ = std::move(schedule);
  if (was != central_)
    want(now);
}

void HeardGroup::want(Time now) {
  if (central_ || habit_ == Habit::dks_first || habit_ == Habit::storms)
    dks_wanted_ = !dks_asking_;
  // A central group's LKS is the second one to be asked.
  if (lks_asking_)
    return;
  if (habit_ == Habit::dks_first)
    return;
  if (central_)
    return again(now);
  lks_at_ = now;
}

bool HeardGroup::wants(Whom whom, bool dks_connected, Time now) const {
  if (whom == Whom::dks)
    return dks_connected && dks_wanted_ && !dks_asking_ && habit_ != Habit::never_dks;
  return !lks_asking_ && lks_at_ && *lks_at_ <= now;
}

void HeardGroup::asked(Whom whom) {
  if (whom == Whom::dks) {
    dks_asking_ = true;
    dks_wanted_ = false;
  } else {
    lks_asking_ = true;
    lks_at_.reset();
  }
}

void HeardGroup::again(Time now) {
  if (delay_ == Duration::zero())
    delay_ = schedule_.first;
  const auto reach = delay_.count() * static_cast<std::int64_t>(schedule_.jitter_percent) / 100;
  Duration wait = delay_;
  if (reach > 0)
    wait += Duration{
        static_cast<std::int64_t>(random_.u64() % static_cast<std::uint64_t>(2 * reach + 1)) -
        reach};
  lks_at_ = now + wait;
  delay_ = std::min(2 * delay_, schedule_.longest);
}

bool HeardGroup::has_lasting_key(Time now) const {
  return std::any_of(held_.keys.begin(), held_.keys.end(), [&](const DataKey& each) {
    return each.key.times.send_end > now + times_.renew_before;
  });
}

void HeardGroup::answered(Whom whom, bool gave, Time now) {
  (whom == Whom::lks ? lks_asking_ : dks_asking_) = false;
  if (gave && (whom == Whom::lks || central_)) {
    lks_at_.reset();
    dks_wanted_ = false;
    delay_ = {};
  } else if (whom == Whom::lks) {
    again(now);
  } else if (central_ && !lks_asking_) {
    lks_at_ = now;
  }
}

void HeardGroup::denied(Whom whom, Time now) {
  (whom == Whom::lks ? lks_asking_ : dks_asking_) = false;
  if (whom == Whom::lks)
    again(now);
}

void HeardGroup::failed(Whom whom, bool silent, Time now) {
  (whom == Whom::lks ? lks_asking_ : dks_asking_) = false;
  if (whom == Whom::lks) {
    again(now);
    dks_wanted_ = dks_wanted_ || ((silent || central_) && !has_lasting_key(now));
  } else if ((central_ || habit_ == Habit::dks_first) && !lks_asking_) {
    lks_at_ = now;
  }
}

void HeardGroup::speaker_gone(Time now) {
  if (!lks_asking_ && !lks_at_ && !central_)
    again(now);
}

void HeardGroup::speaker_up(Time now) {
  if (!lks_asking_ && lks_at_)
    lks_at_ = now;
}

void HeardGroup::dks_connected() {
  if (central_ && (held_.keys.empty() || origin_ == Whom::dks))
    dks_wanted_ = !dks_asking_;
}

HeardGroup::Taken HeardGroup::take(GroupKeys keys, Whom origin, Time now) {
  std::erase_if(keys.keys, [&](const DataKey& each) { return each.key.is_over(now); });
  if (keys.keys.empty())
    return Taken::nothing;
  bound(keys.keys);
  const Order offered = std::max_element(keys.keys.begin(), keys.keys.end(),
                                         [](const DataKey& one, const DataKey& other) {
                                           return one.order < other.order;
                                         })
                            ->order;
  const Order held = held_.highest.value_or(Order{});
  const bool lower =
      habit_ == Habit::order_by_sequence ? offered.sequence < held.sequence : offered < held;
  if (held_.highest && lower && habit_ != Habit::takes_lower_order)
    return Taken::lower;
  const bool newer = !held_.highest || held < offered || held_.keys.empty();
  for (DataKey& key : keys.keys) {
    std::erase_if(held_.keys, [&](const DataKey& each) {
      return each.order == key.order || each.key.id == key.key.id;
    });
    held_.keys.push_back(std::move(key));
  }
  bound(held_.keys);
  // Those that the download does not name any more end as the newest one has it.
  for (DataKey& each : held_.keys)
    if (each.order < offered)
      each.key.times.end(now + times_.send_after, times_.overlap);
  if (habit_ == Habit::old_key_gone_at_once)
    std::erase_if(held_.keys, [&](const DataKey& each) { return each.order < offered; });
  if (keys.source)
    held_.source = keys.source;
  held_.highest = std::max(held, offered);
  origin_ = origin;
  return newer ? Taken::newer : Taken::same;
}

std::optional<Time> HeardGroup::runs_out() const {
  // Half of what the speaker's LKS takes to make another one and to tell of it.
  std::optional<Time> last;
  for (const DataKey& each : held_.keys)
    if (!last || *last < each.key.times.send_end)
      last = each.key.times.send_end;
  if (!last || *last >= keytable::always_end)
    return std::nullopt;
  return *last - times_.renew_before / 2;
}

bool HeardGroup::tick(Time now) {
  const bool had = !held_.keys.empty();
  const auto asks_already = [&] { return lks_asking_ || lks_at_.has_value(); };
  if (const auto at = runs_out(); at && *at <= now && !asks_already()) {
    // Once at once; where that has brought nothing newer, on the schedule.
    if (asked_for_successor_of_ == held_.highest)
      again(now);
    else
      want(now);
    asked_for_successor_of_ = held_.highest;
  }
  if (habit_ != Habit::lives_on)
    std::erase_if(held_.keys, [&](const DataKey& each) { return each.key.is_over(now); });
  const bool dropped = had && held_.keys.empty();
  if (dropped && !asks_already())
    again(now);
  return dropped;
}

std::optional<Time> HeardGroup::deadline() const {
  std::optional<Time> next;
  const auto consider = [&](Time time) {
    if (!next || time < *next)
      next = time;
  };
  if (!lks_asking_ && lks_at_)
    consider(*lks_at_);
  if (const auto at = runs_out(); at && !lks_asking_ && !lks_at_)
    consider(*at);
  if (habit_ != Habit::lives_on)
    for (const DataKey& each : held_.keys)
      if (each.key.times.receive_end < keytable::always_end)
        consider(each.key.times.receive_end + mrkmp::receive_grace);
  return next;
}

GroupKeys HeardGroup::question() const {
  GroupKeys out;
  out.group = held_.group;
  out.highest = held_.highest;
  return out;
}

}  // namespace karpspec::oracle::keyserver
