#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"

// IKE SAs of initial exchanges that crossed, profile P-13: as in RFC 5996 section 2.8.2, the one
// with the lowest nonce is deleted by whoever began it, and the other one gets the keys. An IKE SA
// counts with its initial exchanges, whatever rekeys it has seen since.
//
//   ours finished while theirs was there --> ours is deleted, where it has the lowest nonce
//   theirs finished while ours was out   --> the same, when ours is finished
//   theirs came after ours was finished  --> they may have crossed on the way: the same
//   theirs came long after               --> it is no collision but a restart or a new
//                                            authentication, and the peer knows what is to go
namespace karpspec::oracle::ike {

namespace {

// Whether the peer can have begun FRESH before it knew of OTHER, which is ours.
bool may_have_crossed(const Core& core, const IkeSa& fresh, const IkeSa& other) {
  return other.origin.established > fresh.begun ||
         fresh.created - other.origin.when < core.patience();
}

}  // namespace

void settle_redundant(Core& core, IkeSa& fresh) {
  const std::vector<IkeSa*> known = fresh.peer->sas;
  for (IkeSa* other : known) {
    if (other == &fresh || other->state != IkeState::established || other->replaced ||
        other->origin.by_us == fresh.origin.by_us)
      continue;
    IkeSa& ours = fresh.origin.by_us ? fresh : *other;
    const IkeSa& theirs = fresh.origin.by_us ? *other : fresh;
    const bool crossed = fresh.origin.by_us ? theirs.origin.established > fresh.begun
                                            : may_have_crossed(core, fresh, *other);
    if (!crossed || !goes(core, ours.origin.lowest_nonce, theirs.origin.lowest_nonce))
      continue;
    core.event(ours, "collision", "both sides have begun an IKE SA; ours goes");
    Task task;
    task.kind = Task::Kind::delete_ike;
    ours.tasks.push_back(task);
    core.touch(ours);
  }
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
    if (other->origin.by_us && may_have_crossed(core, fresh, *other)) {
      other->tasks.emplace_back();
      core.touch(*other);
      continue;
    }
    core.close(*other, "INITIAL_CONTACT");
  }
}

}  // namespace karpspec::oracle::ike
