#include <algorithm>
#include <utility>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"
#include "oracle/ike/negotiation.h"
#include "oracle/ike/rekey_keys.h"
#include "wire/spi_text.h"

// Rekeying an IKE SA as initiator, RFC 5996 sections 1.3.2, 2.8 and 2.18.
//
//   old SA --{SAi, Ni, KEi}--> answered --> new SA inherits the children; Delete of the old SA
//   both sides at once: two new SAs; the one with the lowest nonce is closed by its initiator, the
//   other inherits (section 2.8.2)
//   an SA that the peer has to close and does not, since it has forgotten it: we do, after a while
namespace karpspec::oracle::ike {

using wire::PayloadType;

namespace {

void delete_after(Core& core, IkeSa& sa) {
  sa.keyless_until.reset();
  Task task;
  task.kind = Task::Kind::delete_ike;
  sa.tasks.push_back(task);
  core.touch(sa);
}

// What the peer has made of SA while we were rekeying it too, if that still stands.
IkeSa* peers_replacement(const Core& core, const IkeSa& sa) {
  IkeSa* theirs = core.find_number(sa.peers_replacement);
  return theirs != nullptr && theirs->state == IkeState::established ? theirs : nullptr;
}

}  // namespace

void await_end(Core& core, IkeSa& sa) {
  sa.keyless_until = core.now + core.patience();
  core.touch(sa);
}

void settle_for_theirs(Core& core, IkeSa& sa) {
  IkeSa* theirs = peers_replacement(core, sa);
  if (theirs == nullptr || sa.replaced)
    return;
  theirs->replaced = false;
  inherit(core, sa, *theirs);
  await_end(core, sa);
}

void inherit(Core& core, IkeSa& old, IkeSa& replacement) {
  old.replaced = true;
  old.keyless_until.reset();
  replacement.in_place_of = std::exchange(old.in_place_of, 0);
  replacement.origin = old.origin;
  for (Task& task : old.tasks)
    if (task.kind != Task::Kind::rekey_ike)
      replacement.tasks.push_back(std::move(task));
  old.tasks.clear();
  if (core.tunables.rekey_keeps_children)
    for (const auto& child : old.peer->children)
      if (child->sa == &old)
        child->sa = &replacement;
  core.touch(replacement);
  core.event(replacement, "ike-sa-rekeyed", "it has taken the place of an older IKE SA",
             {{"old_spi_i", wire::spi_text(old.spi_i)}, {"old_spi_r", wire::spi_text(old.spi_r)}});
}

void start_ike_rekey(Core& core, IkeSa& sa, const Task& task) {
  std::vector<crypto::IkeSuite> suites = core.config.ike_proposals;
  const DhGroup group = task.group != DhGroup::NONE ? task.group : suites.front().dh;
  auto pair = crypto::DhKeyPair::generate(group, core.random);
  if (!pair)
    return core.event(sa, "rekey-refused", to_string(pair.error()));
  Exchange state;
  state.task = task;
  state.new_spi = core.fresh_spi();
  state.ike_offer = offer(suites, octets_of(state.new_spi));
  std::vector<wire::Payload> payloads;
  payloads.push_back(wire::make_payload(PayloadType::SA, state.ike_offer));
  payloads.push_back(
      wire::make_payload(PayloadType::Nonce, wire::NoncePayload{core.fresh_nonce()}));
  payloads.push_back(wire::make_payload(
      PayloadType::KE, wire::KePayload{static_cast<std::uint16_t>(group), 0, pair->ke_data()}));
  state.dh = *std::move(pair);
  Exchange& sent = core.send_request(sa, wire::ExchangeType::CREATE_CHILD_SA, std::move(payloads),
                                     std::move(state));
  sent.nonce =
      body_or_empty<wire::NoncePayload>(sent.outgoing.message.payloads, PayloadType::Nonce).data;
}

void on_ike_rekey_response(Core& core, IkeSa& sa, Exchange& exchange,
                           const wire::Message& message) {
  const auto& payloads = message.payloads;
  if (const auto* error = find_error(core, payloads))
    return on_create_child_sa_refused(core, sa, exchange, error->type, error->data);
  const auto failed = [&](const std::string& why) {
    core.event(sa, "malformed", why);
    on_create_child_sa_refused(core, sa, exchange, 0, {});
  };
  if (!core.payloads_fit(payloads, {PayloadType::SA, PayloadType::Nonce, PayloadType::KE}, {}))
    return failed("the answer to rekeying the IKE SA lacks what it must hold");
  const auto& answered = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
  auto choice = check_answer(exchange.ike_offer, answered);
  if (!choice) {
    if (answered.proposals.empty() ||
        !core.holds(Check::ike_proposal_single, answered.proposals.size() == 1) ||
        !core.holds(Check::ike_proposal_consistent, false))
      return failed(to_string(choice.error()));
    const wire::Proposal& proposal = answered.proposals.front();
    const auto suites = suites_in(proposal);
    if (suites.empty() || !crypto::is_supported(suites.front()))
      return failed("the answered suite cannot be computed");
    choice = IkeChoice{suites.front(), proposal.number, proposal.spi};
  }
  const auto peers_spi = spi_from(choice->spi);
  if (!core.holds(Check::ike_spi_size, peers_spi.has_value()))
    return failed("the SPI of the new IKE SA has not 8 octets or is zero");
  const auto& nr = body_or_empty<wire::NoncePayload>(payloads, PayloadType::Nonce).data;
  if (!core.nonce_fits(nr, choice->suite.prf))
    return failed("Nr has a wrong size");
  const auto& ke = body_or_empty<wire::KePayload>(payloads, PayloadType::KE);
  if (!core.holds(Check::ke_group_response,
                  ke.group == static_cast<std::uint16_t>(choice->suite.dh) &&
                      choice->suite.dh == exchange.dh->group()))
    return failed("KEr is not in the group of the answered suite");
  const auto g_ir = core.agree(*exchange.dh, ke);
  if (!g_ir)
    return failed("KEr: " + to_string(g_ir.error()));

  const RekeyedSa plan{
      choice->suite, exchange.new_spi, peers_spi.value_or(1), exchange.nonce, nr, g_ir->view(),
      true};
  IkeSa* made = make_rekeyed_sa(core, sa, plan);
  if (made == nullptr)
    return;
  IkeSa* theirs = peers_replacement(core, sa);
  if (theirs != nullptr) {
    const Octets& ours_low = std::min(exchange.nonce, nr);
    const bool ours_goes = goes(core, ours_low, sa.peers_lowest_nonce);
    core.event(sa, "collision",
               ours_goes ? "both sides rekeyed the IKE SA; ours goes"
                         : "both sides rekeyed the IKE SA; theirs goes");
    if (ours_goes) {
      made->replaced = true;
      settle_for_theirs(core, sa);  // and the peer deletes the old SA
      return delete_after(core, *made);
    }
    await_end(core, *theirs);
  }
  inherit(core, sa, *made);
  if (core.tunables.rekey_deletes_old_ike)
    delete_after(core, sa);
}

}  // namespace karpspec::oracle::ike
