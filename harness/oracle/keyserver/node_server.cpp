#include <algorithm>

#include "oracle/keyserver/node_impl.h"

// What a key server answers: pulls and pushes of policy and of keys (section VI; suites/profile.md,
// P-242 to P-244).
namespace karpspec::oracle::keyserver {
namespace {

using wire::NotifyType;
using wire::PayloadType;

}  // namespace

std::vector<wire::Payload> Node::Impl::answer_auth(const IkeSa& sa,
                                                   const std::vector<wire::Payload>&) {
  // Its LKS is there: what was to be asked of it later is asked now.
  up.insert(name_of(sa.peer->config.identity));
  return {};
}

std::vector<wire::Payload> Node::Impl::answer(const IkeSa& sa, wire::ExchangeType exchange,
                                              const std::vector<wire::Payload>& payloads) {
  if (exchange == wire::ExchangeType::ks_policy) {
    const wire::Payload* found = wire::find(payloads, PayloadType::POLICY);
    if (const auto* asked = found == nullptr ? nullptr : found->as<wire::PolicyPayload>())
      return answer_policy(sa, *asked);
  } else if (const wire::Payload* found = wire::find(payloads, PayloadType::KD)) {
    const auto* download = found->as<wire::KeyDownloadPayload>();
    std::vector<std::string> notes;
    auto groups =
        download == nullptr ? std::vector<GroupKeys>() : groups_in(*download, core.now, &notes);
    for (std::string& note : notes)
      event("malformed", std::move(note));
    if (download != nullptr && !groups.empty()) {
      const bool push = std::any_of(download->items.begin(), download->items.end(),
                                    [](const wire::KeyItem& item) { return item.is_key(); });
      return push ? answer_push(sa, std::move(groups)) : answer_pull(sa, groups);
    }
  }
  return only(wire::make_notify(NotifyType::INVALID_SYNTAX));
}

std::vector<wire::Payload> Node::Impl::answer_policy(const IkeSa& sa,
                                                     const wire::PolicyPayload& asked) {
  const std::string name = name_of(sa.peer->config.identity);
  if (sa.peer != dks && domain)
    return only(wire::make_payload(PayloadType::POLICY, domain->answer(name, asked.version)));
  if (sa.peer != dks && habit != Habit::policy_from_anyone) {
    event("policy-refused", name + " is no DKS");
    return only(wire::make_notify(NotifyType::AUTHORIZATION_FAILED));
  }
  std::vector<std::string> notes;
  Policy given = policy_from(asked, &notes);
  for (std::string& note : notes)
    event("malformed", std::move(note));
  if (habit != Habit::push_ignored)
    (void)take_policy(std::move(given));
  wire::PolicyPayload held;
  held.version = policy.version;
  if (habit == Habit::push_whole_answer)
    held = to_payload(policy);
  return only(wire::make_payload(PayloadType::POLICY, std::move(held)));
}

bool Node::Impl::may_hear(const LocalGroup& group, const std::string& receiver) const {
  if (habit == Habit::lks_needs_dks && !dks_connected())
    return false;
  if (group.permits(receiver) || habit == Habit::serves_anyone ||
      (habit == Habit::admits_all_alone && !dks_connected()))
    return true;
  if (habit == Habit::ignores_direction)
    return std::any_of(heard.begin(), heard.end(), [&](const auto& each) {
      return each.first.speaker == receiver && each.first.interface == group.id().interface;
    });
  return habit == Habit::ignores_interface &&
         std::any_of(own_groups.begin(), own_groups.end(),
                     [&](const auto& each) { return each.second.permits(receiver); });
}

void Node::Impl::deny(const IkeSa& sa, const GroupId& group, std::vector<wire::Payload>& out) {
  event("denied", name_of(sa.peer->config.identity) + " has nothing to do with this group", &group);
  out.push_back(
      wire::make_notify(NotifyType::AUTHORIZATION_FAILED,
                        habit == Habit::denial_without_group ? Octets() : octets_of(group)));
  if (habit == Habit::refusal_closes)
    if (IkeSa* own_sa = core.find_number(sa.number)) {
      Task task;
      task.kind = Task::Kind::delete_ike;
      own_sa->tasks.push_back(task);
      core.touch(*own_sa);
    }
}

std::vector<wire::Payload> Node::Impl::answer_pull(const IkeSa& sa,
                                                   const std::vector<GroupKeys>& asked) {
  const std::string name = name_of(sa.peer->config.identity);
  wire::KeyDownloadPayload download = empty_download(core.now);
  std::vector<wire::Payload> denials;
  for (const GroupKeys& each : asked) {
    const auto found = own_groups.find(each.group);
    if (found != own_groups.end() && may_hear(found->second, name)) {
      if (each.highest && !found->second.above(*each.highest, core.now))
        event("order-refused", name + " says that it holds a key above all", &each.group);
      GroupKeys given = found->second.download();
      if (habit == Habit::key_of_the_link)
        for (const auto& [id, group] : heard)
          if (id.interface == each.group.interface && !group.held().keys.empty())
            given.keys = group.held().clone().keys;
      add(download, given, core.now);
      (void)found->second.holds(name, found->second.highest(), core.now);
      changed = true;
    } else if (found == own_groups.end() && domain && domain->permits(each.group, name)) {
      add(download, domain->keys(each.group, core.now), core.now);
    } else {
      deny(sa, each.group, denials);
    }
  }
  std::vector<wire::Payload> out;
  if (!download.items.empty())
    out.push_back(wire::make_payload(PayloadType::KD, download));
  mrkmp::wipe(download);
  for (wire::Payload& denial : denials)
    out.push_back(std::move(denial));
  return out;
}

void Node::Impl::take_keys(GroupKeys keys, HeardGroup::Whom from) {
  const GroupId id = keys.group;
  const auto found = heard.find(id);
  if (found == heard.end())
    return;
  switch (found->second.take(std::move(keys), from, core.now)) {
    case HeardGroup::Taken::newer:
      event("keys-taken", from == HeardGroup::Whom::dks ? "from the DKS" : "from the speaker's LKS",
            &id);
      changed = true;
      break;
    case HeardGroup::Taken::same:
      changed = true;
      break;
    case HeardGroup::Taken::lower:
      event("keys-refused", "they are older than those held", &id);
      break;
    case HeardGroup::Taken::nothing:
      break;
  }
}

std::vector<wire::Payload> Node::Impl::answer_push(const IkeSa& sa, std::vector<GroupKeys> pushed) {
  const std::string name = name_of(sa.peer->config.identity);
  wire::KeyDownloadPayload answer = empty_download(core.now);
  std::vector<wire::Payload> denials;
  std::vector<GroupId> to_hand_on;
  for (GroupKeys& each : pushed) {
    GroupKeys held;
    held.group = each.group;
    const bool from_speaker = each.group.speaker == name || habit == Habit::key_from_anyone;
    if (const auto found = heard.find(each.group);
        found != heard.end() && (from_speaker || (sa.peer == dks && habit != Habit::never_dks))) {
      take_keys(std::move(each), whom(sa.peer, dks));
      held.highest = found->second.held().highest;
    } else if (domain && from_speaker && domain->policy().has_group(each.group)) {
      const auto reported = domain->report(std::move(each));
      held.highest = reported.held;
      if (reported.changed)
        to_hand_on.push_back(held.group);
    } else {
      deny(sa, each.group, denials);
      continue;
    }
    if (habit != Habit::push_unsequenced)
      add(answer, held, core.now);
  }
  for (const GroupId& group : to_hand_on)
    push_reported(group);
  std::vector<wire::Payload> out;
  if (denials.empty() || !answer.items.empty())
    out.push_back(wire::make_payload(PayloadType::KD, std::move(answer)));
  for (wire::Payload& denial : denials)
    out.push_back(std::move(denial));
  return out;
}

}  // namespace karpspec::oracle::keyserver
