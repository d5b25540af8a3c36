#include <arpa/inet.h>

#include <algorithm>

#include "oracle/child.h"

// Plain ESP children, RFC 5996 sections 2.9, 2.17 and 3.3: what a plain IKEv2 daemon negotiates,
// so that IKEv2 scenarios can be played without RKMP. Keys are derived; nothing is installed.
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;
using wire::TransformType;
using Transforms = std::vector<wire::Transform>;

namespace {

constexpr auto esp = static_cast<std::uint8_t>(wire::ProtocolId::ESP);

std::uint32_t spi_of(const Octets& octets) {
  return static_cast<std::uint32_t>(unsigned_from(octets));
}

// SPIs below 256 are reserved (RFC 4303 section 2.1).
std::uint32_t fresh_spi(Core& core) {
  return static_cast<std::uint32_t>(core.random.u64() % 0xfffffe00u) + 0x100u;
}

wire::Proposal esp_proposal(const EspSuite& suite, std::uint8_t number, std::uint32_t spi) {
  Transforms transforms;
  transforms.push_back(wire::make_transform(
      TransformType::ENCR, static_cast<std::uint16_t>(suite.encr), suite.key_bits));
  if (!crypto::is_aead(suite.encr))
    transforms.push_back(
        wire::make_transform(TransformType::INTEG, static_cast<std::uint16_t>(suite.integ)));
  transforms.push_back(wire::make_transform(TransformType::ESN, 0));
  wire::Proposal proposal;
  proposal.number = number;
  proposal.protocol = esp;
  proposal.spi = octets_of(spi);
  proposal.transforms = std::move(transforms);
  return proposal;
}

// Whether SUITE can be made out of PROPOSAL, without PFS and without extended sequence numbers.
bool offers(const wire::Proposal& proposal, const EspSuite& suite) {
  const auto* transforms = std::get_if<Transforms>(&proposal.transforms);
  if (transforms == nullptr)
    return false;
  const auto has = [&](TransformType type) {
    return std::any_of(transforms->begin(), transforms->end(), [&](const wire::Transform& t) {
      return t.type == static_cast<std::uint8_t>(type);
    });
  };
  const auto has_exactly = [&](const wire::Transform& wanted) {
    return std::any_of(transforms->begin(), transforms->end(), [&](const wire::Transform& t) {
      return t.type == wanted.type && t.id == wanted.id && t.attributes == wanted.attributes;
    });
  };
  const bool known = std::all_of(transforms->begin(), transforms->end(), [](const auto& t) {
    return t.type >= static_cast<std::uint8_t>(TransformType::ENCR) &&
           t.type <= static_cast<std::uint8_t>(TransformType::ESN) &&
           t.type != static_cast<std::uint8_t>(TransformType::PRF);
  });
  const bool aead = crypto::is_aead(suite.encr);
  const bool integrity = aead ? !has(TransformType::INTEG) ||
                                    has_exactly(wire::make_transform(TransformType::INTEG, 0))
                              : has_exactly(wire::make_transform(
                                    TransformType::INTEG, static_cast<std::uint16_t>(suite.integ)));
  return known && integrity &&
         has_exactly(wire::make_transform(
             TransformType::ENCR, static_cast<std::uint16_t>(suite.encr), suite.key_bits)) &&
         (!has(TransformType::ESN) || has_exactly(wire::make_transform(TransformType::ESN, 0))) &&
         (!has(TransformType::DH) || has_exactly(wire::make_transform(TransformType::DH, 0)));
}

// One transform of each type that OFFERED has comes back, NONE too, and of no other
// (section 3.3.6).
void fit_types(Transforms& answer, const wire::Proposal& offered) {
  const auto* all = std::get_if<Transforms>(&offered.transforms);
  if (all == nullptr)
    return;
  const auto has = [](const Transforms& transforms, TransformType type) {
    return std::any_of(transforms.begin(), transforms.end(), [&](const wire::Transform& t) {
      return t.type == static_cast<std::uint8_t>(type);
    });
  };
  for (const TransformType type : {TransformType::INTEG, TransformType::DH})
    if (has(*all, type) && !has(answer, type))
      answer.push_back(wire::make_transform(type, 0));
  if (!has(*all, TransformType::ESN))
    std::erase_if(answer, [](const wire::Transform& t) {
      return t.type == static_cast<std::uint8_t>(TransformType::ESN);
    });
  std::stable_sort(answer.begin(), answer.end(),
                   [](const auto& a, const auto& b) { return a.type < b.type; });
}

// The host selector of an address: any protocol, any port. nullopt: no address.
std::optional<wire::AddressSelector> host(const std::string& address) {
  wire::AddressSelector selector;
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    const auto* octets = reinterpret_cast<const std::uint8_t*>(&v4);
    selector.type = static_cast<std::uint8_t>(wire::TsType::TS_IPV4_ADDR_RANGE);
    selector.start_address.assign(octets, octets + 4);
  } else if (inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    const auto* octets = reinterpret_cast<const std::uint8_t*>(&v6);
    selector.type = static_cast<std::uint8_t>(wire::TsType::TS_IPV6_ADDR_RANGE);
    selector.start_address.assign(octets, octets + 16);
  } else {
    return std::nullopt;
  }
  selector.end_address = selector.start_address;
  return selector;
}

bool covers(const wire::AddressSelector& outer, const wire::AddressSelector& inner) {
  return outer.type == inner.type &&
         (outer.ip_protocol == 0 || outer.ip_protocol == inner.ip_protocol) &&
         outer.start_port <= inner.start_port && outer.end_port >= inner.end_port &&
         outer.start_address <= inner.start_address && outer.end_address >= inner.end_address;
}

bool covers(const wire::TsPayload& ts, const wire::AddressSelector& inner) {
  return std::any_of(ts.selectors.begin(), ts.selectors.end(), [&](const auto& selector) {
    const auto* address = std::get_if<wire::AddressSelector>(&selector);
    return address != nullptr && covers(*address, inner);
  });
}

// Whether every selector of INNER lies within one of OUTER, and there is one.
bool within(const wire::TsPayload& inner, const wire::TsPayload& outer) {
  return !inner.selectors.empty() &&
         std::all_of(inner.selectors.begin(), inner.selectors.end(), [&](const auto& selector) {
           const auto* address = std::get_if<wire::AddressSelector>(&selector);
           return address != nullptr && covers(outer, *address);
         });
}

ChildRefusal refuse(NotifyType notify, std::string why) {
  return {notify, std::move(why)};
}

}  // namespace

Result<ChildOffer> make_esp_offer(Core& core, const Peer& peer) {
  const auto local = host(core.config.local.address);
  const auto remote = host(peer.config.endpoint.address);
  if (!local || !remote || peer.config.esp_suites.empty())
    return fail(ErrorCode::bad_value, peer.config.name + " has no ESP policy that can be offered");
  ChildOffer offer;
  offer.kind = ChildKind::esp;
  offer.spi = fresh_spi(core);
  for (const EspSuite& suite : peer.config.esp_suites)
    offer.sa.proposals.push_back(
        esp_proposal(suite, static_cast<std::uint8_t>(offer.sa.proposals.size() + 1), offer.spi));
  offer.tsi.selectors = {*local};
  offer.tsr.selectors = {*remote};
  return offer;
}

ChildResult<ChildChoice> choose_esp(Core& core, IkeSa& sa,
                                    const std::vector<wire::Payload>& payloads) {
  const auto& offered = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
  const auto& tsi = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSi);
  const auto& tsr = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSr);
  const auto remote = host(sa.remote.address);
  const auto local = host(core.config.local.address);
  if (!remote || !local || !core.holds(Check::ts_type, covers(tsi, *remote) && covers(tsr, *local)))
    return refuse(NotifyType::TS_UNACCEPTABLE, "the selectors leave the two hosts out");

  const wire::Proposal* taken = nullptr;
  EspSuite suite;
  for (const wire::Proposal& proposal : offered.proposals) {
    if (!core.holds(Check::child_proposal_protocol, proposal.protocol == esp) ||
        !core.holds(Check::child_spi_size, proposal.spi.size() == 4))
      continue;
    for (const EspSuite& acceptable : sa.peer->config.esp_suites)
      if (offers(proposal, acceptable) &&
          (taken == nullptr || core.tunables.proposal_choice == Choice::last)) {
        taken = &proposal;
        suite = acceptable;
        break;
      }
  }
  if (taken == nullptr && !offered.proposals.empty() && !sa.peer->config.esp_suites.empty() &&
      core.holds(Check::child_proposal_acceptable, false)) {
    taken = &offered.proposals.front();
    suite = sa.peer->config.esp_suites.front();
  }
  if (taken == nullptr)
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN, "no offered proposal is acceptable");

  ChildChoice choice;
  choice.kind = ChildKind::esp;
  choice.esp = suite;
  choice.spi_in = fresh_spi(core);
  choice.spi_out = spi_of(taken->spi);
  choice.sa.proposals.push_back(esp_proposal(suite, taken->number, choice.spi_in));
  fit_types(std::get<Transforms>(choice.sa.proposals.front().transforms), *taken);
  choice.tsi.selectors = {*remote};
  choice.tsr.selectors = {*local};
  return choice;
}

ChildResult<ChildChoice> check_esp_answer(Core& core, IkeSa& sa, const ChildOffer& offer,
                                          const std::vector<wire::Payload>& payloads) {
  const auto& answered = body_or_empty<wire::SaPayload>(payloads, PayloadType::SA);
  const auto inconsistent = [](std::string why) {
    return refuse(NotifyType::NO_PROPOSAL_CHOSEN, std::move(why));
  };
  if (answered.proposals.empty() ||
      !core.holds(Check::child_proposal_single, answered.proposals.size() == 1))
    return inconsistent("the answer holds not one proposal");
  const wire::Proposal& chosen = answered.proposals.front();
  const auto& suites = sa.peer->config.esp_suites;
  const auto number = static_cast<std::size_t>(chosen.number);
  const bool offered = chosen.protocol == esp && number >= 1 && number <= suites.size() &&
                       offers(chosen, suites[number - 1]) && chosen.spi.size() == 4 &&
                       std::get<Transforms>(chosen.transforms).size() ==
                           std::get<Transforms>(offer.sa.proposals[number - 1].transforms).size();
  if (!core.holds(Check::child_proposal_consistent, offered))
    return inconsistent("the answered proposal is none of those offered");
  const auto& tsi = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSi);
  const auto& tsr = body_or_empty<wire::TsPayload>(payloads, PayloadType::TSr);
  if (!core.holds(Check::ts_unmodified, within(tsi, offer.tsi) && within(tsr, offer.tsr)))
    return inconsistent("the answered selectors are wider than those offered");
  ChildChoice choice;
  choice.kind = ChildKind::esp;
  choice.esp = offered ? suites[number - 1] : suites.front();
  choice.spi_in = offer.spi;
  choice.spi_out = spi_of(chosen.spi);
  return choice;
}

Result<void> install_esp(const IkeSa& sa, const Child& child, const KeyInput& input) {
  const std::size_t size =
      crypto::encr_key_size(child.esp.encr, child.esp.key_bits) +
      (crypto::is_aead(child.esp.encr) ? 0 : crypto::integ_key_size(child.esp.integ));
  // Both directions, the initiator's first (section 2.17).
  KARPSPEC_TRY(keymat, crypto::derive_keymat(sa.suite.prf, sa.keys.SK_d.view(),
                                             crypto::SharedSecret{input.g_ir}, crypto::Ni{input.ni},
                                             crypto::Nr{input.nr}, 2 * size));
  return keymat.size() == 2 * size ? Result<void>{}
                                   : fail(ErrorCode::internal, "too few octets of key material");
}

}  // namespace karpspec::oracle::ike
