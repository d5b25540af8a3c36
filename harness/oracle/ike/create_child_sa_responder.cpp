#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"

// CREATE_CHILD_SA as responder: RFC 5996 sections 1.3, 2.8 and 2.25, RKMP section 3.3.
//
//   request without TS, for protocol IKE --> ike_rekey_responder.cpp
//           --child acceptable--> {SAr, Nr, [KEr,] TSi, TSr}
//           --refused--> {N(error)}; the IKE SA and what it has made stand
//           --malformed--> {N(INVALID_SYNTAX)}; the IKE SA ends (section 2.21.3)
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

namespace {

struct Refusal {
  NotifyType notify;
  std::string why;
  Octets data;
};

void refuse(Core& core, IkeSa& sa, const wire::Header& request, const Refusal& refusal) {
  core.event(sa, "child-refused", refusal.why,
             {{"notify", std::to_string(static_cast<unsigned>(refusal.notify))}});
  core.send_error(sa, request, refusal.notify, refusal.data);
  if (refusal.notify == NotifyType::INVALID_SYNTAX && core.tunables.invalid_syntax_closes)
    core.close(sa, "a malformed request");
  else if (!core.tunables.child_failure_keeps_ike)
    core.close(sa, "a child was refused");
}

// What stands in the way of any CREATE_CHILD_SA, whatever it holds.
std::optional<Refusal> in_the_way(Core& core, const IkeSa& sa, bool ike_rekey) {
  if (core.tunables.temporary_failure)
    return Refusal{NotifyType::TEMPORARY_FAILURE, "TEMPORARY_FAILURE by configuration", {}};
  const bool closing = sa.state == IkeState::closing || sa.doing(Task::Kind::delete_ike);
  if (!core.holds(Check::collision_close, !closing))
    return Refusal{NotifyType::TEMPORARY_FAILURE, "the IKE SA is being closed", {}};
  const bool clash = sa.replaced || (ike_rekey ? sa.doing(Task::Kind::create_child) ||
                                                     sa.doing(Task::Kind::rekey_child) ||
                                                     sa.doing(Task::Kind::delete_child)
                                               : sa.doing(Task::Kind::rekey_ike));
  if (!core.holds(Check::collision_rekey, !clash))
    return Refusal{NotifyType::TEMPORARY_FAILURE, "it collides with a request of ours", {}};
  if (ike_rekey ? core.tunables.refuse_ike_rekey : core.tunables.refuse_new_children)
    return Refusal{NotifyType::NO_ADDITIONAL_SAS, "NO_ADDITIONAL_SAS by configuration", {}};
  return std::nullopt;
}

// Whether SPI names a key that we have asked for: the peer may have it before its answer is here.
bool awaits(const Peer& peer, const Octets& spi) {
  return std::any_of(peer.sas.begin(), peer.sas.end(), [&](const IkeSa* sa) {
    if (sa->state == IkeState::auth_sent && Octets{sa->first_offer.send_id} == spi)
      return true;
    return std::any_of(sa->outstanding.begin(), sa->outstanding.end(),
                       [&](const Exchange& exchange) {
                         return exchange.begun != 0 && Octets{exchange.offer.send_id} == spi;
                       });
  });
}

// The child that REKEY_SA names; nullptr when there is no REKEY_SA.
std::variant<Child*, Refusal> rekeyed_child(Core& core, const IkeSa& sa,
                                            const std::vector<wire::Payload>& payloads) {
  const auto* rekey = wire::find_notify(payloads, NotifyType::REKEY_SA);
  if (rekey == nullptr)
    return static_cast<Child*>(nullptr);
  const ChildKind kind =
      rekey->protocol == core.config.numbers.tcp_ao_protocol ? ChildKind::tcp_ao : ChildKind::esp;
  Child* child = find_by_peers_spi(*sa.peer, kind, rekey->spi);
  if (child != nullptr && !core.tunables.keys_change_ike_sa && child->sa != &sa)
    child = nullptr;
  if (child == nullptr && kind == ChildKind::tcp_ao && awaits(*sa.peer, rekey->spi))
    return Refusal{NotifyType::TEMPORARY_FAILURE, "the answer about that key has not come yet", {}};
  // The peer may hold for live what we are to delete.
  const bool closing = child != nullptr && (child->deleting || child->delete_at);
  const bool known = child != nullptr && rekey->protocol == wire_protocol_of(core, kind) &&
                     (child->state == Child::State::live || child->superseded_by || closing);
  if (!core.holds(Check::rekey_sa_known, known))
    return Refusal{NotifyType::CHILD_SA_NOT_FOUND, "REKEY_SA names no child", {}};
  if (child != nullptr && !core.holds(Check::collision_close, !closing))
    return Refusal{NotifyType::TEMPORARY_FAILURE, "the child is being closed", {}};
  return child;
}

// Whether a key for PROTOCOL collides with our own request for one, which is unanswered. Two rekeys
// of one key do not (RFC 5996 section 2.25.1).
bool collides(Core& core, const IkeSa& sa, std::uint8_t protocol, const Child* rekeyed,
              const Octets& ni) {
  if (core.tunables.collision_of_all_keys && sa.doing(Task::Kind::create_child))
    return true;
  if (sa.peer->config.child != ChildKind::tcp_ao || !core.asks_for(*sa.peer, protocol, nullptr))
    return false;
  bool same = false;
  for (IkeSa* other : sa.peer->sas)
    for (Exchange& exchange : other->outstanding)
      if (exchange.begun != 0 && exchange.offer.protocol == protocol) {
        exchange.refused.push_back(ni);
        same = same || (rekeyed != nullptr && exchange.task.kind == Task::Kind::rekey_child &&
                        exchange.task.child == rekeyed->number);
      }
  return !core.holds(Check::collision_key, same);
}

// g^ir and KEr, where the request has a KE payload that counts.
struct KeAnswer {
  std::optional<wire::KePayload> ke;
  Secret g_ir;
};
std::variant<KeAnswer, Refusal> answer_ke(Core& core, const IkeSa& sa,
                                          const std::vector<wire::Payload>& payloads) {
  KeAnswer result;
  const wire::Payload* payload = wire::find(payloads, PayloadType::KE);
  // An ESP offer without a DH transform makes KE meaningless (section 1.3.1).
  if (payload == nullptr || sa.peer->config.child == ChildKind::esp)
    return result;
  const auto& ke = body_or_empty<wire::KePayload>(payloads, PayloadType::KE);
  const auto group = static_cast<std::uint16_t>(sa.suite.dh);
  // RKMP's transform names no group: it is the IKE SA's (profile P-05).
  if (!core.holds(Check::ke_group, ke.group == group))
    return Refusal{NotifyType::INVALID_KE_PAYLOAD, "KEi is in another group than the IKE SA's",
                   octets_of(group)};
  auto pair = crypto::DhKeyPair::generate(sa.suite.dh, core.random);
  if (!pair)
    return Refusal{NotifyType::NO_PROPOSAL_CHOSEN, to_string(pair.error()), {}};
  auto agreed = core.agree(*pair, ke);
  if (!agreed)
    return Refusal{NotifyType::INVALID_SYNTAX, "KEi: " + to_string(agreed.error()), {}};
  result.g_ir = *std::move(agreed);
  result.ke = wire::KePayload{group, 0, pair->ke_data()};
  return result;
}

bool is_ike_rekey(const std::vector<wire::Payload>& payloads) {
  const auto& sa = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
  return wire::find(payloads, PayloadType::TSi) == nullptr &&
         wire::find(payloads, PayloadType::TSr) == nullptr && !sa.proposals.empty() &&
         std::any_of(sa.proposals.begin(), sa.proposals.end(), [](const auto& proposal) {
           return proposal.protocol == static_cast<std::uint8_t>(wire::ProtocolId::IKE);
         });
}

}  // namespace

void on_create_child_sa_request(Core& core, IkeSa& sa, const wire::Message& message) {
  const auto& payloads = message.payloads;
  const wire::Header& header = message.header;
  const bool ike_rekey = is_ike_rekey(payloads);
  const auto& ni = body_or_empty<wire::NoncePayload>(payloads, PayloadType::Nonce).data;
  const bool complete =
      ike_rekey
          ? core.payloads_fit(payloads, {PayloadType::SA, PayloadType::Nonce, PayloadType::KE}, {})
          : core.payloads_fit(
                payloads, {PayloadType::SA, PayloadType::Nonce, PayloadType::TSi, PayloadType::TSr},
                {PayloadType::KE});
  if (!complete || !core.nonce_fits(ni, sa.suite.prf))
    return refuse(core, sa, header,
                  {NotifyType::INVALID_SYNTAX, "CREATE_CHILD_SA request is malformed", {}});
  if (const auto reason = in_the_way(core, sa, ike_rekey))
    return refuse(core, sa, header, *reason);
  if (ike_rekey)
    return on_ike_rekey_request(core, sa, message);

  auto rekeyed = rekeyed_child(core, sa, payloads);
  if (const auto* refusal = std::get_if<Refusal>(&rekeyed)) {
    Refusal with_spi = *refusal;
    if (with_spi.notify != NotifyType::CHILD_SA_NOT_FOUND)
      return refuse(core, sa, header, with_spi);
    // The SPI is copied from REKEY_SA (section 2.25).
    core.event(sa, "child-refused", with_spi.why,
               {{"notify", std::to_string(static_cast<unsigned>(with_spi.notify))}});
    if (!core.tunables.answer_errors)
      return;
    const auto* rekey = wire::find_notify(payloads, NotifyType::REKEY_SA);
    std::vector<wire::Payload> answer;
    answer.push_back(wire::make_notify(with_spi.notify, {}, rekey->protocol, rekey->spi));
    (void)core.send_response(sa, header, std::move(answer));
    return;
  }
  Child* old = std::get<Child*>(rekeyed);
  auto settled = choose_child(core, sa, payloads, old);
  if (const auto* refusal = std::get_if<ChildRefusal>(&settled))
    return refuse(core, sa, header, {refusal->notify, refusal->why, {}});
  if (collides(core, sa, std::get<ChildChoice>(settled).protocol, old, ni))
    return refuse(core, sa, header,
                  {NotifyType::TEMPORARY_FAILURE, "our own request for such a key is out", {}});
  auto ke = answer_ke(core, sa, payloads);
  if (const auto* refusal = std::get_if<Refusal>(&ke))
    return refuse(core, sa, header, *refusal);
  auto& exchanged = std::get<KeAnswer>(ke);

  const ChildChoice& choice = std::get<ChildChoice>(settled);
  std::vector<wire::Payload> answer;
  answer.push_back(wire::make_payload(PayloadType::SA, choice.sa));
  answer.push_back(wire::make_payload(PayloadType::Nonce, wire::NoncePayload{core.fresh_nonce()}));
  if (exchanged.ke)
    answer.push_back(wire::make_payload(PayloadType::KE, *exchanged.ke));
  answer.push_back(wire::make_payload(PayloadType::TSi, choice.tsi));
  answer.push_back(wire::make_payload(PayloadType::TSr, choice.tsr));
  const Outgoing sent = core.send_response(sa, header, std::move(answer));
  const auto& nr = body_or_empty<wire::NoncePayload>(sent.message.payloads, PayloadType::Nonce);
  const bool rekey = wire::find_notify(payloads, NotifyType::REKEY_SA) != nullptr;
  install_child(core, sa, choice, {ni, nr.data, exchanged.g_ir.view()},
                {false, core.next_order(), rekey, old});
}

}  // namespace karpspec::oracle::ike
