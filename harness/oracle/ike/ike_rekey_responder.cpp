#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"
#include "oracle/ike/negotiation.h"
#include "oracle/ike/rekey_keys.h"

// Rekeying an IKE SA as responder, RFC 5996 sections 1.3.2, 2.8 and 2.18.
//
//   {SAi, Ni, KEi} --acceptable--> {SAr, Nr, KEr}; the new SA inherits the children, at once or,
//                                  where we are rekeying too, when that is answered
//                  --KEi in another group--> {N(INVALID_KE_PAYLOAD)}
//                  --no acceptable proposal--> {N(NO_PROPOSAL_CHOSEN)}
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

void on_ike_rekey_request(Core& core, IkeSa& sa, const wire::Message& message) {
  const auto& payloads = message.payloads;
  const wire::Header& header = message.header;
  const auto refuse = [&](NotifyType type, Octets data = {}) {
    core.event(sa, "rekey-refused", wire::notify_name(static_cast<std::uint16_t>(type)));
    core.send_error(sa, header, type, std::move(data));
    if (type == NotifyType::INVALID_SYNTAX && core.tunables.invalid_syntax_closes)
      core.close(sa, "a malformed request");
  };
  const auto& offered = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
  constexpr std::size_t spi_size = 8;
  const wire::SaPayload seen = considered_offer(core, offered, spi_size);
  auto choice = choose(seen, core.config.ike_proposals, spi_size,
                       core.tunables.proposal_choice == Choice::last);
  if (!choice && core.holds(Check::ike_proposal_acceptable, false))
    for (const wire::Proposal& proposal : offered.proposals)
      if (const auto suites = suites_in(proposal);
          !choice && !suites.empty() && crypto::is_supported(suites.front()))
        choice = IkeChoice{suites.front(), proposal.number, proposal.spi};
  if (!choice)
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN);
  const auto peers_spi = spi_from(choice->spi);
  if (!core.holds(Check::ike_spi_size, peers_spi.has_value()))
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN);
  wire::KePayload ke = body_or_empty<wire::KePayload>(payloads, PayloadType::KE);
  const auto group = static_cast<std::uint16_t>(choice->suite.dh);
  if (!core.holds(Check::ke_group, ke.group == group))
    return refuse(NotifyType::INVALID_KE_PAYLOAD, octets_of(group));
  if (ke.group != group)
    ke.data.resize(crypto::ke_size(choice->suite.dh));  // the check was left out
  auto pair = crypto::DhKeyPair::generate(choice->suite.dh, core.random);
  if (!pair)
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN);
  const auto g_ir = core.agree(*pair, ke);
  if (!g_ir)
    return refuse(NotifyType::INVALID_SYNTAX);

  const std::uint64_t own_spi = core.fresh_spi();
  std::vector<wire::Payload> answer_payloads;
  answer_payloads.push_back(
      wire::make_payload(PayloadType::SA, answer(*choice, octets_of(own_spi))));
  answer_payloads.push_back(
      wire::make_payload(PayloadType::Nonce, wire::NoncePayload{core.fresh_nonce()}));
  answer_payloads.push_back(
      wire::make_payload(PayloadType::KE, wire::KePayload{group, 0, pair->ke_data()}));
  const Outgoing sent = core.send_response(sa, header, std::move(answer_payloads));
  const auto& ni = body_or_empty<wire::NoncePayload>(payloads, PayloadType::Nonce).data;
  const auto& nr =
      body_or_empty<wire::NoncePayload>(sent.message.payloads, PayloadType::Nonce).data;

  const bool colliding = sa.doing(Task::Kind::rekey_ike);
  const RekeyedSa plan{choice->suite, peers_spi.value_or(1), own_spi, ni, nr, g_ir->view(), false};
  IkeSa* made = make_rekeyed_sa(core, sa, plan);
  if (made == nullptr)
    return;
  if (colliding) {
    // Which of the two new SAs stays is decided when ours is answered. Until then nothing moves:
    // the peer may know already that its own goes, and delete it.
    sa.peers_replacement = made->number;
    sa.peers_lowest_nonce = std::min(ni, nr);
    made->replaced = true;
    return;
  }
  inherit(core, sa, *made);
  await_end(core, sa);
}

}  // namespace karpspec::oracle::ike
