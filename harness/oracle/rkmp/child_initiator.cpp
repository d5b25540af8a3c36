#include <algorithm>

#include "oracle/child.h"
#include "oracle/rkmp/negotiation.h"

// The offer of a TCP-AO key and the check of its answer, RKMP sections 4.1 and 4.2.
namespace karpspec::oracle::rkmp {

using wire::NotifyType;
using wire::PayloadType;

namespace {

ChildRefusal inconsistent(std::string why) {
  return {NotifyType::NO_PROPOSAL_CHOSEN, std::move(why)};
}

// Of the answer to TRANSFORMS: which transform, where only SendID and X bits may differ.
const wire::TcpAoTransform* only_transform(const wire::Proposal& proposal) {
  const auto* transforms = std::get_if<std::vector<wire::TcpAoTransform>>(&proposal.transforms);
  return transforms == nullptr || transforms->empty() ? nullptr : &transforms->front();
}

// What the answer settles, check by check; ERROR is why it is inconsistent as a whole.
ChildResult<TcpAoChoice> with_checks_left_out(Core& core, const ChildOffer& offer,
                                              const wire::SaPayload& answered,
                                              const std::string& error) {
  const bool one = answered.proposals.size() == 1;
  if (!core.holds(Check::child_proposal_single, one))
    return inconsistent(error);
  const wire::TcpAoTransform* got = nullptr;
  const wire::Proposal* proposal = nullptr;
  for (const wire::Proposal& candidate : answered.proposals) {
    if (got != nullptr)
      break;
    got = only_transform(candidate);
    proposal = &candidate;
  }
  if (got == nullptr)
    return inconsistent(error);
  const auto* all = std::get_if<std::vector<wire::TcpAoTransform>>(&proposal->transforms);
  if (!core.holds(Check::child_proposal_single, all->size() == 1))
    return inconsistent(error);
  const auto& offered = offer.sa.proposals;
  const bool numbered =
      proposal->spi.empty() &&
      std::any_of(offered.begin(), offered.end(), [&](const wire::Proposal& known) {
        return known.number == proposal->number && known.protocol == proposal->protocol;
      });
  if (!core.holds(Check::child_proposal_consistent, numbered))
    return inconsistent(error);
  bool unmodified = false;
  for (const wire::Proposal& known : offered)
    if (const auto* transforms = std::get_if<std::vector<wire::TcpAoTransform>>(&known.transforms))
      for (const wire::TcpAoTransform& transform : *transforms)
        unmodified = unmodified ||
                     (transform.auth_alg == got->auth_alg && transform.kdf == got->kdf &&
                      ((transform.flags ^ got->flags) & wire::TcpAoTransform::flag_options) == 0);
  if (!core.holds(Check::attributes_unmodified, unmodified))
    return inconsistent(error);
  return TcpAoChoice{proposal->number, *got};
}

bool is_selector_of(const wire::TsPayload& ts, const wire::TsPayload& offered) {
  return ts.selectors == offered.selectors;
}

}  // namespace

Result<ChildOffer> make_key_offer(Core& core, Peer& peer, std::uint8_t protocol) {
  const ProtocolPolicy* policy = peer.config.policy(protocol);
  if (policy == nullptr)
    return fail(ErrorCode::bad_value, "routing protocol " + std::to_string(protocol) +
                                          " is not configured for " + peer.config.name);
  const auto send_id = free_send_id(core, peer, std::nullopt);
  if (!send_id)
    return fail(ErrorCode::not_found, "every KeyID is in use with " + peer.config.name);
  ChildOffer result;
  result.kind = ChildKind::tcp_ao;
  result.protocol = protocol;
  result.send_id = *send_id;
  result.sa = offer(core.kmdb.permitted(peer, *policy), *send_id, core.config.numbers);
  result.tsi = result.tsr = selector(numbered(core, protocol), core.config.numbers);
  return result;
}

ChildResult<ChildChoice> check_key_answer(Core& core, IkeSa& sa, const ChildOffer& offer,
                                          const std::vector<wire::Payload>& payloads) {
  const auto& answered = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
  const auto consistent = check_answer(offer.sa, answered, core.config.numbers);
  TcpAoChoice settled;
  if (consistent) {
    settled = *consistent;
  } else {
    auto rescued = with_checks_left_out(core, offer, answered, consistent.error().message);
    if (auto* refusal = std::get_if<ChildRefusal>(&rescued))
      return std::move(*refusal);
    settled = std::get<TcpAoChoice>(rescued);
  }
  const auto& tsi = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSi);
  const auto& tsr = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSr);
  if (!core.holds(Check::ts_unmodified,
                  is_selector_of(tsi, offer.tsi) &&
                      (is_selector_of(tsr, offer.tsr) || !core.tunables.check_answered_tsr)))
    return inconsistent("the answered selectors are not those offered");
  const auto& known = sa.peer->children;
  const bool free =
      std::none_of(known.begin(), known.end(),
                   [&](const auto& child) {
                     return child->kind == ChildKind::tcp_ao &&
                            child->recv_id == settled.transform.send_id;
                   }) &&
      !core.management.names_received_key(sa.remote.address, settled.transform.send_id);
  if (!core.holds(Check::send_id_free, free)) {
    auto refusal = inconsistent("the responder's SendID is in use for another key");
    refusal.another_id = true;
    return refusal;
  }

  ChildChoice choice;
  choice.kind = ChildKind::tcp_ao;
  choice.protocol = offer.protocol;
  choice.send_id = offer.send_id;
  choice.recv_id = settled.transform.send_id;
  choice.auth_alg = settled.transform.auth_alg;
  choice.kdf = settled.transform.kdf;
  choice.exclude_options = (settled.transform.flags & wire::TcpAoTransform::flag_options) != 0;
  return choice;
}

}  // namespace karpspec::oracle::rkmp
