#include "oracle/child.h"

#include <algorithm>

#include "oracle/ike/habits.h"
#include "oracle/rkmp/master_key.h"

namespace karpspec::oracle {

namespace {

// How long a row whose lifetimes are over is kept for a Delete that may still come.
constexpr std::chrono::seconds removal_grace{10};

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

Octets lower_of(OctetView a, OctetView b) {
  const bool first = std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  const OctetView lower = first ? a : b;
  return {lower.begin(), lower.end()};
}

// The old key is accepted until the overlap is over; whoever has to then deletes it at DELETE_AT
// (profile P-11, P-13, P-14).
void roll_over(Core& core, Child& old, std::optional<Time> delete_at) {
  old.rekeying = false;
  old.rekey_at.reset();
  if (old.state == Child::State::live)
    old.state = Child::State::replaced;
  if (delete_at && core.tunables.rekey_deletes_old_key && old.sa != nullptr)
    old.delete_at = delete_at;
  if (old.kind == ChildKind::tcp_ao) {
    const Time end = core.now + core.tunables.key_overlap;
    if (keytable::Row* row = core.table.find(old.admin_key_name)) {
      row->send_lifetime_end =
          std::max(std::min(row->send_lifetime_end, end), row->send_lifetime_start);
      row->accept_lifetime_end = std::min(row->accept_lifetime_end, end);
    }
    // Without an overlap there is nothing to wait for either.
    old.remove_at = core.tunables.key_overlap > Duration::zero() ? end + removal_grace : end;
    core.event("key-replaced", "a newer key has taken its place", fields_of(old));
  }
  core.schedule(old);
}

// Whether CHILD was made by the IKE_AUTH of an SA that was being set up while SA was, from the
// other side.
bool is_simultaneous(const Child& child, const IkeSa& sa) {
  const IkeSa* other = child.sa;
  return other != nullptr && other != &sa && other->initiator != sa.initiator &&
         !other->stood_before(sa) && child.lowest_nonce == lower_of(other->ni, other->nr);
}

}  // namespace

Result<ChildOffer> make_child_offer(Core& core, Peer& peer, std::uint8_t protocol) {
  return peer.config.child == ChildKind::tcp_ao ? rkmp::make_key_offer(core, peer, protocol)
                                                : ike::make_esp_offer(core, peer);
}

ChildResult<ChildChoice> choose_child(Core& core, IkeSa& sa,
                                      const std::vector<wire::Payload>& payloads,
                                      const Child* replaces) {
  return sa.peer->config.child == ChildKind::tcp_ao ? rkmp::choose_key(core, sa, payloads, replaces)
                                                    : ike::choose_esp(core, sa, payloads);
}

ChildResult<ChildChoice> check_child_answer(Core& core, IkeSa& sa, const ChildOffer& offer,
                                            const std::vector<wire::Payload>& payloads) {
  return offer.kind == ChildKind::tcp_ao ? rkmp::check_key_answer(core, sa, offer, payloads)
                                         : ike::check_esp_answer(core, sa, offer, payloads);
}

Child* install_child(Core& core, IkeSa& sa, const ChildChoice& choice, const KeyInput& input,
                     bool made_by_us, Child* replaces) {
  auto made = std::make_unique<Child>();
  Child& child = *made;
  child.number = core.next_child++;
  child.peer = sa.peer;
  child.sa = &sa;
  child.kind = choice.kind;
  child.made_by_us = made_by_us;
  child.protocol = choice.protocol;
  child.send_id = choice.send_id;
  child.recv_id = choice.recv_id;
  child.auth_alg = choice.auth_alg;
  child.kdf = choice.kdf;
  child.exclude_options = choice.exclude_options;
  child.spi_in = choice.spi_in;
  child.spi_out = choice.spi_out;
  child.esp = choice.esp;
  child.lowest_nonce = lower_of(input.ni, input.nr);
  const auto installed = child.kind == ChildKind::tcp_ao ? rkmp::install_key(core, sa, child, input)
                                                         : ike::install_esp(sa, child, input);
  if (!installed) {
    core.event(sa, "child-refused", "its keys: " + to_string(installed.error()));
    return nullptr;
  }
  // A new IKE_AUTH for a protocol that has a key starts a rollover too (profile P-14).
  std::vector<Child*> old;
  if (replaces != nullptr)
    old.push_back(replaces);
  else if (child.kind == ChildKind::tcp_ao)
    for (const auto& other : sa.peer->children)
      if (other->kind == ChildKind::tcp_ao && other->protocol == child.protocol &&
          other->state == Child::State::live)
        old.push_back(other.get());
  if (!old.empty())
    child.replaces = old.front()->number;
  sa.peer->children.push_back(std::move(made));
  core.children.emplace(child.number, &child);
  sa.keyless_until.reset();
  core.touch(sa);

  auto fields = fields_of(child);
  if (!old.empty())
    fields["replaces"] = old.front()->admin_key_name;
  core.event(child.kind == ChildKind::tcp_ao ? "key-installed" : "child-established",
             made_by_us ? "as initiator" : "as responder", std::move(fields));
  const Time overlap_end =
      child.kind == ChildKind::esp ? core.now : core.now + core.tunables.key_overlap;
  for (Child* other : old) {
    if (replaces == nullptr && is_simultaneous(*other, sa)) {
      // Initial exchanges from both sides at once: the key with the lowest nonce goes, by its
      // initiator's Delete (profile P-13).
      Child& loser = ike::goes(core, child.lowest_nonce, other->lowest_nonce) ? child : *other;
      core.event(sa, "collision", "both sides have made a key; one goes");
      roll_over(core, loser, loser.made_by_us ? std::optional(core.now) : std::nullopt);
    } else {
      roll_over(core, *other, made_by_us ? std::optional(overlap_end) : std::nullopt);
    }
  }
  if (made_by_us && core.tunables.rekey_key_after > Duration::zero())
    child.rekey_at = core.now + core.tunables.rekey_key_after;
  if (child.kind == ChildKind::tcp_ao && core.tunables.key_life > Duration::zero() &&
      !child.remove_at)
    child.remove_at = core.now + core.tunables.key_life + core.tunables.key_overlap + removal_grace;
  core.schedule(child);
  return &child;
}

Octets own_spi_of(const Child& child) {
  if (child.kind == ChildKind::tcp_ao)
    return {child.recv_id};
  return {static_cast<std::uint8_t>(child.spi_in >> 24),
          static_cast<std::uint8_t>(child.spi_in >> 16),
          static_cast<std::uint8_t>(child.spi_in >> 8), static_cast<std::uint8_t>(child.spi_in)};
}

std::uint8_t wire_protocol_of(const Core& core, ChildKind kind) {
  return kind == ChildKind::tcp_ao ? core.config.numbers.tcp_ao_protocol
                                   : static_cast<std::uint8_t>(wire::ProtocolId::ESP);
}

Child* find_by_peers_spi(const Peer& peer, ChildKind kind, const Octets& spi) {
  for (const auto& child : peer.children) {
    if (child->kind != kind)
      continue;
    const Octets inbound_of_peer = kind == ChildKind::tcp_ao
                                       ? Octets{child->send_id}
                                       : Octets{static_cast<std::uint8_t>(child->spi_out >> 24),
                                                static_cast<std::uint8_t>(child->spi_out >> 16),
                                                static_cast<std::uint8_t>(child->spi_out >> 8),
                                                static_cast<std::uint8_t>(child->spi_out)};
    if (inbound_of_peer == spi)
      return child.get();
  }
  return nullptr;
}

Child* find_child(Core& core, std::uint64_t number) {
  const auto at = core.children.find(number);
  return at == core.children.end() ? nullptr : at->second;
}

Child* newest_child(const Peer& peer, std::uint8_t protocol) {
  for (auto child = peer.children.rbegin(); child != peer.children.rend(); ++child)
    if ((*child)->state == Child::State::live && !(*child)->deleting &&
        ((*child)->kind == ChildKind::esp || (*child)->protocol == protocol))
      return child->get();
  return nullptr;
}

void withdraw_child(Core& core, Child& child) {
  if (child.kind == ChildKind::esp)
    return remove_child(core, child, "withdrawn by the peer");
  child.state = Child::State::withdrawn;
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
