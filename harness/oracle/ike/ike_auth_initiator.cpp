#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/certificates.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"
#include "oracle/ike/proof.h"

// IKE_AUTH as initiator, RFC 5996 sections 1.2, 2.15 and 2.21.2, RKMP section 3.2.
//
//   request --IDr, AUTH right, SAr2, TSi, TSr consistent--> IKE SA and child stand
//           --IDr, AUTH right, error about the child--> IKE SA stands without a child
//           --AUTH right, child inconsistent--> Delete of the IKE SA (RKMP 4.1)
//           --AUTH right, SendID in use--> the key is withdrawn, another asked for (profile P-23)
//           --AUTH or IDr wrong--> INFORMATIONAL {N(AUTHENTICATION_FAILED)}, IKE SA ends
//           --error without AUTH--> IKE SA ends
//           --malformed, or an unknown critical payload--> Delete of the IKE SA, which ends
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

namespace {

// Why the responder is not the peer that was called; empty: it is.
std::string why_not_called(Core& core, const IkeSa& sa,
                           const std::vector<wire::Payload>& payloads) {
  const auto& id = body_or_empty<wire::IdPayload>(payloads, PayloadType::IDr);
  const PeerConfig& peer = sa.peer->config;
  if (!core.holds(Check::id_expected,
                  peer.any_identity || name_the_same({id.id_type, id.data}, peer.identity)))
    return "IDr is not the peer's that was called";
  const Octets covered = covered_message(core, sa.init_response);
  const AuthInput input{sa.suite.prf, covered, sa.ni, sa.keys.SK_pr.view()};
  return why_not_authentic(core, sa, peer, payloads, input, id);
}

void end_unauthentic(Core& core, IkeSa& sa, const std::string& why) {
  core.event(sa, "peer-refused", why);
  failed_beside(core, sa.peer, sa);
  // What was asked for in mrkmp_auth, or was to be asked next, waits for nobody who takes his time
  // with what follows.
  if (core.groups != nullptr) {
    const std::vector<std::uint64_t> asks = Core::take_asks(sa);
    std::erase_if(sa.tasks, [](const Task& task) { return task.kind == Task::Kind::group; });
    core.groups->ended(sa, asks, false);
  }
  if (!core.tunables.tell_failed_auth)
    return core.close(sa, "the responder is not authentic");
  // Nothing but this notification goes through such an SA (section 2.21.2).
  sa.unauthentic = true;
  Task task;
  task.kind = Task::Kind::tell;
  task.notify = NotifyType::AUTHENTICATION_FAILED;
  start_informational(core, sa, task);
}

// Makes SA that of the router that has answered, where a group was called. Why it cannot be; empty:
// it is.
std::string join_group(Core& core, IkeSa& sa, const std::vector<wire::Payload>& payloads) {
  const auto& id = body_or_empty<wire::IdPayload>(payloads, PayloadType::IDr);
  Peer* member = core.member_of(*sa.peer, {id.id_type, id.data}, sa.remote);
  if (member == nullptr)
    return "there are too many members of " + sa.peer->config.name;
  if (member != sa.peer)
    core.assign(sa, *member);
  return {};
}

// Whether the SendID that was offered to a group names a key of the member that has answered.
bool is_send_id_taken(const IkeSa& sa) {
  const auto& known = sa.peer->children;
  return sa.first_offer.kind == ChildKind::tcp_ao &&
         std::any_of(known.begin(), known.end(), [&](const auto& child) {
           return child->kind == ChildKind::tcp_ao && child->send_id == sa.first_offer.send_id;
         });
}

void delete_ike(Core& core, IkeSa& sa) {
  Task task;
  task.kind = Task::Kind::delete_ike;
  sa.tasks.push_front(task);
  core.touch(sa);
}

}  // namespace

void give_up_ike_auth(Core& core, IkeSa& sa) {
  // The responder may hold the IKE SA for established (section 2.21.2), and is told that it is
  // not. It may be anybody: nothing else goes through such an SA.
  sa.unauthentic = true;
  Task task;
  task.kind = Task::Kind::delete_ike;
  start_informational(core, sa, task);
}

void start_ike_auth(Core& core, IkeSa& sa) {
  auto child = core.groups != nullptr ? Result<ChildOffer>(ChildOffer{})
                                      : make_child_offer(core, *sa.peer, sa.first_protocol);
  if (!child)
    return core.close(sa, to_string(child.error()));
  const wire::IdPayload id = core.config.identity.payload();
  const Octets covered =
      covered_message(core, core.tunables.auth_over_last ? sa.init_request : sa.first_init_request);
  const AuthInput input{sa.suite.prf, covered, sa.nr, sa.keys.SK_pi.view()};
  auto proof = prove_ourselves(core, sa, sa.peer->config, input, id);
  if (!proof)
    return core.close(sa, "AUTH: " + to_string(proof.error()));

  std::vector<wire::Payload> payloads;
  payloads.push_back(wire::make_payload(PayloadType::IDi, id));
  for (wire::Payload& certificate : proof->certificates)
    payloads.push_back(std::move(certificate));
  if (auto request = certificate_request(core, sa.peer->config.trust.anchors))
    payloads.push_back(*std::move(request));
  if (!sa.peer->config.any_identity)
    payloads.push_back(wire::make_payload(PayloadType::IDr, sa.peer->config.identity.payload()));
  payloads.push_back(wire::make_payload(PayloadType::AUTH, std::move(proof->auth)));
  if (core.groups != nullptr) {
    for (wire::Payload& payload : core.groups->in_auth(sa))
      payloads.push_back(std::move(payload));
  } else {
    payloads.push_back(wire::make_payload(PayloadType::SA, child->sa));
    payloads.push_back(wire::make_payload(PayloadType::TSi, child->tsi));
    payloads.push_back(wire::make_payload(PayloadType::TSr, child->tsr));
  }
  // One that is being closed is active as well, as long as the peer has not answered.
  const auto& known = sa.peer->sas;
  const bool only = std::all_of(known.begin(), known.end(), [&](const IkeSa* other) {
    return other->state != IkeState::established && other->state != IkeState::closing;
  });
  if (core.tunables.send_initial_contact && only)
    payloads.push_back(wire::make_notify(NotifyType::INITIAL_CONTACT));
  sa.first_offer = *std::move(child);
  (void)core.send_request(sa, wire::ExchangeType::IKE_AUTH, std::move(payloads));
  if (core.tunables.reauth_ends_old == EndOfOld::at_auth)
    end_predecessors(core, sa);
}

void on_ike_auth_response(Core& core, IkeSa& sa, const wire::Message& message) {
  const auto& payloads = message.payloads;
  const auto* error = find_error(core, payloads);
  if (wire::find(payloads, PayloadType::AUTH) == nullptr) {
    if (error != nullptr) {
      const std::string name = wire::notify_name(error->type);
      core.event(sa, "error-received", name);
      if (core.tunables.refusal_establishes)
        return core.become_established(sa);
      failed_beside(core, sa.peer, sa);
      return core.close(sa, "IKE_AUTH was refused: " + name);
    }
    if (!core.holds(Check::auth_present, false))
      return end_unauthentic(core, sa, "there is no AUTH");
  }
  if (!core.payloads_fit(payloads, {PayloadType::IDr},
                         {PayloadType::AUTH, PayloadType::SA, PayloadType::TSi, PayloadType::TSr}))
    return end_unauthentic(core, sa, "IKE_AUTH response without what it must hold");
  if (const std::string why = why_not_called(core, sa, payloads); !why.empty())
    return end_unauthentic(core, sa, why);

  if (const std::string why = join_group(core, sa, payloads); !why.empty())
    return end_unauthentic(core, sa, why);
  core.become_established(sa);
  core.event(sa, "ike-sa-established", "as initiator");
  if (core.groups != nullptr) {
    core.groups->auth_answered(sa, payloads);
    sa.first_ask = 0;
    return settle_redundant(core, sa);
  }
  if (error != nullptr) {
    core.event(sa, "child-refused", wire::notify_name(error->type),
               {{"notify", std::to_string(error->type)}});
    if (!core.tunables.child_failure_keeps_ike)
      return delete_ike(core, sa);
    if (core.tunables.keyless_life > Duration::zero())
      sa.keyless_until = core.now + core.tunables.keyless_life;
    if (error->type == static_cast<std::uint16_t>(NotifyType::NO_PROPOSAL_CHOSEN)) {
      Task task;
      task.kind = Task::Kind::create_child;
      task.protocol = sa.first_protocol;
      try_another_send_id(core, sa, task);
    }
    return settle_redundant(core, sa);
  }
  const bool complete =
      core.payloads_fit(payloads, {PayloadType::SA, PayloadType::TSi, PayloadType::TSr}, {});
  auto settled = check_child_answer(core, sa, sa.first_offer, payloads);
  if (complete && std::holds_alternative<ChildChoice>(settled) && is_send_id_taken(sa)) {
    ChildRefusal taken;
    taken.why = "the SendID that was offered names a key already";
    taken.another_id = true;
    settled = taken;
  }
  if (const auto* refusal = std::get_if<ChildRefusal>(&settled); refusal != nullptr || !complete) {
    core.event(sa, "child-refused",
               complete ? refusal->why : "SAr2, TSi or TSr is not there or comes twice");
    if (complete && refusal->another_id) {
      Task task;
      task.kind = Task::Kind::create_child;
      task.protocol = sa.first_protocol;
      try_another_send_id(core, sa, task);
      withdraw_half_made(core, sa, sa.first_offer, payloads);
      return settle_redundant(core, sa);
    }
    if (core.tunables.close_after_inconsistent)
      delete_ike(core, sa);
    return;
  }
  Child* made = install_child(core, sa, std::get<ChildChoice>(settled), {sa.ni, sa.nr, {}},
                              {true, sa.begun, false, nullptr, true});
  withdraw_if_overtaken(core, made, sa.first_withdrawn);
  settle_redundant(core, sa);
}

}  // namespace karpspec::oracle::ike
