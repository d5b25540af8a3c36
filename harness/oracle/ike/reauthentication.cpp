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

void start_reauthentication(Core& core, Peer& peer, IkeSa& old) {
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
  // The second command waits for what came of the first.
  for (const IkeSa* sa : peer.sas)
    if (sa->predecessor == old.number)
      return;
  IkeSa* sa = start_ike_sa_init(core, peer, protocols.front());
  if (sa == nullptr)
    return;
  sa->predecessor = old.number;
  // They wait until the new IKE SA stands, and go with it if it never does.
  Task task;
  task.kind = Task::Kind::create_child;
  for (std::size_t i = 1; i < protocols.size(); ++i) {
    task.protocol = protocols[i];
    sa->tasks.push_back(task);
  }
  if (core.tunables.reauth_deletes_first)
    return end_predecessor(core, *sa);
  task.kind = Task::Kind::end_predecessor;
  sa->tasks.push_back(task);
}

void end_predecessor(Core& core, IkeSa& sa) {
  IkeSa* old = core.find_number(std::exchange(sa.predecessor, 0));
  if (old == nullptr || old->state != IkeState::established || !core.tunables.reauth_deletes_old)
    return;
  Task task;
  task.kind = Task::Kind::delete_ike;
  old->tasks.push_back(task);
  core.touch(*old);
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
