#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/certificates.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"
#include "oracle/ike/proof.h"
#include "oracle/keyserver/habits.h"

// IKE_AUTH as responder, RFC 5996 sections 1.2, 2.4, 2.15 and 2.21.2, RKMP section 3.2.
//
//   request --IDi known, AUTH right, child acceptable--> {IDr, AUTH, SAr2, TSi, TSr}
//           --IDi known, AUTH right, child refused--> {IDr, AUTH, N(error)}; the IKE SA stands
//           --IDi unknown or AUTH wrong--> {N(AUTHENTICATION_FAILED)}; the IKE SA ends
//           --SA or TS not there--> {N(INVALID_SYNTAX)}; the IKE SA ends
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

namespace {

// Those that the initiator may be: the one that the configuration names so, otherwise all that are
// known by key or group alone (operations model 4.3, 5).
std::vector<Peer*> candidates(Core& core, const IkeSa& sa, const Identity& identity) {
  Peer* peer = core.find_named_peer(identity);
  if (core.tunables.keyserver_habit == keyserver::Habit::known_by_address)
    for (const auto& known : core.peers)
      if (known->config.endpoint.address == sa.remote.address)
        peer = known.get();
  if (core.tunables.only_fqdn && identity.type != static_cast<std::uint8_t>(wire::IdType::ID_FQDN))
    peer = nullptr;
  std::vector<Peer*> out;
  if (peer != nullptr)
    out.push_back(peer);
  for (const auto& known : core.peers)
    if (peer == nullptr && known->config.any_identity && core.tunables.groups)
      out.push_back(known.get());
  if (!out.empty() || !core.holds(Check::id_known, false))
    return out;
  // The check was left out.
  const auto by_address = std::find_if(
      core.peers.begin(), core.peers.end(),
      [&](const auto& known) { return known->config.endpoint.address == sa.remote.address; });
  if (by_address != core.peers.end())
    out.push_back(by_address->get());
  return out;
}

// The peer of the configuration that IDi and AUTH prove. nullptr: they do not.
Peer* authenticate(Core& core, const IkeSa& sa, const std::vector<wire::Payload>& payloads) {
  const auto& id = body_or_empty<wire::IdPayload>(payloads, PayloadType::IDi);
  const Identity identity{id.id_type, id.data};
  const Octets covered = covered_message(core, sa.init_request);
  const AuthInput input{sa.suite.prf, covered, sa.nr, sa.keys.SK_pi.view()};
  std::string why = "IDi is unknown";
  for (Peer* peer : candidates(core, sa, identity)) {
    why = core.holds(Check::peer_address,
                     peer->config.may_be_at(sa.remote.address, core.tunables.most_addresses))
              ? why_not_authentic(core, sa, peer->config, payloads, input, id)
              : peer->config.name + " may not be at " + sa.remote.address;
    if (why.empty())
      return peer;
  }
  core.event(sa, "peer-refused", why, {{"id", identity_text(identity)}});
  failed_beside(core, core.find_named_peer(identity), sa);
  return nullptr;
}

}  // namespace

void on_ike_auth_request(Core& core, IkeSa& sa, const wire::Message& message) {
  const auto& payloads = message.payloads;
  const wire::Header& header = message.header;
  const bool complete =
      core.groups != nullptr
          ? core.payloads_fit(payloads, {PayloadType::IDi}, {PayloadType::IDr, PayloadType::AUTH})
          : core.payloads_fit(
                payloads, {PayloadType::IDi, PayloadType::SA, PayloadType::TSi, PayloadType::TSr},
                {PayloadType::IDr, PayloadType::AUTH});
  if (!complete) {
    core.event(sa, "malformed", "IKE_AUTH request without what it must hold");
    core.send_error(sa, header, NotifyType::INVALID_SYNTAX);
    return core.close(sa, "IKE_AUTH was malformed");
  }
  Peer* peer = authenticate(core, sa, payloads);
  if (peer == nullptr) {
    core.send_error(sa, header, NotifyType::AUTHENTICATION_FAILED);
    return core.close(sa, "the initiator is not authentic");
  }
  const wire::IdPayload id = core.config.identity.payload();
  const AuthInput input{sa.suite.prf, sa.init_response, sa.ni, sa.keys.SK_pr.view()};
  sa.requested_authorities = requested_authorities(payloads);
  auto proof = prove_ourselves(core, sa, peer->config, input, id);
  if (!proof) {
    core.event(sa, "peer-refused", "AUTH of ours: " + to_string(proof.error()));
    core.send_error(sa, header, NotifyType::AUTHENTICATION_FAILED);
    return core.close(sa, "we cannot authenticate ourselves");
  }
  const auto& idi = body_or_empty<wire::IdPayload>(payloads, PayloadType::IDi);
  Peer* member = core.member_of(*peer, {idi.id_type, idi.data}, sa.remote);
  if (member == nullptr) {
    core.event(sa, "peer-refused", "there are too many members of " + peer->config.name);
    core.send_error(sa, header, NotifyType::AUTHENTICATION_FAILED);
    return core.close(sa, "there are too many routers of this group");
  }
  core.assign(sa, *member);
  core.become_established(sa);
  core.event(sa, "ike-sa-established", "as responder");
  if (wire::find_notify(payloads, NotifyType::INITIAL_CONTACT) != nullptr &&
      core.tunables.honour_initial_contact)
    honour_initial_contact(core, sa);
  else if (core.tunables.one_ike_sa_per_peer)
    honour_initial_contact(core, sa);

  std::vector<wire::Payload> answer;
  answer.push_back(wire::make_payload(PayloadType::IDr, id));
  for (wire::Payload& certificate : proof->certificates)
    answer.push_back(std::move(certificate));
  answer.push_back(wire::make_payload(PayloadType::AUTH, std::move(proof->auth)));
  if (core.groups != nullptr) {
    std::vector<wire::Payload> of_group = core.groups->answer_auth(sa, payloads);
    const bool refused = wire::find(of_group, PayloadType::N) != nullptr;
    if (refused && !core.tunables.child_failure_keeps_ike)
      answer.clear();
    for (wire::Payload& payload : of_group)
      answer.push_back(std::move(payload));
    (void)core.send_response(sa, header, std::move(answer));
    if (refused && !core.tunables.child_failure_keeps_ike)
      return core.close(sa, "its join was refused");
    return settle_redundant(core, sa);
  }
  const std::size_t proven = answer.size();
  auto settled = choose_child(core, sa, payloads, nullptr);
  if (const auto* refusal = std::get_if<ChildRefusal>(&settled)) {
    core.event(sa, "child-refused", refusal->why,
               {{"notify", std::to_string(static_cast<unsigned>(refusal->notify))}});
    if (!core.tunables.child_failure_keeps_ike)
      answer.clear();
    if (core.tunables.answer_errors)
      answer.push_back(wire::make_notify(refusal->notify));
    (void)core.send_response(sa, header, std::move(answer));
    if (!core.tunables.child_failure_keeps_ike)
      return core.close(sa, "its first child was refused");
    return settle_redundant(core, sa);
  }
  const ChildChoice& choice = std::get<ChildChoice>(settled);
  answer.push_back(wire::make_payload(PayloadType::SA, choice.sa));
  answer.push_back(wire::make_payload(PayloadType::TSi, choice.tsi));
  answer.push_back(wire::make_payload(PayloadType::TSr, choice.tsr));
  // The responder accepts with the key before its answer leaves (profile P-12).
  if (install_child(core, sa, choice, {sa.ni, sa.nr, {}},
                    {false, sa.begun, false, nullptr, true}) == nullptr) {
    // IDr, CERT and AUTH stay.
    answer.resize(proven);
    answer.push_back(wire::make_notify(NotifyType::NO_PROPOSAL_CHOSEN));
  }
  (void)core.send_response(sa, header, std::move(answer));
  settle_redundant(core, sa);
}

}  // namespace karpspec::oracle::ike
