#include <algorithm>

#include "oracle/ike/exchanges.h"
#include "oracle/keyserver/node_impl.h"

// What a key server asks and tells others, and what comes of it (section VI; suites/profile.md,
// P-242, P-244, P-245, P-249 and P-250).
namespace karpspec::oracle::keyserver {
namespace {

using wire::NotifyType;
using wire::PayloadType;

// Whether PAYLOADS deny GROUP, or refuse the whole request.
bool denies(const std::vector<wire::Payload>& payloads, const GroupId& group) {
  return std::any_of(payloads.begin(), payloads.end(), [&](const wire::Payload& payload) {
    const auto* notify = payload.as<wire::NotifyPayload>();
    if (notify == nullptr || notify->type >= wire::first_status_notify)
      return false;
    return notify->type != static_cast<std::uint16_t>(NotifyType::AUTHORIZATION_FAILED) ||
           notify->data.empty() || notify->data == octets_of(group);
  });
}

}  // namespace

void Node::Impl::ask(Peer& peer, AskKind kind, std::vector<GroupId> groups,
                     std::vector<wire::Payload> payloads) {
  const std::uint64_t number = next_ask++;
  asks[number] = {kind, &peer, std::move(groups)};
  Task task;
  task.kind = Task::Kind::group;
  task.exchange = kind == AskKind::policy_pull || kind == AskKind::policy_push
                      ? wire::ExchangeType::ks_policy
                      : wire::ExchangeType::ks_group;
  task.ask = number;
  task.payloads = std::move(payloads);
  IkeSa* sa = core.established_with(peer);
  if (sa == nullptr)
    sa = core.opening_with(peer);
  if (sa == nullptr)
    sa = ike::start_ike_sa_init(core, peer, 0);
  if (sa == nullptr) {
    const Ask failed = asks[number];
    asks.erase(number);
    return fail_ask(failed, false);
  }
  sa->tasks.push_back(std::move(task));
  core.touch(*sa);
}

void Node::Impl::pull_policy() {
  if (pulling)
    return;
  if (habit == Habit::waits_for_push)
    return reconnection.trying();
  pulling = true;
  if (!dks_connected()) {
    reconnection.trying();
    dks->config.endpoint.address = reconnection.address();
  }
  wire::PolicyPayload held;
  held.version = has_policy ? policy.version : 0;
  ask(*dks, AskKind::policy_pull, {},
      only(wire::make_payload(PayloadType::POLICY, std::move(held))));
}

void Node::Impl::pull_groups() {
  const bool connected = dks_connected();
  std::map<Peer*, std::vector<GroupId>> wanted;
  for (auto& [id, group] : heard) {
    if (group.wants(HeardGroup::Whom::dks, connected, core.now)) {
      group.asked(HeardGroup::Whom::dks);
      wanted[dks].push_back(id);
    }
    if (!group.wants(HeardGroup::Whom::lks, connected, core.now))
      continue;
    group.asked(HeardGroup::Whom::lks);
    if (habit == Habit::alone_stays_alone && !connected) {
      group.failed(HeardGroup::Whom::lks, false, core.now);
      continue;
    }
    Peer* peer =
        find_peer(habit == Habit::asks_one_for_all ? heard.begin()->first.speaker : id.speaker);
    if (peer != nullptr && !peer->config.endpoint.address.empty()) {
      wanted[peer].push_back(id);
      continue;
    }
    if (unreachable.insert(id.speaker).second)
      event("peer-refused", "nobody knows where " + id.speaker + " is", &id);
    group.failed(HeardGroup::Whom::lks, true, core.now);
  }
  // In the order of the groups: that of pointers would not repeat.
  std::vector<Peer*> order;
  for (const auto& peer : core.peers)
    if (wanted.contains(peer.get()))
      order.push_back(peer.get());
  for (Peer* peer : order) {
    wire::KeyDownloadPayload question = empty_download(core.now);
    for (const GroupId& id : wanted[peer])
      add(question, heard.at(id).question(), core.now);
    ask(*peer, AskKind::group_pull, wanted[peer],
        only(wire::make_payload(PayloadType::KD, std::move(question))));
  }
}

void Node::Impl::push_own(Peer& peer, bool untold_only) {
  const std::string name = name_of(peer.config.identity);
  wire::KeyDownloadPayload download = empty_download(core.now);
  std::vector<GroupId> groups;
  for (const auto& [id, group] : own_groups) {
    const bool wanted = &peer == dks ? habit != Habit::no_report
                                     : habit != Habit::no_push &&
                                           (group.permits(name) || habit == Habit::pushes_to_all);
    if (!wanted || (habit == Habit::lks_needs_dks && !dks_connected()) ||
        (untold_only && group.is_told(name)))
      continue;
    groups.push_back(id);
    add(download, group.download(), core.now);
  }
  if (!groups.empty())
    ask(peer, AskKind::group_push, std::move(groups),
        only(wire::make_payload(PayloadType::KD, download)));
  mrkmp::wipe(download);
}

void Node::Impl::push_changed() {
  bool any = false;
  for (auto& [id, group] : own_groups)
    if (group.take_changed()) {
      any = true;
      event("group-key-made",
            "order " + std::to_string(group.highest().policy_version) + "." +
                std::to_string(group.highest().sequence),
            &id);
    }
  if (!any)
    return;
  changed = true;
  std::vector<Peer*> connected;
  for (const auto& peer : core.peers)
    if (core.established_with(*peer) != nullptr && (peer.get() != dks || !pulling))
      connected.push_back(peer.get());
  for (Peer* peer : connected)
    push_own(*peer, peer != dks);
}

void Node::Impl::push_reported(const GroupId& group) {
  if (!domain->policy().central(group))
    return;
  for (const auto& peer : core.peers) {
    if (core.established_with(*peer) == nullptr ||
        !domain->permits(group, name_of(peer->config.identity)))
      continue;
    wire::KeyDownloadPayload download = empty_download(core.now);
    add(download, domain->keys(group, core.now), core.now);
    ask(*peer, AskKind::group_push, {group}, only(wire::make_payload(PayloadType::KD, download)));
    mrkmp::wipe(download);
  }
}

void Node::Impl::push_policy() {
  if (habit == Habit::no_policy_push)
    return;
  for (const auto& peer : core.peers) {
    if (core.established_with(*peer) == nullptr)
      continue;
    ask(*peer, AskKind::policy_push, {},
        only(wire::make_payload(PayloadType::POLICY,
                                domain->whole(name_of(peer->config.identity)))));
    if (habit == Habit::tells_one)
      return;
  }
}

void Node::Impl::auth_answered(const IkeSa& sa, const std::vector<wire::Payload>&) {
  up.insert(name_of(sa.peer->config.identity));
  if (sa.peer == dks)
    return;
  // What it has missed; as responder one is pulled from.
  if (Peer* peer = find_peer(name_of(sa.peer->config.identity)))
    push_own(*peer, true);
}

void Node::Impl::answered(const IkeSa&, std::uint64_t number,
                          const std::vector<wire::Payload>& payloads) {
  const auto found = asks.find(number);
  if (found == asks.end())
    return;
  const Ask asked = std::move(found->second);
  asks.erase(found);
  switch (asked.kind) {
    case AskKind::policy_pull:
      return policy_answered(payloads);
    case AskKind::policy_push:
      return;
    case AskKind::group_pull:
      return pull_answered(asked, payloads);
    case AskKind::group_push:
      return push_answered(asked, payloads);
  }
}

void Node::Impl::policy_answered(const std::vector<wire::Payload>& payloads) {
  const wire::Payload* found = wire::find(payloads, PayloadType::POLICY);
  const auto* given = found == nullptr ? nullptr : found->as<wire::PolicyPayload>();
  std::vector<std::string> notes;
  const bool same = given != nullptr && has_policy &&
                    (given->version == policy.version || habit == Habit::pull_ignored);
  const bool believed = given != nullptr && (same || take_policy(policy_from(*given, &notes)));
  for (std::string& note : notes)
    event("malformed", std::move(note));
  if (same && habit == Habit::waits_for_dks)
    apply_policy();
  push_changed();  // to neighbours; the DKS is told below
  pulling = false;
  if (!believed) {
    // One that knows less, or nothing, is not our DKS (P-249).
    if (given == nullptr)
      event("policy-refused", "there is none in the answer");
    if (IkeSa* sa = core.established_with(*dks)) {
      Task task;
      task.kind = Task::Kind::delete_ike;
      sa->tasks.push_back(task);
      core.touch(*sa);
    }
    return;
  }
  if (reconnection.state() != Reconnection::State::connected) {
    reconnection.connected();
    event("dks-connected", "version " + std::to_string(policy.version));
    for (auto& [id, group] : heard)
      group.dks_connected();
  }
  push_own(*dks, false);
}

void Node::Impl::pull_answered(const Ask& asked, const std::vector<wire::Payload>& payloads) {
  const auto from = whom(asked.peer, dks);
  const wire::Payload* found = wire::find(payloads, PayloadType::KD);
  std::vector<GroupKeys> given;
  std::vector<std::string> notes;
  if (const auto* download = found == nullptr ? nullptr : found->as<wire::KeyDownloadPayload>())
    given = groups_in(*download, core.now, &notes);
  for (std::string& note : notes)
    event("malformed", std::move(note));
  for (const GroupId& id : asked.groups) {
    const auto group = heard.find(id);
    if (group == heard.end())
      continue;  // revoked meanwhile
    if (denies(payloads, id)) {
      event("denied", "by " + asked.peer->config.name, &id);
      group->second.denied(from, core.now);
      continue;
    }
    const auto keys = std::find_if(given.begin(), given.end(),
                                   [&](const GroupKeys& each) { return each.group == id; });
    const bool gave = keys != given.end() && !keys->keys.empty();
    group->second.answered(from, gave, core.now);
    if (gave)
      take_keys(std::move(*keys), from);
  }
}

void Node::Impl::push_answered(const Ask& asked, const std::vector<wire::Payload>& payloads) {
  const std::string name = name_of(asked.peer->config.identity);
  const wire::Payload* found = wire::find(payloads, PayloadType::KD);
  const auto* download = found == nullptr ? nullptr : found->as<wire::KeyDownloadPayload>();
  const auto held = download == nullptr ? std::vector<GroupKeys>() : groups_in(*download, core.now);
  for (const GroupKeys& each : held) {
    const auto group = own_groups.find(each.group);
    if (group == own_groups.end() || !each.highest)
      continue;
    if (!group->second.holds(name, *each.highest, core.now))
      event("order-refused", name + " says that it holds a key above all", &each.group);
    changed = true;
  }
  for (const GroupId& id : asked.groups)
    if (denies(payloads, id))
      event("denied", "a push, by " + asked.peer->config.name, &id);
}

void Node::Impl::fail_ask(const Ask& asked, bool silent) {
  if (asked.kind == AskKind::policy_pull)
    pulling = false;
  if (asked.kind != AskKind::group_pull)
    return;
  for (const GroupId& id : asked.groups)
    if (const auto group = heard.find(id); group != heard.end())
      group->second.failed(whom(asked.peer, dks), silent, core.now);
}

void Node::Impl::ended(const IkeSa& sa, const std::vector<std::uint64_t>& unanswered, bool silent) {
  for (const std::uint64_t number : unanswered) {
    const auto found = asks.find(number);
    if (found == asks.end())
      continue;
    const Ask asked = std::move(found->second);
    asks.erase(found);
    fail_ask(asked, silent);
  }
  // Of one whose responder was not authentic all has been said when that turned out.
  if (sa.peer == nullptr || (sa.unauthentic && unanswered.empty()) ||
      core.established_with(*sa.peer) != nullptr)
    return;
  if (sa.peer == dks) {
    if (pulling)
      return;  // by another association, which is being made
    event(reconnection.state() == Reconnection::State::connected ? "dks-lost" : "dks-silent",
          "at " + dks->config.endpoint.address);
    reconnection.failed(core.now);
    if (habit == Habit::needs_dks) {
      changed = true;
      for (auto& [id, group] : heard)
        group.drop_keys();
    }
    return;
  }
  const std::string name = name_of(sa.peer->config.identity);
  for (auto& [id, group] : heard)
    if (id.speaker == name)
      group.speaker_gone(core.now);
}

}  // namespace karpspec::oracle::keyserver
