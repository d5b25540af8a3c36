#include "oracle/ike/negotiation.h"
#include "oracle/rkmp/master_key.h"
#include "script/tester/tester.h"

namespace karpspec::script {
namespace {

std::uint64_t number_of(OctetView octets) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : octets)
    value = (value << 8) | octet;
  return value;
}

const wire::TcpAoTransform* first_tcp_ao(const wire::Proposal& proposal) {
  const auto* list = std::get_if<std::vector<wire::TcpAoTransform>>(&proposal.transforms);
  return list != nullptr && !list->empty() ? &list->front() : nullptr;
}

// The SendID that the offer gave to what was chosen: an offer may have several.
std::uint8_t offered_send_id(const std::optional<wire::SaPayload>& offer,
                             const wire::Proposal& chosen, const wire::TcpAoTransform& transform) {
  if (!offer)
    return 0;
  for (const wire::Proposal& proposal : offer->proposals) {
    const auto* list = std::get_if<std::vector<wire::TcpAoTransform>>(&proposal.transforms);
    if (list == nullptr || proposal.number != chosen.number)
      continue;
    for (const wire::TcpAoTransform& offered : *list)
      if (offered.auth_alg == transform.auth_alg && offered.kdf == transform.kdf)
        return offered.send_id;
  }
  return 0;
}

const wire::Proposal* proposal_numbered(const std::optional<wire::SaPayload>& offer,
                                        std::uint8_t number) {
  if (!offer)
    return nullptr;
  for (const wire::Proposal& proposal : offer->proposals)
    if (proposal.number == number)
      return &proposal;
  return nullptr;
}

}  // namespace

std::uint8_t Tester::next_send_id() {
  return send_id_++;
}

wire::SaPayload Tester::esp_offer(std::uint32_t spi) const {
  wire::Proposal proposal;
  proposal.number = 1;
  proposal.protocol = static_cast<std::uint8_t>(wire::ProtocolId::ESP);
  for (int shift = 24; shift >= 0; shift -= 8)
    proposal.spi.push_back(static_cast<std::uint8_t>(spi >> shift));
  wire::Transform encr, integ, esn;
  encr.type = 1;
  encr.id = static_cast<std::uint16_t>(Encr::AES_CBC);
  encr.attributes.push_back({wire::Attribute::key_length, std::uint16_t{128}});
  integ.type = 3;
  integ.id = static_cast<std::uint16_t>(config_.esp_integrity);
  esn.type = 5;
  proposal.transforms = std::vector<wire::Transform>{encr, integ, esn};
  return wire::SaPayload{{proposal}};
}

// An exchange has come to its answer: what it agreed on becomes a child or an IKE SA.
Result<void> Tester::complete(TesterSa& sa, std::optional<Negotiation>& negotiation,
                              const wire::SaPayload& answer) {
  if (!negotiation || !sa.keys)
    return {};
  Negotiation n = std::move(*negotiation);
  negotiation.reset();
  if (answer.proposals.empty())
    return {};
  Secret g_ir;
  if (n.own_ke && !n.peer_ke.empty()) {
    KARPSPEC_TRY(shared, n.own_ke->agree(n.peer_ke));
    g_ir = std::move(shared);
  }
  if (n.rekeys_ike)
    return complete_ike(sa, n, answer, g_ir.view());
  return complete_child(sa, n, answer, g_ir.view());
}

Result<void> Tester::complete_child(TesterSa& sa, const Negotiation& n,
                                    const wire::SaPayload& answer, OctetView g_ir) {
  const wire::Proposal& chosen = answer.proposals[0];
  TesterChild child;
  child.protocol = chosen.protocol;
  if (const wire::TcpAoTransform* transform = first_tcp_ao(chosen)) {
    const std::uint8_t offered = offered_send_id(n.offer, chosen, *transform);
    child.own_send_id = n.by_tester ? offered : transform->send_id;
    child.peer_send_id = n.by_tester ? transform->send_id : offered;
    child.auth_alg = transform->auth_alg;
    child.kdf = transform->kdf;
    if (n.ts_i && !n.ts_i->selectors.empty())
      if (const auto* rp = std::get_if<wire::RpSelector>(&n.ts_i->selectors[0]))
        child.routing_protocol = rp->routing_protocol;
    KARPSPEC_TRY(key, oracle::rkmp::master_key(sa.suite.prf, sa.keys->SK_d.view(), {g_ir}, {n.ni},
                                               {n.nr}, child.kdf));
    child.master_key.assign(key.view().begin(), key.view().end());
    master_key_log_.push_back(std::move(key));
  } else {
    const wire::Proposal* offered = proposal_numbered(n.offer, chosen.number);
    const auto theirs = static_cast<std::uint32_t>(number_of(chosen.spi));
    const auto first =
        offered != nullptr ? static_cast<std::uint32_t>(number_of(offered->spi)) : n.own_spi;
    child.own_spi = n.by_tester ? first : theirs;
    child.peer_spi = n.by_tester ? theirs : first;
  }
  sa.children.push_back(std::move(child));
  return {};
}

// RFC 5996 section 2.18.
Result<void> Tester::complete_ike(TesterSa& sa, const Negotiation& n, const wire::SaPayload& answer,
                                  OctetView g_ir) {
  const auto suites = oracle::ike::suites_in(answer.proposals[0]);
  if (suites.size() != 1 || !crypto::is_supported(suites[0]))
    return fail(ErrorCode::no_match, "the answer names no single cipher suite");
  const wire::Proposal* offered = proposal_numbered(n.offer, answer.proposals[0].number);
  TesterSa next;
  next.name = n.new_sa.empty() ? "rekeyed" : n.new_sa;
  next.by_tester = n.by_tester;
  next.suite = suites[0];
  next.spi_i = offered != nullptr ? number_of(offered->spi) : n.new_spi;
  next.spi_r = number_of(answer.proposals[0].spi);
  next.ni = n.ni;
  next.nr = n.nr;
  next.own_id = sa.own_id;
  next.peer_id = sa.peer_id;
  next.children = sa.children;  // they are inherited
  next.announced_by_tester = sa.announced_by_tester;
  next.announced_by_device = sa.announced_by_device;
  KARPSPEC_TRY(seed, crypto::derive_rekeyed_skeyseed(sa.suite.prf, sa.keys->SK_d.view(), {g_ir},
                                                     {n.ni}, {n.nr}));
  KARPSPEC_TRY(
      keys, crypto::derive_ike_keys(next.suite, seed, {n.ni}, {n.nr}, {next.spi_i}, {next.spi_r}));
  key_log_.push_back({next.spi_i, next.spi_r, next.suite, keys.clone(),
                      n.own_ke ? n.own_ke->group() : DhGroup::NONE,
                      n.own_ke ? n.own_ke->private_value() : Secret()});
  next.keys = std::move(keys);
  sas_.remove_if([&](const TesterSa& old) { return old.name == next.name; });
  sas_.push_back(std::move(next));
  return {};
}

const TesterChild* Tester::newest_child(std::uint8_t routing_protocol) const {
  const TesterChild* found = nullptr;
  for (const TesterSa& sa : sas_)
    for (const TesterChild& child : sa.children)
      if (routing_protocol == 0 || child.routing_protocol == routing_protocol)
        found = &child;
  return found;
}

}  // namespace karpspec::script
