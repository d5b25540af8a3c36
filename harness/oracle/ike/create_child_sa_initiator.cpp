#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"

// CREATE_CHILD_SA for a new or a rekeyed child, as initiator: RFC 5996 sections 1.3.1, 1.3.3, 2.8
// and 2.25, RKMP section 3.3.
//
//   request --SAr, Nr, [KEr,] TSi, TSr consistent--> child stands, the old one rolls over
//           --inconsistent--> exchange failed; Delete for the half-made child (profile P-22); where
//                             it is the SendID that does not fit, once again
//           --N(TEMPORARY_FAILURE)--> again after a while
//           --N(CHILD_SA_NOT_FOUND)--> the old child goes, a new one is asked for; nothing, where
//           it
//                                      has been replaced or withdrawn meanwhile (section 2.8.1)
//           --N(NO_ADDITIONAL_SAS)--> another IKE SA makes it (profile P-60)
//           --N(NO_PROPOSAL_CHOSEN)--> again with another SendID (profile P-23), a few times
//           --N(INVALID_SYNTAX)--> the IKE SA ends
//           --any other error--> exchange failed, everything else stands
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

void withdraw_half_made(Core& core, IkeSa& sa, const ChildOffer& offer,
                        const std::vector<wire::Payload>& payloads) {
  Task task;
  task.kind = Task::Kind::delete_child;
  if (offer.kind == ChildKind::esp) {
    task.half_made_spi = octets_of(offer.spi);
  } else {
    // What we would receive with: the SendID of the answer, where it has one.
    const auto& answered = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
    if (answered.proposals.empty())
      return;
    const auto* transforms =
        std::get_if<std::vector<wire::TcpAoTransform>>(&answered.proposals.front().transforms);
    if (transforms == nullptr || transforms->empty())
      return;
    task.half_made_spi = Octets{transforms->front().send_id};
  }
  sa.tasks.push_front(task);
  core.touch(sa);
}

void try_another_send_id(Core& core, IkeSa& sa, Task task) {
  const bool of_key = task.kind == Task::Kind::create_child || task.kind == Task::Kind::rekey_child;
  if (!of_key || sa.peer->config.child != ChildKind::tcp_ao ||
      ++task.send_ids > core.tunables.send_id_retries)
    return;
  // What the peer knows from before a restart has neighbours.
  sa.peer->next_send_id = core.random.octets(1).front();
  sa.tasks.push_back(task);
  core.touch(sa);
}

void start_create_child_sa(Core& core, IkeSa& sa, const Task& task) {
  Child* old = task.kind == Task::Kind::rekey_child ? find_child(core, task.child) : nullptr;
  if (task.kind == Task::Kind::rekey_child &&
      (old == nullptr || old->state != Child::State::live || old->deleting))
    return core.event(sa, "child-refused", "the child to be rekeyed stands no longer");
  const std::uint8_t protocol = old != nullptr ? old->protocol : task.protocol;
  if (task.asked != 0 && sa.peer->config.child == ChildKind::tcp_ao)
    if (const Child* newest = newest_child(*sa.peer, protocol);
        newest != nullptr && newest->installed > task.asked)
      return core.event(sa, "child-refused", "the peer has made one meanwhile");
  auto offer = make_child_offer(core, *sa.peer, protocol);
  if (!offer)
    return core.event(sa, "child-refused", to_string(offer.error()));

  std::vector<wire::Payload> payloads;
  if (old != nullptr) {
    old->rekeying = true;
    payloads.push_back(wire::make_notify(NotifyType::REKEY_SA, {},
                                         wire_protocol_of(core, old->kind), own_spi_of(*old)));
  }
  payloads.push_back(wire::make_payload(PayloadType::SA, offer->sa));
  payloads.push_back(
      wire::make_payload(PayloadType::Nonce, wire::NoncePayload{core.fresh_nonce()}));
  Exchange state;
  state.task = task;
  if (task.with_ke) {
    auto pair = crypto::DhKeyPair::generate(sa.suite.dh, core.random);
    if (!pair)
      return core.event(sa, "child-refused", to_string(pair.error()));
    payloads.push_back(wire::make_payload(
        PayloadType::KE,
        wire::KePayload{static_cast<std::uint16_t>(sa.suite.dh), 0, pair->ke_data()}));
    state.dh = *std::move(pair);
  }
  payloads.push_back(wire::make_payload(PayloadType::TSi, offer->tsi));
  payloads.push_back(wire::make_payload(PayloadType::TSr, offer->tsr));
  state.offer = *std::move(offer);
  state.begun = core.next_order();
  Exchange& sent = core.send_request(sa, wire::ExchangeType::CREATE_CHILD_SA, std::move(payloads),
                                     std::move(state));
  sent.nonce =
      body_or_empty<wire::NoncePayload>(sent.outgoing.message.payloads, PayloadType::Nonce).data;
}

// The peer does no CREATE_CHILD_SA, or no more of it: what is wanted all the same comes of another
// IKE SA (RFC 5996 section 4, profile P-60).
void make_elsewhere(Core& core, IkeSa& sa, const Exchange& exchange) {
  if (!core.tunables.new_ike_sa_when_refused || sa.peer->config.child != ChildKind::tcp_ao ||
      core.opening_with(*sa.peer) != nullptr)
    return;
  if (exchange.task.kind == Task::Kind::rekey_ike)
    return start_reauthentication(core, *sa.peer);
  start_in_place_of(core, *sa.peer, sa, {exchange.offer.protocol});
}

void on_create_child_sa_refused(Core& core, IkeSa& sa, const Exchange& exchange,
                                std::uint16_t notify, const Octets& data) {
  const Task& task = exchange.task;
  Child* old = task.kind == Task::Kind::rekey_child ? find_child(core, task.child) : nullptr;
  if (old != nullptr)
    old->rekeying = false;
  const std::string name = notify == 0 ? "the answer is of no use" : wire::notify_name(notify);
  core.event(sa, task.kind == Task::Kind::rekey_ike ? "rekey-refused" : "child-refused", name,
             {{"notify", std::to_string(notify)}});
  core.touch(sa);
  if (task.kind == Task::Kind::rekey_ike)
    settle_for_theirs(core, sa);
  switch (static_cast<NotifyType>(notify)) {
    case NotifyType::TEMPORARY_FAILURE:
      if (task.kind == Task::Kind::rekey_ike && sa.replaced)
        return;  // the peer has done it meanwhile
      if (task.tries < core.tunables.temporary_failure_tries) {
        Task again = task;
        ++again.tries;
        if (task.kind == Task::Kind::create_child && task.asked == 0)
          again.asked = exchange.begun;
        // Of two that have refused each other, the one with the lower nonce waits longer; and up to
        // a quarter more, so that two sides do not keep colliding.
        const bool yields =
            std::any_of(exchange.refused.begin(), exchange.refused.end(),
                        [&](const Octets& theirs) { return goes(core, exchange.nonce, theirs); });
        const Duration delay = core.tunables.temporary_failure_delay * (yields ? 2 : 1);
        const auto jitter =
            static_cast<std::int64_t>(core.random.u64() % 1024) * (delay.count() / 4) / 1024;
        again.not_before = core.now + delay + Duration{jitter};
        sa.tasks.push_back(again);
      }
      return;
    case NotifyType::CHILD_SA_NOT_FOUND:
      if (old != nullptr &&
          (old->state == Child::State::live || !core.tunables.not_found_heeds_crossing)) {
        Task fresh;
        fresh.kind = Task::Kind::create_child;
        fresh.protocol = old->protocol;
        remove_child(core, *old, "the peer does not know it");
        if (core.tunables.not_found_makes_anew)
          sa.tasks.push_back(fresh);
      }
      return;
    case NotifyType::NO_ADDITIONAL_SAS:
      return make_elsewhere(core, sa, exchange);
    case NotifyType::INVALID_KE_PAYLOAD:
      if (task.kind == Task::Kind::rekey_ike && data.size() == 2 && task.group == DhGroup::NONE) {
        Task again = task;
        again.group = static_cast<DhGroup>(data[0] << 8 | data[1]);
        const auto& suites = core.config.ike_proposals;
        const bool offered = std::any_of(suites.begin(), suites.end(), [&](const auto& suite) {
          return suite.dh == again.group;
        });
        const bool fresh = !exchange.dh || exchange.dh->group() != again.group;
        if (core.holds(Check::invalid_ke_group, offered && fresh))
          sa.tasks.push_front(again);
      }
      return;
    case NotifyType::NO_PROPOSAL_CHOSEN:
      if (!core.tunables.child_failure_keeps_ike)
        return core.close(sa, "a child was refused");
      return try_another_send_id(core, sa, task);
    case NotifyType::INVALID_SYNTAX:
      if (core.tunables.invalid_syntax_closes)
        core.close(sa, "the peer calls our request malformed");
      return;
    default:
      if (!core.tunables.child_failure_keeps_ike)
        core.close(sa, "a child was refused");
      if (core.tunables.another_send_id_always)
        try_another_send_id(core, sa, task);
      return;
  }
}

void on_create_child_sa_response(Core& core, IkeSa& sa, Exchange& exchange,
                                 const wire::Message& message) {
  const auto& payloads = message.payloads;
  if (const auto* error = find_error(core, payloads))
    return on_create_child_sa_refused(core, sa, exchange, error->type, error->data);
  const auto failed = [&](const std::string& why) {
    core.event(sa, "malformed", why);
    on_create_child_sa_refused(core, sa, exchange, 0, {});
    withdraw_half_made(core, sa, exchange.offer, payloads);
  };
  if (!core.payloads_fit(payloads,
                         {PayloadType::SA, PayloadType::Nonce, PayloadType::TSi, PayloadType::TSr},
                         {PayloadType::KE}))
    return failed("CREATE_CHILD_SA response without what it must hold");
  const auto& nr = body_or_empty<wire::NoncePayload>(payloads, PayloadType::Nonce).data;
  if (!core.nonce_fits(nr, sa.suite.prf))
    return failed("Nr has a wrong size");
  auto settled = check_child_answer(core, sa, exchange.offer, payloads);
  if (const auto* refusal = std::get_if<ChildRefusal>(&settled)) {
    failed(refusal->why);
    if (refusal->another_id)
      try_another_send_id(core, sa, exchange.task);
    return;
  }
  Secret g_ir;
  if (exchange.dh) {
    const auto& ke = body_or_empty<wire::KePayload>(payloads, PayloadType::KE);
    if (!core.holds(Check::ke_group_response,
                    ke.group == static_cast<std::uint16_t>(exchange.dh->group())))
      return failed("KEr is not there or in another group");
    auto agreed = core.agree(*exchange.dh, ke);
    if (!agreed)
      return failed("KEr: " + to_string(agreed.error()));
    g_ir = *std::move(agreed);
  }
  Child* old = exchange.task.kind == Task::Kind::rekey_child ? find_child(core, exchange.task.child)
                                                             : nullptr;
  const bool rekey = exchange.task.kind == Task::Kind::rekey_child;
  Child* made =
      install_child(core, sa, std::get<ChildChoice>(settled), {exchange.nonce, nr, g_ir.view()},
                    {true, exchange.begun, rekey, old});
  withdraw_if_overtaken(core, made, exchange.withdrawn);
}

}  // namespace karpspec::oracle::ike
