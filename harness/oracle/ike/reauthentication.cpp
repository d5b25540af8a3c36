#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"

// Re-authentication, RFC 5996 section 2.8.3: an IKE SA from scratch beside the old one, the keys of
// all routing protocols anew on it, and the Delete of the old one at the end.
//
//   old stands --initial exchanges--> both stand --a CREATE_CHILD_SA for each further protocol-->
//     both stand --Delete on the old one--> the new one stands
//   --initial exchanges fail--> the old one and its keys stand as before (profile P-08)
namespace karpspec::oracle::ike {

namespace {

bool is_to_go(const IkeSa& sa) {
  return std::any_of(sa.tasks.begin(), sa.tasks.end(),
                     [](const Task& task) { return task.kind == Task::Kind::delete_ike; });
}

}  // namespace

void start_reauthentication(Core& core, Peer& peer) {
  // The second command waits for what comes of the first; and an IKE SA that is being set up proves
  // who both are in any case.
  if (core.opening_with(peer) != nullptr ||
      std::any_of(peer.sas.begin(), peer.sas.end(),
                  [](const IkeSa* sa) { return sa->in_place_of != 0; }))
    return;
  const auto at = std::find_if(peer.sas.rbegin(), peer.sas.rend(), [](const IkeSa* sa) {
    return sa->state == IkeState::established && !sa->replaced && !is_to_go(*sa);
  });
  if (at == peer.sas.rend())
    return;
  IkeSa& old = **at;
  if (core.tunables.reauth_by_rekey) {
    Task rekey;
    rekey.kind = Task::Kind::rekey_ike;
    old.tasks.push_back(rekey);
    return core.touch(old);
  }
  std::vector<std::uint8_t> protocols;
  for (const auto& child : peer.children)
    if (child->state == Child::State::live &&
        std::find(protocols.begin(), protocols.end(), child->protocol) == protocols.end())
      protocols.push_back(child->protocol);
  if (protocols.empty())
    protocols.push_back(peer.config.protocols.empty() ? std::uint8_t{0}
                                                      : peer.config.protocols.front().protocol);
  if (!core.tunables.reauth_renews_all)
    protocols.resize(1);
  start_in_place_of(core, peer, old, protocols);
}

void start_in_place_of(Core& core, Peer& peer, IkeSa& old,
                       const std::vector<std::uint8_t>& protocols) {
  for (const IkeSa* sa : peer.sas)
    if (sa->in_place_of > old.origin.established)
      return;
  IkeSa* sa = start_ike_sa_init(core, peer, protocols.front());
  if (sa == nullptr)
    return;
  sa->in_place_of = sa->begun;
  // They wait until the new IKE SA stands, and go with it if it never does.
  Task task;
  task.kind = Task::Kind::create_child;
  for (std::size_t i = 1; i < protocols.size(); ++i) {
    task.protocol = protocols[i];
    sa->tasks.push_back(task);
  }
  const EndOfOld when = core.tunables.reauth_ends_old;
  if (when == EndOfOld::at_once)
    return end_predecessors(core, *sa);
  task.kind = Task::Kind::end_predecessors;
  if (when == EndOfOld::after_auth)
    sa->tasks.push_front(task);
  else
    sa->tasks.push_back(task);  // waits for the keys (Core::waits)
}

void end_predecessors(Core& core, IkeSa& sa) {
  const std::uint64_t before = std::exchange(sa.in_place_of, 0);
  if (core.tunables.reauth_ends_old == EndOfOld::never)
    return;
  // Rekeyed or not; and more than one, where initial exchanges had crossed and it was not settled.
  for (IkeSa* old : sa.peer->sas) {
    if (old == &sa || old->state != IkeState::established || old->replaced ||
        old->origin.established >= before || is_to_go(*old))
      continue;
    Task task;
    task.kind = Task::Kind::delete_ike;
    old->tasks.push_back(task);
    core.touch(*old);
  }
}

void failed_beside(Core& core, const Peer* peer, const IkeSa& sa) {
  if (peer == nullptr || core.tunables.failed_auth_changes_nothing)
    return;
  const std::vector<IkeSa*> known = peer->sas;
  for (IkeSa* other : known)
    if (other != &sa)
      core.close(*other, "another one could not be authenticated", false);
}

}  // namespace karpspec::oracle::ike
