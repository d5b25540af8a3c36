#include "oracle/operations/associations.h"

#include <algorithm>

#include "oracle/core.h"

namespace karpspec::oracle::operations {
namespace {

using keytable::Row;

constexpr std::chrono::minutes late{10};  // of a router that is slow to fail

bool same(const Subject& a, const Subject& b) {
  return a.vrf == b.vrf && a.protocol == b.protocol && a.peer == b.peer &&
         a.interface == b.interface;
}

// The first whole second after TIME: both ends of a lifetime count (profile P-90).
Time after(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time) + std::chrono::seconds{1};
}

void at_the_latest(std::optional<Time>& soonest, Time time) {
  if (!soonest || time < *soonest)
    soonest = time;
}

}  // namespace

void Associations::open(const Subject& subject) {
  for (const Association& known : all_)
    if (same(known.subject, subject))
      return;
  Association& made = all_.emplace_back();
  made.subject = subject;
  run(made);
}

Result<void> Associations::close(const Subject& subject) {
  const auto at = std::find_if(all_.begin(), all_.end(),
                               [&](const Association& one) { return same(one.subject, subject); });
  if (at == all_.end())
    return fail(ErrorCode::not_found,
                "no association with '" + subject.peer + "' for " + subject.protocol);
  all_.erase(at);
  return {};
}

void Associations::set_policy(const std::string& vrf, const std::string& protocol,
                              ExpiryPolicy policy) {
  const Habit habit = core_.tunables.management_habit;
  policies_[{habit == Habit::policy_for_all_vrfs ? "" : vrf,
             habit == Habit::policy_for_all ? "" : protocol}] = policy;
}

bool Associations::goes_on(const Subject& subject) const {
  const Habit habit = core_.tunables.management_habit;
  if (habit == Habit::never_fails || habit == Habit::always_fails)
    return habit == Habit::never_fails;
  const std::string vrf = habit == Habit::policy_for_all_vrfs ? "" : subject.vrf;
  for (const std::string& protocol : {subject.protocol, std::string()})
    if (const auto found = policies_.find({vrf, protocol}); found != policies_.end())
      return found->second == ExpiryPolicy::go_on;
  return false;
}

void Associations::adopt(const Associations& other) {
  policies_ = other.policies_;
  for (const Association& one : other.all_)
    open(one.subject);
}

void Associations::change(Association& association, bool up, const std::string& why) {
  association.up = up;
  association.was_up = true;
  association.failing.reset();
  const Subject& subject = association.subject;
  std::map<std::string, std::string> fields = {{"vrf", subject.vrf},
                                               {"protocol", subject.protocol},
                                               {"peer", subject.peer},
                                               {"row", association.row}};
  if (!subject.interface.empty())
    fields["interface"] = subject.interface;
  if (!up)
    fields["reason"] = why;
  core_.event(up ? "association-up" : "association-failed",
              subject.protocol + " with " + subject.peer + (up ? " by key '" : ", key '") +
                  association.row + (up ? "'" : "': " + why),
              std::move(fields));
}

void Associations::run(Association& association) {
  const Habit habit = core_.tunables.management_habit;
  const Subject& subject = association.subject;
  const Management& keys = core_.management;
  const keytable::Table* table = keys.table(subject.vrf);
  const Row* own = table == nullptr ? nullptr : table->find(association.row);
  const Row* best = keys.to_send(subject, core_.now, {});
  if (best != nullptr && !keys.to_accept(subject, core_.now, std::nullopt).empty()) {
    if (!association.up && association.was_up && habit == Habit::stays_down)
      return;
    if (habit == Habit::keeps_first_key && association.up && own != nullptr &&
        own->may_send(core_.now))
      return;
    association.row = best->admin_key_name;
    association.expired = false;
    association.failing.reset();
    if (!association.up)
      change(association, true, "");
    return;
  }
  if (!association.up) {
    // A router that minds no times takes the newest row it has.
    if (habit != Habit::opens_with_expired || table == nullptr)
      return;
    for (const Row& row : table->rows())
      if (row.protocol == subject.protocol &&
          std::find(row.peers.begin(), row.peers.end(), subject.peer) != row.peers.end())
        association.row = row.admin_key_name;
    if (!association.row.empty())
      change(association, true, "");
    association.expired = association.up;
    return;
  }
  const bool expired = own != nullptr && own->direction != keytable::Direction::disabled;
  if (expired ? goes_on(subject) : habit == Habit::keeps_withdrawn) {
    association.expired = true;
    return;
  }
  if (habit == Habit::waits_to_fail) {
    if (!association.failing)
      association.failing = core_.now;
    if (core_.now < *association.failing + late)
      return;
  }
  association.expired = false;
  change(association, false, expired ? "expired" : "withdrawn");
}

void Associations::run() {
  for (Association& association : all_)
    run(association);
}

std::optional<Time> Associations::deadline() const {
  std::optional<Time> soonest;
  for (const Association& association : all_) {
    if (association.failing)
      at_the_latest(soonest, *association.failing + late);
    const keytable::Table* table = core_.management.table(association.subject.vrf);
    if (table == nullptr)
      continue;
    for (const Row& row : table->rows()) {
      if (row.protocol != association.subject.protocol)
        continue;
      for (const Time start : {row.send_lifetime_start, row.accept_lifetime_start})
        if (start > core_.now)
          at_the_latest(soonest, start);
      for (const Time end : {row.send_lifetime_end, row.accept_lifetime_end})
        if (end < keytable::always_end && after(end) > core_.now)
          at_the_latest(soonest, after(end));
    }
  }
  return soonest;
}

}  // namespace karpspec::oracle::operations
