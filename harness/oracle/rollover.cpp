#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/habits.h"
#include "oracle/rkmp/master_key.h"

// One key takes the place of another: RFC 5996 section 2.8, RKMP section 5.3, profile P-10 to P-14.
//
// While a router's own request for a key of a protocol is unanswered it makes no other one for it
// (in_the_way() in create_child_sa_responder.cpp), so both sides see the keys of a protocol in the
// same order: the newest stays, and whoever has asked for it deletes those before. Two kinds of
// exchange cross all the same, and each side knows only its own order of them:
//
//   two rekeys of one key              --> the new key with the lowest nonce goes, by its maker
//   the first keys of two IKE SAs      --> the same; whoever had finished before the other's came
//                                          deletes its own where that has the lowest nonce
//   a first key that comes while we    --> ours stays, until the peer deletes it
//   await an answer on another IKE SA
//
// Whoever waits for the other's Delete takes a key for superseded meanwhile. A Delete of the one
// that superseded it brings it back; without any, it is deleted in the end by whoever still waits.
namespace karpspec::oracle {

namespace {

std::map<std::string, std::string> fields_of(const Child& child) {
  std::map<std::string, std::string> fields = {{"peer", child.peer->config.name}};
  if (child.kind == ChildKind::tcp_ao) {
    fields["protocol"] = rkmp::protocol_name(child.protocol);
    fields["send_id"] = std::to_string(child.send_id);
    fields["recv_id"] = std::to_string(child.recv_id);
    fields["row"] = child.admin_key_name;
  } else {
    fields["spi_in"] = std::to_string(child.spi_in);
    fields["spi_out"] = std::to_string(child.spi_out);
  }
  return fields;
}

// OLD is accepted until the overlap is over. DELETE_AT: when we delete it; nullopt: the peer does.
// The peer's Delete is waited for unless REKEY_SA has NAMED it. UNLESS: the child whose withdrawal
// by the peer brings it back, where we cannot know which of the two it is that goes.
struct Going {
  std::optional<Time> delete_at;
  bool named = false;
  const Child* unless = nullptr;
};
void roll_over(Core& core, Child& old, const Going& how) {
  const Tunables& tunables = core.tunables;
  old.rekeying = false;
  old.rekey_at.reset();
  if (old.state == Child::State::live) {
    old.state = Child::State::replaced;
    old.rolled_over = core.next_order();
  }
  old.superseded_by.reset();
  if (how.unless != nullptr)
    old.superseded_by = how.unless->number;
  if (how.delete_at && tunables.rekey_deletes_old_key && old.sa != nullptr)
    old.delete_at = how.delete_at;
  old.awaits_delete = !how.named && !old.delete_at && old.sa != nullptr;
  if (old.kind == ChildKind::tcp_ao) {
    const Time end = core.now + tunables.key_overlap;
    if (keytable::Row* row = core.table.find(old.admin_key_name)) {
      if (!old.full_send_end) {
        old.full_send_end = row->send_lifetime_end;
        old.full_accept_end = row->accept_lifetime_end;
        old.full_remove_at = old.remove_at;
      }
      row->send_lifetime_end =
          std::max(std::min(row->send_lifetime_end, end), row->send_lifetime_start);
      row->accept_lifetime_end = std::min(row->accept_lifetime_end, end);
    }
    // The Delete of the other key may come late. Without an overlap there is nothing to wait for.
    const Duration grace = old.awaits_delete ? core.patience() : Duration(removal_grace);
    old.remove_at = tunables.key_overlap > Duration::zero() ? end + grace : end;
    core.event("key-replaced", "a newer key has taken its place", fields_of(old));
  }
  core.schedule(old);
}

// What becomes of two keys when the newer of them has just been installed.
enum class Outcome {
  nothing,       // they have nothing to do with each other
  we_delete,     // the other goes, by our Delete after the overlap
  peer_names,    // the other goes, as the peer has said by REKEY_SA
  peer_deletes,  // the other goes, by the peer's Delete
  unless,        // the same, unless the peer sees it otherwise and deletes the new one
  other_loses,   // the exchanges have crossed, and the other goes at once, by its maker's Delete
  child_loses,   // the same for the new one
};

Outcome by_nonce(const Core& core, const Child& child, const Child& other) {
  return ike::goes(core, child.lowest_nonce, other.lowest_nonce) ? Outcome::child_loses
                                                                 : Outcome::other_loses;
}

Outcome outcome_of(const Core& core, const Child& child, const Child& other,
                   const ChildOrigin& origin) {
  const bool ours = child.made_by_us;
  if (&other == origin.replaces)
    return ours ? Outcome::we_delete : Outcome::peer_names;
  if (ours != other.made_by_us && child.replaces && other.replaces == child.replaces)
    return other.state == Child::State::live ? by_nonce(core, child, other) : Outcome::nothing;
  if (child.kind == ChildKind::esp)
    return Outcome::nothing;
  if (ours == other.made_by_us)
    return ours ? Outcome::we_delete : Outcome::peer_deletes;
  const bool within = other.installed > child.begun;
  if (ours) {
    if (!within)
      return Outcome::we_delete;
    return other.initial && !child.initial ? Outcome::unless : by_nonce(core, child, other);
  }
  if (!child.initial || !other.initial)
    return Outcome::peer_deletes;
  if (within)
    return by_nonce(core, child, other);
  return by_nonce(core, child, other) == Outcome::other_loses ? Outcome::we_delete
                                                              : Outcome::unless;
}

// Those that stand for the same as CHILD, or go for something that may yet be withdrawn.
std::vector<Child*> met_by(const Child& child, const ChildOrigin& origin) {
  std::vector<Child*> met;
  // An IKE SA may have many ESP children, and a rekey says which one it means.
  if (child.kind == ChildKind::esp && !child.replaces)
    return met;
  for (const auto& other : child.peer->children) {
    const bool stands = other->state == Child::State::live ||
                        (other->state == Child::State::replaced && !other->delete_at &&
                         (other->superseded_by || other.get() == origin.replaces));
    if (other.get() != &child && other->kind == child.kind && other->protocol == child.protocol &&
        stands && !other->deleting)
      met.push_back(other.get());
  }
  return met;
}

// What has taken the place of CHILD, if anything.
std::optional<std::uint64_t> successor_of(const Child& child) {
  if (child.superseded_by)
    return child.superseded_by;
  for (const auto& other : child.peer->children)
    if (other->replaces == child.number)
      return other->number;
  return std::nullopt;
}

// The peer has withdrawn what had superseded these. Where that had been superseded itself, it is
// that key's Delete that they wait for now.
void bring_back(Core& core, const Child& withdrawn) {
  Child* back = nullptr;
  std::vector<Child*> waiting;
  for (const auto& child : withdrawn.peer->children)
    if (child->superseded_by == withdrawn.number && child->state == Child::State::replaced &&
        !child->deleting) {
      waiting.push_back(child.get());
      // The last that went is the one that all before had gone for.
      if (back == nullptr || child->rolled_over > back->rolled_over)
        back = child.get();
    }
  if (back == nullptr)
    return;
  const bool was_live = withdrawn.state == Child::State::live;
  for (Child* child : waiting)
    child->superseded_by = was_live ? back->number : successor_of(withdrawn);
  if (!was_live)
    return;
  back->superseded_by.reset();
  back->awaits_delete = false;
  back->state = Child::State::live;
  back->remove_at = back->full_remove_at;
  if (keytable::Row* row = core.table.find(back->admin_key_name)) {
    row->send_lifetime_end = back->full_send_end.value_or(row->send_lifetime_end);
    row->accept_lifetime_end = back->full_accept_end.value_or(row->accept_lifetime_end);
  }
  back->full_send_end.reset();
  core.event("collision", "the peer's newer key goes; this one stays", fields_of(*back));
  core.schedule(*back);
}

}  // namespace

void take_place(Core& core, IkeSa& sa, Child& child, const ChildOrigin& origin) {
  if (origin.replaces != nullptr)
    child.replaces = origin.replaces->number;
  const std::vector<Child*> met = met_by(child, origin);
  auto fields = fields_of(child);
  const auto live = std::find_if(met.begin(), met.end(), [](const Child* other) {
    return other->state == Child::State::live;
  });
  if (const Child* old = origin.replaces != nullptr                             ? origin.replaces
                         : live != met.end() && child.kind == ChildKind::tcp_ao ? *live
                                                                                : nullptr)
    fields["replaces"] = old->admin_key_name;
  core.event(child.kind == ChildKind::tcp_ao ? "key-installed" : "child-established",
             child.made_by_us ? "as initiator" : "as responder", std::move(fields));

  const auto lost = std::find_if(met.begin(), met.end(), [&](const Child* other) {
    return other->state == Child::State::live &&
           outcome_of(core, child, *other, origin) == Outcome::child_loses;
  });
  const auto collide = [&](Child& loser, const Child& winner) {
    core.event(sa, "collision",
               std::string("both sides have made a key; ") +
                   (loser.made_by_us ? "ours goes" : "the peer's goes"));
    // The peer may be about to delete the winner, and so has not seen them meet.
    loser.made_by_us ? roll_over(core, loser, {core.now})
                     : roll_over(core, loser, {std::nullopt, false, &winner});
  };
  // What it was to take the place of goes for the winner's sake already.
  if (lost != met.end())
    return collide(child, **lost);
  const Time overlap_end =
      child.kind == ChildKind::esp ? core.now : core.now + core.tunables.key_overlap;
  for (Child* other : met)
    switch (outcome_of(core, child, *other, origin)) {
      case Outcome::we_delete:
        roll_over(core, *other, {overlap_end});
        break;
      case Outcome::peer_names:
        roll_over(core, *other, {std::nullopt, true});
        break;
      case Outcome::peer_deletes:
        roll_over(core, *other, {});
        break;
      case Outcome::unless:
        roll_over(core, *other, {std::nullopt, false, &child});
        break;
      case Outcome::other_loses:
        if (other->state == Child::State::live)
          collide(*other, child);
        break;
      case Outcome::child_loses:
      case Outcome::nothing:
        break;
    }
}

void withdraw_child(Core& core, Child& child) {
  if (child.kind == ChildKind::esp)
    return remove_child(core, child, "withdrawn by the peer");
  // The overlap is counted from the first Delete.
  if (child.state == Child::State::withdrawn)
    return;
  bring_back(core, child);
  child.state = Child::State::withdrawn;
  child.superseded_by.reset();
  child.rekey_at.reset();
  child.delete_at.reset();
  const Time end = core.now + core.tunables.key_overlap;
  if (keytable::Row* row = core.table.find(child.admin_key_name)) {
    // Nothing is sent with it from now on: a whole second ago is over.
    row->send_lifetime_end = std::min(row->send_lifetime_end, core.now - std::chrono::seconds{1});
    row->send_lifetime_start = std::min(row->send_lifetime_start, row->send_lifetime_end);
    row->accept_lifetime_end = std::min(row->accept_lifetime_end, end);
  }
  child.remove_at = end;
  core.event("key-expiring", "the peer has withdrawn the key", fields_of(child));
  core.schedule(child);
}

void withdraw_if_overtaken(Core& core, Child* made, const std::vector<Octets>& spis) {
  if (made == nullptr || !core.tunables.honour_delete_key ||
      std::find(spis.begin(), spis.end(), peers_spi_of(*made)) == spis.end())
    return;
  withdraw_child(core, *made);
  // A KeyID may have meant an older key, from before a restart: the peer is told what we take it
  // for.
  if (made->kind == ChildKind::tcp_ao && made->sa != nullptr) {
    made->deleting = true;
    Task task;
    task.kind = Task::Kind::delete_child;
    task.child = made->number;
    made->sa->tasks.push_back(task);
    core.touch(*made->sa);
  }
}

bool comes_back_after(const Child& withdrawn, const Child& other) {
  if (&other == &withdrawn || other.kind != withdrawn.kind ||
      other.protocol != withdrawn.protocol || other.state != Child::State::replaced)
    return false;
  return other.superseded_by == withdrawn.number ||
         (withdrawn.state == Child::State::live && other.awaits_delete);
}

void purge_child(Core& core, Child& child) {
  if (child.purged)
    return;
  std::vector<std::uint64_t> gone_for_it;
  for (const auto& other : child.peer->children)
    if (comes_back_after(child, *other))
      gone_for_it.push_back(other->number);
  for (const std::uint64_t number : gone_for_it)
    if (Child* other = find_child(core, number))
      purge_child(core, *other);
  IkeSa* sa = child.sa != nullptr ? child.sa : core.established_with(*child.peer);
  if (sa == nullptr)
    sa = core.opening_with(*child.peer);
  if (sa == nullptr || child.state == Child::State::withdrawn || !core.tunables.purge_tells_peer)
    return remove_child(core, child, "purged");
  (void)core.table.remove(child.admin_key_name);
  core.event("key-removed", "purged", fields_of(child));
  child.purged = true;
  child.sa = sa;
  child.state = Child::State::withdrawn;
  child.awaits_delete = false;
  child.superseded_by.reset();
  child.rekey_at.reset();
  child.delete_at.reset();
  // Its KeyIDs stay in use until the peer has answered or has had the time for it.
  child.remove_at = core.now + core.patience();
  if (!child.deleting) {
    child.deleting = true;
    Task task;
    task.kind = Task::Kind::delete_child;
    task.child = child.number;
    sa->tasks.push_back(task);
    core.touch(*sa);
  }
  core.schedule(child);
}

void remove_child(Core& core, Child& child, const std::string& why) {
  if (child.kind == ChildKind::esp)
    core.event("child-removed", why, fields_of(child));
  // Of a purged key the client protocols have been told.
  if (child.kind == ChildKind::tcp_ao && !child.purged) {
    (void)core.table.remove(child.admin_key_name);
    core.event("key-removed", why, fields_of(child));
  }
  child.rekey_at.reset();
  child.delete_at.reset();
  child.remove_at.reset();
  core.schedule(child);
  core.children.erase(child.number);
  auto& owned = child.peer->children;
  std::erase_if(owned, [&](const auto& other) { return other.get() == &child; });
}

}  // namespace karpspec::oracle
