#include <algorithm>

#include "keytable/key_name.h"
#include "keytable/validate.h"
#include "oracle/child.h"
#include "oracle/rkmp/negotiation.h"

// The choice among offered TCP-AO keys, RKMP sections 4.1 and 4.2.
namespace karpspec::oracle::rkmp {

using wire::NotifyType;
using wire::PayloadType;
using TcpAoTransforms = std::vector<wire::TcpAoTransform>;

namespace {

ChildRefusal refuse(NotifyType notify, std::string why) {
  return {notify, std::move(why)};
}

// The routing protocol of a TS payload. nullopt: the selector is of another kind.
std::optional<std::uint8_t> protocol_of(const wire::TsPayload& ts) {
  if (ts.selectors.empty())
    return std::nullopt;
  const auto* selector = std::get_if<wire::RpSelector>(&ts.selectors.front());
  return selector == nullptr ? std::nullopt : std::optional(selector->routing_protocol);
}

// The protocol that the pair of selectors is for, or TS_UNACCEPTABLE.
ChildResult<ProtocolPolicy> policy_for(Core& core, const IkeSa& sa, const wire::TsPayload& tsi,
                                       const wire::TsPayload& tsr, const Child* replaces) {
  const PeerConfig& peer = sa.peer->config;
  const auto unacceptable = [](std::string why) {
    return refuse(NotifyType::TS_UNACCEPTABLE, std::move(why));
  };
  if (!core.holds(Check::ts_count, tsi.selectors.size() == 1 && tsr.selectors.size() == 1))
    return unacceptable("a TS payload holds a number of selectors other than one");
  const auto i = protocol_of(tsi), r = protocol_of(tsr);
  if (!core.holds(Check::ts_type, i.has_value() && r.has_value()))
    return unacceptable("a selector is not for a routing protocol");
  if (!core.holds(Check::ts_pair_symmetric, i == r))
    return unacceptable("TSi and TSr differ");
  const std::uint8_t protocol =
      i ? numbered(core, *i)
        : (peer.protocols.empty() ? std::uint8_t{0} : peer.protocols.front().protocol);
  constexpr std::uint8_t first_private = 240;
  if (core.tunables.refuse_private_protocols && protocol >= first_private)
    return unacceptable("a private routing protocol");
  std::optional<ProtocolPolicy> policy;
  if (core.gatekeeper.used())
    policy = core.gatekeeper.policy(*sa.peer, protocol, sa.remote.address);
  else if (const ProtocolPolicy* known = peer.policy(protocol))
    policy = *known;
  if (!policy && core.holds(Check::rp_known, false) && !peer.protocols.empty())
    policy = peer.protocols.front();
  if (!policy)
    return unacceptable("routing protocol " + std::to_string(protocol) + " is not configured");
  if (replaces != nullptr &&
      !core.holds(Check::rekey_same_protocol, replaces->protocol == protocol))
    return unacceptable("the rekeyed key is for another routing protocol");
  return *std::move(policy);
}

// The offer as the checks that are left out let it be seen.
wire::SaPayload considered(Core& core, const wire::SaPayload& offered, ProtocolPolicy& policy) {
  wire::SaPayload result = offered;
  const auto& numbers = core.config.numbers;
  if (core.tunables.only_first_proposal && result.proposals.size() > 1)
    result.proposals.resize(1);
  for (wire::Proposal& proposal : result.proposals) {
    if (proposal.protocol != numbers.tcp_ao_protocol &&
        core.holds(Check::child_proposal_protocol, false)) {
      proposal.protocol = numbers.tcp_ao_protocol;
      if (!proposal.is_tcp_ao() && !policy.pairs.empty())
        proposal.transforms =
            TcpAoTransforms{{0, 1, policy.pairs.front().auth_alg, policy.pairs.front().kdf, 0}};
    }
    if (!proposal.spi.empty() && core.holds(Check::child_spi_size, false))
      proposal.spi.clear();
    if (core.tunables.refuse_unused_flags)
      if (auto* transforms = std::get_if<TcpAoTransforms>(&proposal.transforms))
        std::erase_if(*transforms, [](const wire::TcpAoTransform& transform) {
          return (transform.flags & ~wire::TcpAoTransform::flag_options) != 0;
        });
    if (const auto* transforms = std::get_if<TcpAoTransforms>(&proposal.transforms))
      for (const wire::TcpAoTransform& transform : *transforms) {
        const TcpAoPair pair{transform.auth_alg, transform.kdf};
        const bool known =
            std::find(policy.pairs.begin(), policy.pairs.end(), pair) != policy.pairs.end();
        if (!known && core.holds(Check::tcp_ao_algorithm_known, false))
          policy.pairs.push_back(pair);
      }
  }
  return result;
}

}  // namespace

std::uint8_t numbered(const Core& core, std::uint8_t protocol) {
  constexpr auto pim = static_cast<std::uint8_t>(wire::RoutingProtocol::PIM_PORT);
  constexpr auto pcep = static_cast<std::uint8_t>(wire::RoutingProtocol::PCEP);
  if (!core.tunables.pim_and_pcep_swapped || (protocol != pim && protocol != pcep))
    return protocol;
  return protocol == pim ? pcep : pim;
}

std::optional<std::uint8_t> free_send_id(Core& core, Peer& peer,
                                         std::optional<std::uint8_t> avoid) {
  if (core.tunables.management_habit == operations::Habit::takes_manual_key_id)
    for (const keytable::Row& row : core.table.rows())
      if (const auto name = keytable::key_number(row.peer_key_name);
          name && *name <= 255 && keytable::origin_of(row) == "manual")
        return static_cast<std::uint8_t>(*name);
  for (int tried = 0; tried < 256; ++tried) {
    const std::uint8_t candidate = peer.next_send_id++;
    const bool used =
        std::any_of(peer.children.begin(), peer.children.end(), [&](const auto& child) {
          return child->kind == ChildKind::tcp_ao && child->send_id == candidate;
        });
    if (!used && avoid != candidate &&
        !core.management.names_sent_key(peer.config.endpoint.address, candidate))
      return candidate;
  }
  return std::nullopt;
}

ChildResult<ChildChoice> choose_key(Core& core, IkeSa& sa,
                                    const std::vector<wire::Payload>& payloads,
                                    const Child* replaces) {
  const auto& offered = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
  const auto& tsi = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSi);
  const auto& tsr = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSr);
  auto found = policy_for(core, sa, tsi, tsr, replaces);
  if (auto* refusal = std::get_if<ChildRefusal>(&found))
    return std::move(*refusal);
  ProtocolPolicy policy = core.kmdb.permitted(*sa.peer, std::get<ProtocolPolicy>(found));

  const wire::SaPayload seen = considered(core, offered, policy);
  auto chosen =
      choose(seen, policy, core.config.numbers, core.tunables.proposal_choice == Choice::last);
  if (!chosen && core.holds(Check::child_proposal_acceptable, false))
    for (const wire::Proposal& proposal : seen.proposals)
      if (const auto* transforms = std::get_if<TcpAoTransforms>(&proposal.transforms);
          transforms != nullptr && !transforms->empty() && !chosen)
        chosen = TcpAoChoice{proposal.number, transforms->front()};
  if (!chosen)
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN, "no offered transform is acceptable");

  const std::uint8_t peers_id = chosen->transform.send_id;
  const auto& known = sa.peer->children;
  const bool free =
      std::none_of(known.begin(), known.end(),
                   [&](const auto& child) {
                     return child->kind == ChildKind::tcp_ao && child->recv_id == peers_id;
                   }) &&
      !core.management.names_received_key(sa.remote.address, peers_id);
  if (!core.holds(Check::send_id_free, free))
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN, "the initiator's SendID is in use");
  if (core.tunables.refuse_edge_key_ids && (peers_id == 0 || peers_id == 255))
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN, "the initiator's SendID is at the edge");
  const bool echo = core.tunables.send_id_answer == SendIdAnswer::echo;
  // Another ID than the peer's, so that nobody can take one for the other.
  const auto own_id = echo ? std::optional(peers_id) : free_send_id(core, *sa.peer, peers_id);
  if (!own_id)
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN, "every KeyID is in use");

  ChildChoice choice;
  choice.kind = ChildKind::tcp_ao;
  choice.protocol = policy.protocol;
  choice.send_id = *own_id;
  choice.recv_id = peers_id;
  choice.auth_alg = chosen->transform.auth_alg;
  choice.kdf = chosen->transform.kdf;
  choice.exclude_options = (chosen->transform.flags & wire::TcpAoTransform::flag_options) != 0;
  choice.sa = answer(*chosen, *own_id, core.config.numbers);
  choice.tsi = tsi;
  choice.tsr = tsr;
  choice.tsi.reserved = choice.tsr.reserved = 0;
  return choice;
}

}  // namespace karpspec::oracle::rkmp
