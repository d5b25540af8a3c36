#include <algorithm>

#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"

// IKE SAs of initial exchanges that crossed, profile P-13: as in RFC 5996 section 2.8.2, the one
// with the lowest nonce is deleted by whoever began it, and the other one gets the keys. An IKE SA
// counts with its initial exchanges, whatever rekeys it has seen since.
//
//   ours finished while theirs was there --> ours is deleted, where it has the lowest nonce
//   theirs finished while ours was out   --> the same, when ours is finished
//   theirs came just after ours was      --> they have crossed on the way: the same
//   finished
//   theirs came later, or the peer had   --> for all that we can see it is a restart or a new
//   spoken on ours already                   authentication. The peer knows, and deletes ours after
//                                            a while where they have crossed
namespace karpspec::oracle::ike {

namespace {

// Whether the peer can have begun FRESH before it knew of OTHER, which is ours: however late, since
// it may have repeated its first request for a long time.
bool may_have_crossed(const Core& core, const IkeSa& fresh, const IkeSa& other) {
  return other.origin.established > fresh.begun ||
         fresh.created - other.origin.when < core.patience();
}

// Whether it must be taken that it has. Later it is more likely that the peer authenticates anew
// (section 2.8.3), where OTHER is for the peer to end.
bool has_crossed(const Core& core, const IkeSa& fresh, const IkeSa& other) {
  if (other.origin.established > fresh.begun)
    return true;
  // What was rekeyed, or asked about, is known at the peer.
  const bool spoken_of =
      other.established != other.origin.established || other.last_heard > other.origin.when;
  return !spoken_of && fresh.created - other.origin.when < core.tunables.retransmit_first;
}

}  // namespace

void settle_redundant(Core& core, IkeSa& fresh) {
  for (IkeSa* other : fresh.peer->sas_by_origin[!fresh.origin.by_us]) {
    if (other->state != IkeState::established || other->replaced)
      continue;
    IkeSa& ours = fresh.origin.by_us ? fresh : *other;
    const IkeSa& theirs = fresh.origin.by_us ? *other : fresh;
    const bool crossed = fresh.origin.by_us ? theirs.origin.established > fresh.begun
                                            : has_crossed(core, fresh, *other);
    if (!crossed)
      continue;
    if (!goes(core, ours.origin.lowest_nonce, theirs.origin.lowest_nonce)) {
      // We know; the peer may take it for something else.
      if (fresh.origin.by_us) {
        other->origin.redundant_until = core.now + core.patience();
        core.touch(*other);
      }
      continue;
    }
    core.event(ours, "collision", "both sides have begun an IKE SA; ours goes");
    Task task;
    task.kind = Task::Kind::delete_ike;
    ours.tasks.push_back(task);
    core.touch(ours);
  }
}

void end_redundant(Core& core, IkeSa& sa) {
  sa.origin.redundant_until.reset();
  const auto& known = sa.peer->sas;
  const bool another = std::any_of(known.begin(), known.end(), [&](const IkeSa* other) {
    return other != &sa && other->state == IkeState::established && !other->replaced;
  });
  if (sa.replaced || !another)
    return;
  core.event(sa, "collision", "the peer has not deleted its redundant IKE SA; we do");
  Task task;
  task.kind = Task::Kind::delete_ike;
  sa.tasks.push_back(task);
  core.touch(sa);
}

void honour_initial_contact(Core& core, const IkeSa& fresh) {
  const std::vector<IkeSa*> known = fresh.peer->sas;
  for (IkeSa* other : known) {
    if (other == &fresh || !other->stood_before(fresh))
      continue;
    // The answer to our Delete may be on its way, and may say which keys go.
    if (other->doing(Task::Kind::delete_ike))
      continue;
    // It may have been said before ours had arrived: then the peer still answers there.
    if (other->origin.by_us && may_have_crossed(core, fresh, *other) &&
        !core.tunables.one_ike_sa_per_peer) {
      other->tasks.emplace_back();
      core.touch(*other);
      continue;
    }
    core.close(*other, "INITIAL_CONTACT");
  }
}

}  // namespace karpspec::oracle::ike
