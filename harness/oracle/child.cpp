#include "oracle/child.h"

#include <algorithm>

#include "base/writer.h"
#include "oracle/rkmp/master_key.h"

namespace karpspec::oracle {

namespace {

Octets lower_of(OctetView a, OctetView b) {
  const bool first = std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  const OctetView lower = first ? a : b;
  return {lower.begin(), lower.end()};
}

}  // namespace

std::optional<Time> time_to_rekey(const Core& core, const Child& child) {
  const Tunables& tunables = core.tunables;
  if (tunables.rekey_key_after > Duration::zero())
    return child.made_by_us ? std::optional(child.made + tunables.rekey_key_after) : std::nullopt;
  if (child.kind != ChildKind::tcp_ao || !tunables.rekey_before_end)
    return std::nullopt;
  const Duration life = core.kmdb.life(*child.peer, child.protocol);
  if (life <= Duration::zero())
    return std::nullopt;
  // Its maker comes first, so that of two equal lives one side acts.
  return child.made + life / 10 * (child.made_by_us ? 8 : 9);
}

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
                     const ChildOrigin& origin) {
  auto made = std::make_unique<Child>();
  Child& child = *made;
  child.number = core.next_child++;
  child.peer = sa.peer;
  child.sa = &sa;
  child.made = core.now;
  child.kind = choice.kind;
  child.made_by_us = origin.made_by_us;
  child.begun = origin.begun;
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
  child.initial = origin.initial;
  const auto installed = child.kind == ChildKind::tcp_ao ? rkmp::install_key(core, sa, child, input)
                                                         : ike::install_esp(sa, child, input);
  if (!installed) {
    core.event(sa, "child-refused", "its keys: " + to_string(installed.error()));
    return nullptr;
  }
  child.installed = core.next_order();
  child.rekey_at = time_to_rekey(core, child);
  const Duration life = core.kmdb.life(*sa.peer, child.protocol);
  if (child.kind == ChildKind::tcp_ao && life > Duration::zero())
    child.remove_at = core.now + life + core.tunables.key_overlap + removal_grace;
  sa.peer->children.push_back(std::move(made));
  core.children.emplace(child.number, &child);
  sa.keyless_until.reset();
  core.touch(sa);
  take_place(core, sa, child, origin);
  core.schedule(child);
  return &child;
}

Octets own_spi_of(const Child& child) {
  if (child.kind == ChildKind::tcp_ao)
    return {child.recv_id};
  return octets_of(child.spi_in);
}

std::uint8_t wire_protocol_of(const Core& core, ChildKind kind) {
  return kind == ChildKind::tcp_ao ? core.config.numbers.tcp_ao_protocol
                                   : static_cast<std::uint8_t>(wire::ProtocolId::ESP);
}

Octets peers_spi_of(const Child& child) {
  if (child.kind == ChildKind::tcp_ao)
    return {child.send_id};
  return octets_of(child.spi_out);
}

Child* find_by_peers_spi(const Peer& peer, ChildKind kind, const Octets& spi) {
  for (const auto& child : peer.children)
    if (child->kind == kind && peers_spi_of(*child) == spi)
      return child.get();
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

}  // namespace karpspec::oracle
