#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/habits.h"
#include "oracle/rkmp/master_key.h"

// One key takes the place of another: RFC 5996 section 2.8, RKMP section 5.3, profile P-10 to P-14.
//
// Where REKEY_SA names the old key both sides know what goes. Where two keys for one protocol meet
// without it, the two sides may have seen the exchanges in another order, and each knows only its
// own. They agree all the same, since a key goes only by a Delete, and this is who sends it:
//
//   the key stood before our request was sent      --> we delete it after the overlap
//   the exchanges have overlapped                  --> the key with the lowest nonce, by its maker
//   the peer's key came when ours was finished     --> ours, by us, where its nonce is the lowest;
//                                                      otherwise the peer sends the Delete
// A rekeyed key meets others by the nonce of the first of its line: two rekeys of one key differ by
// their own nonces, and against a third key the new one counts as the old one would have.
// Whoever waits for the other's Delete takes the key for superseded meanwhile; a Delete of the one
// that superseded it brings it back, and without any Delete it goes by itself.
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
// WINNER: in whose favour it goes, where REKEY_SA has not said so.
void roll_over(Core& core, Child& old, std::optional<Time> delete_at, const Child* winner) {
  const Tunables& tunables = core.tunables;
  old.rekeying = false;
  old.rekey_at.reset();
  if (old.state == Child::State::live) {
    old.state = Child::State::replaced;
    old.rolled_over = core.next_order();
  }
  old.superseded_by.reset();
  if (winner != nullptr)
    old.superseded_by = winner->number;
  if (delete_at && tunables.rekey_deletes_old_key && old.sa != nullptr)
    old.delete_at = delete_at;
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
    const bool waits = winner != nullptr && !old.delete_at && old.sa != nullptr;
    const Duration grace = waits ? core.patience() : Duration(removal_grace);
    old.remove_at = tunables.key_overlap > Duration::zero() ? end + grace : end;
    core.event("key-replaced", "a newer key has taken its place", fields_of(old));
  }
  core.schedule(old);
}

// Both sides have made a key at once: the one with the lowest nonce goes, by its initiator's Delete
// (RFC 5996 section 2.8.1, profile P-13).
void settle_collision(Core& core, IkeSa& sa, Child& child, Child& other) {
  // The peer may have replaced, by OTHER, one that came during our exchange as well and that it
  // has compared with ours: then OTHER stands for that one.
  const auto& known = child.peer->children;
  const bool lost_before =
      child.made_by_us && std::any_of(known.begin(), known.end(), [&](const auto& before) {
        return !before->made_by_us && before->kind == child.kind &&
               before->protocol == child.protocol && before->state == Child::State::replaced &&
               before->installed > child.begun && ike::goes(core, child.rank, before->rank);
      });
  const bool child_goes = lost_before || ike::goes(core, child.rank, other.rank);
  Child& loser = child_goes ? child : other;
  core.event(sa, "collision",
             std::string("both sides have made a key; ") +
                 (loser.made_by_us ? "ours goes" : "the peer's goes"));
  roll_over(core, loser, loser.made_by_us ? std::optional(core.now) : std::nullopt,
            child_goes ? &other : &child);
}

void meet(Core& core, IkeSa& sa, Child& child, Child& other, Time overlap_end) {
  if (child.made_by_us && other.made_by_us) {
    // Over two IKE SAs they may be finished in another order than they were begun.
    const bool child_is_newer = other.begun < child.begun;
    return child_is_newer ? roll_over(core, other, overlap_end, &child)
                          : roll_over(core, child, overlap_end, &other);
  }
  if (!child.made_by_us && !other.made_by_us)
    return roll_over(core, other, std::nullopt, &child);
  if (other.installed > child.begun)
    return settle_collision(core, sa, child, other);
  const bool we_delete = child.made_by_us || ike::goes(core, other.rank, child.rank);
  roll_over(core, other, we_delete ? std::optional(overlap_end) : std::nullopt, &child);
}

// Those that CHILD meets, other than the one that it replaces.
std::vector<Child*> met_by(const Child& child, const ChildOrigin& origin) {
  std::vector<Child*> met;
  for (const auto& other : child.peer->children) {
    if (other.get() == &child || other.get() == origin.replaces || other->kind != child.kind ||
        other->protocol != child.protocol || other->state != Child::State::live)
      continue;
    // A rekeyed key that we had taken for superseded is one that the peer holds for live.
    const bool contested = origin.replaces != nullptr && origin.replaces->superseded_by;
    if ((origin.rekey && !contested) || child.kind == ChildKind::esp) {
      // A rekey leaves alone what is not named in it, unless it came from the other side meanwhile.
      const bool collides =
          child.made_by_us && (other->made_by_us ? other->begun : other->installed) > child.begun;
      const bool same =
          child.kind == ChildKind::tcp_ao || (child.replaces && other->replaces == child.replaces);
      if (!collides || !same)
        continue;
    }
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

// What had gone in favour of OLD goes in favour of CHILD, which has rekeyed it. Its maker deletes
// them: the peer may see the matter otherwise, and waits for that.
void inherit_superseded(Core& core, const Child& child, const Child& old, Time overlap_end) {
  for (const auto& other : child.peer->children) {
    if (other->superseded_by != old.number)
      continue;
    other->superseded_by = child.number;
    if (child.made_by_us && !other->delete_at && other->sa != nullptr &&
        other->state == Child::State::replaced && core.tunables.rekey_deletes_old_key)
      other->delete_at = overlap_end;
    core.schedule(*other);
  }
}

}  // namespace

void take_place(Core& core, IkeSa& sa, Child& child, const ChildOrigin& origin) {
  if (origin.replaces != nullptr)
    child.replaces = origin.replaces->number;
  const std::vector<Child*> met = met_by(child, origin);
  auto fields = fields_of(child);
  if (const Child* old = origin.replaces != nullptr ? origin.replaces
                         : met.empty()              ? nullptr
                                                    : met.front())
    fields["replaces"] = old->admin_key_name;
  core.event(child.kind == ChildKind::tcp_ao ? "key-installed" : "child-established",
             child.made_by_us ? "as initiator" : "as responder", std::move(fields));

  const Time overlap_end =
      child.kind == ChildKind::esp ? core.now : core.now + core.tunables.key_overlap;
  if (origin.replaces != nullptr) {
    roll_over(core, *origin.replaces, child.made_by_us ? std::optional(overlap_end) : std::nullopt,
              nullptr);
    inherit_superseded(core, child, *origin.replaces, overlap_end);
  }
  for (Child* other : met)
    meet(core, sa, child, *other, overlap_end);
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

void remove_child(Core& core, Child& child, const std::string& why) {
  if (child.kind == ChildKind::tcp_ao) {
    (void)core.table.remove(child.admin_key_name);
    core.event("key-removed", why, fields_of(child));
  } else {
    core.event("child-removed", why, fields_of(child));
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
