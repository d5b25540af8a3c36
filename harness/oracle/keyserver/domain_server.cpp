#include "oracle/keyserver/domain_server.h"

#include <algorithm>

namespace karpspec::oracle::keyserver {

void DomainServer::replace(DomainPolicy policy) {
  policy.version = std::max(policy.version, policy_.version + 1);
  policy_ = std::move(policy);
  // Nobody is given the keys of a group that is none any more.
  std::erase_if(reported_, [&](const auto& each) { return !policy_.has_group(each.first); });
}

wire::PolicyPayload DomainServer::whole(const std::string& router) const {
  Policy policy = policy_.of(router);
  if (habit_ == Habit::foreign_entries) {
    policy.permissions = policy_.permissions;
    policy.interfaces = policy_.interfaces;
  }
  return to_payload(policy);
}

wire::PolicyPayload DomainServer::answer(const std::string& router, std::uint64_t held) const {
  if (held != policy_.version || habit_ == Habit::pull_always_whole)
    return whole(router);
  wire::PolicyPayload alone;
  alone.version = held;
  return alone;
}

bool DomainServer::permits(const GroupId& group, const std::string& receiver) const {
  return habit_ == Habit::serves_anyone || policy_.permits(group, receiver);
}

GroupKeys DomainServer::keys(const GroupId& group, Time now) const {
  const auto found = reported_.find(group);
  GroupKeys out;
  if (found != reported_.end())
    out = found->second.clone();
  out.group = group;
  std::erase_if(out.keys, [&](const DataKey& each) { return each.key.is_over(now); });
  return out;
}

DomainServer::Reported DomainServer::report(GroupKeys keys) {
  const auto found = reported_.find(keys.group);
  const Order held = found == reported_.end() ? Order{} : found->second.highest.value_or(Order{});
  if (keys.keys.empty() || !keys.highest)
    return {held, false};
  if (*keys.highest < held && habit_ != Habit::takes_lower_order)
    return {held, false};
  const Order offered = *keys.highest;
  const bool changed = held < offered;
  bound(keys.keys);
  reported_[keys.group] = std::move(keys);
  return {offered, changed};
}

void DomainServer::tick(Time now) {
  for (auto& [group, keys] : reported_)
    std::erase_if(keys.keys, [&](const DataKey& each) { return each.key.is_over(now); });
}

}  // namespace karpspec::oracle::keyserver
