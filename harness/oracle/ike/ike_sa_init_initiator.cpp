#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/certificates.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"
#include "oracle/ike/negotiation.h"
#include "oracle/ike/signature_auth.h"

// IKE_SA_INIT as initiator, RFC 5996 sections 1.2, 2.6, 2.7 and 2.10.
//
//   request --N(COOKIE)--> request with the cookie first, all else unchanged
//           --N(INVALID_KE_PAYLOAD)--> request with KEi in the group asked for
//           --SAr1, KEr, Nr--> IKE_AUTH
//           --any other error, or an answer that does not fit--> request goes on being repeated:
//             nobody has signed it, and the right answer may still come (section 2.4)
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

namespace {

constexpr std::int64_t most_cookies = 5;

void send_init_request(Core& core, IkeSa& sa) {
  std::vector<wire::Payload> payloads;
  if (!sa.cookie.empty())
    payloads.push_back(wire::make_notify(NotifyType::COOKIE, sa.cookie));
  payloads.push_back(wire::make_payload(PayloadType::SA, sa.offer));
  payloads.push_back(wire::make_payload(
      PayloadType::KE,
      wire::KePayload{static_cast<std::uint16_t>(sa.dh->group()), 0, sa.dh->ke_data()}));
  payloads.push_back(wire::make_payload(PayloadType::Nonce, wire::NoncePayload{sa.ni}));
  if (sa.peer->config.signs() && core.tunables.announce_hashes) {
    payloads.push_back(hashes_notify());
    sa.hashes_announced = true;
  }
  if (!core.config.vendor_id.empty())
    payloads.push_back(
        wire::make_payload(PayloadType::V, wire::VendorIdPayload{core.config.vendor_id}));
  if (core.config.fragment_size && core.tunables.announce_fragmentation)
    payloads.push_back(wire::make_notify(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));

  sa.outstanding.clear();
  sa.next_request = 0;
  const Exchange& exchange =
      core.send_request(sa, wire::ExchangeType::IKE_SA_INIT, std::move(payloads));
  const wire::Message& sent = exchange.outgoing.message;
  sa.init_request = exchange.datagrams.front();
  if (sa.first_init_request.empty())
    sa.first_init_request = exchange.datagrams.front();
  sa.ni = body_or_empty<wire::NoncePayload>(sent.payloads, PayloadType::Nonce).data;
  sa.spi_i = sent.header.spi_i;
  core.index(sa);
}

bool new_key_pair(Core& core, IkeSa& sa, DhGroup group) {
  auto pair = crypto::DhKeyPair::generate(group, core.random);
  if (!pair)
    return false;
  sa.dh = *std::move(pair);
  sa.groups_tried.push_back(group);
  return true;
}

void on_cookie(Core& core, IkeSa& sa, const Octets& cookie) {
  core.event(sa, "cookie-requested", "the responder demands a cookie");
  if (!core.holds(Check::cookie_size, !cookie.empty() && cookie.size() <= 64) ||
      !core.tunables.return_cookie || ++sa.cookies_returned > most_cookies)
    return;
  sa.cookie = cookie;
  if (!core.tunables.cookie_request_unchanged) {
    sa.ni = core.fresh_nonce();
    (void)new_key_pair(core, sa, sa.dh->group());
  }
  send_init_request(core, sa);
}

void on_invalid_ke(Core& core, IkeSa& sa, const Octets& data) {
  if (data.size() != 2 || !core.tunables.retry_invalid_ke)
    return;
  const auto group = static_cast<DhGroup>(data[0] << 8 | data[1]);
  const auto& suites = core.config.ike_proposals;
  const bool offered = std::any_of(suites.begin(), suites.end(),
                                   [&](const auto& suite) { return suite.dh == group; });
  const auto& tried = sa.groups_tried;
  const bool fresh = std::find(tried.begin(), tried.end(), group) == tried.end();
  core.event(sa, "error-received", "INVALID_KE_PAYLOAD",
             {{"group", std::to_string(static_cast<unsigned>(group))}});
  if (!core.holds(Check::invalid_ke_group, offered && fresh) || !new_key_pair(core, sa, group))
    return;
  if (!core.tunables.cookie_in_all_retries)
    sa.cookie.clear();
  if (!core.tunables.retry_offers_all) {
    std::vector<crypto::IkeSuite> of_group = suites;
    std::erase_if(of_group, [&](const auto& suite) { return suite.dh != group; });
    sa.offer = offer(of_group);
  }
  send_init_request(core, sa);
}

// What SAr1 settles on. nullopt: it is inconsistent with SAi1.
std::optional<crypto::IkeSuite> settle_suite(Core& core, const IkeSa& sa,
                                             const wire::SaPayload& answer) {
  if (const auto choice = check_answer(sa.offer, answer))
    return choice->suite;
  const bool single = answer.proposals.size() == 1;
  if (!core.holds(Check::ike_proposal_single, single))
    return std::nullopt;
  if (!core.holds(Check::ike_proposal_consistent, false))
    return std::nullopt;
  for (const wire::Proposal& proposal : answer.proposals)
    for (const crypto::IkeSuite& suite : suites_in(proposal))
      if (crypto::is_supported(suite))
        return suite;
  return std::nullopt;
}

}  // namespace

IkeSa* start_ike_sa_init(Core& core, Peer& peer, std::uint8_t protocol) {
  IkeSa& sa = core.new_sa(true, peer.config.endpoint);
  core.assign(sa, peer);
  sa.state = IkeState::init_sent;
  sa.first_protocol = protocol;
  const bool allowed = peer.config.may_be_at(sa.remote.address, core.tunables.most_addresses);
  if (!core.holds(Check::peer_address, allowed)) {
    core.event(sa, "peer-refused", peer.config.name + " may not be at " + sa.remote.address);
    core.close(sa, "nobody is called at an address that the peer may not have");
    return nullptr;
  }
  sa.spi_i = core.fresh_spi();
  sa.offer = offer(core.config.ike_proposals);
  sa.ni = core.fresh_nonce();
  if (core.config.ike_proposals.empty() ||
      !new_key_pair(core, sa, core.config.ike_proposals.front().dh)) {
    core.close(sa, "no IKE proposal that can be computed is configured");
    return nullptr;
  }
  send_init_request(core, sa);
  return &sa;
}

void on_ike_sa_init_response(Core& core, IkeSa& sa, const wire::Message& message,
                             OctetView datagram) {
  core.touch(sa);
  const auto& payloads = message.payloads;
  if (core.refused_payload(payloads, Check::critical_payload_response) != nullptr)
    return core.event(sa, "dropped", "IKE_SA_INIT response with an unknown critical payload");
  const bool heeded = message.header.spi_r == 0 || !core.tunables.refuse_spi_in_error;
  if (const auto* cookie = wire::find_notify(payloads, NotifyType::COOKIE);
      cookie != nullptr && heeded && wire::find(payloads, PayloadType::SA) == nullptr)
    return on_cookie(core, sa, cookie->data);
  if (const auto* other = wire::find_notify(payloads, NotifyType::INVALID_KE_PAYLOAD);
      other != nullptr && heeded)
    return on_invalid_ke(core, sa, other->data);
  if (const auto* error = find_error(core, payloads)) {
    core.event(sa, "error-received", wire::notify_name(error->type));
    if (core.tunables.init_error_gives_up)
      core.close(sa, "IKE_SA_INIT was answered with an error");
    return;
  }
  const auto pass_over = [&](const std::string& why) { core.event(sa, "malformed", why); };
  if (!core.payloads_fit(payloads, {PayloadType::SA, PayloadType::KE, PayloadType::Nonce}, {}) ||
      !core.holds(Check::spi_zero, message.header.spi_r != 0))
    return pass_over("IKE_SA_INIT response without what it must hold");

  const auto suite =
      settle_suite(core, sa, body_or_empty<wire::SaPayload>(payloads, PayloadType::SA));
  if (!suite)
    return pass_over("SAr1 is none of the proposals of SAi1");
  const auto& nonce = body_or_empty<wire::NoncePayload>(payloads, PayloadType::Nonce).data;
  if (!core.nonce_fits(nonce, suite->prf))
    return pass_over("Nr has a wrong size");
  const auto& ke = body_or_empty<wire::KePayload>(payloads, PayloadType::KE);
  const bool same_group =
      ke.group == static_cast<std::uint16_t>(suite->dh) && suite->dh == sa.dh->group();
  if (!core.holds(Check::ke_group_response, same_group))
    return pass_over("KEr is not in the group of SAr1");
  const auto g_ir = core.agree(*sa.dh, ke);
  if (!g_ir)
    return pass_over("KEr: " + to_string(g_ir.error()));

  sa.suite = *suite;
  sa.nr = nonce;
  sa.spi_r = message.header.spi_r;
  sa.init_response.assign(datagram.begin(), datagram.end());
  sa.peers_hashes = hashes_in(payloads);
  sa.requested_authorities = requested_authorities(payloads);
  sa.fragmentation = agree_on_fragments(core, payloads);
  if (const auto derived = derive_first_keys(core, sa, g_ir->view()); !derived)
    return core.close(sa, "SK_*: " + to_string(derived.error()));
  sa.outstanding.clear();
  sa.state = IkeState::auth_sent;
  start_ike_auth(core, sa);
}

}  // namespace karpspec::oracle::ike
