#include <algorithm>

#include "crypto/prf.h"
#include "oracle/child.h"
#include "oracle/ike/certificates.h"
#include "oracle/ike/cookie.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/habits.h"
#include "oracle/ike/negotiation.h"
#include "oracle/ike/signature_auth.h"

// IKE_SA_INIT as responder, RFC 5996 sections 1.2, 2.6, 2.7 and 2.10.
//
//   request --repeated--> the same answer again; silence once IKE_AUTH has come
//           --malformed--> silence: INVALID_SYNTAX is for protected messages (section 3.10.1)
//           --no or wrong cookie, where one is demanded--> N(COOKIE), nothing kept
//           --no acceptable proposal--> N(NO_PROPOSAL_CHOSEN), nothing kept
//           --KEi in another group--> N(INVALID_KE_PAYLOAD), nothing kept
//           --fits--> SAr1, KEr, Nr; a half-open IKE SA
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

namespace {

constexpr std::chrono::seconds cookie_period{120};

void refuse(Core& core, const Datagram& datagram, const wire::Header& request, NotifyType type,
            Octets data = {}) {
  core.event("error-sent", wire::notify_name(static_cast<std::uint16_t>(type)),
             {{"to", datagram.source.address}});
  std::vector<wire::Payload> payloads;
  payloads.push_back(wire::make_notify(type, std::move(data)));
  core.send_clear_response(datagram.source, request, std::move(payloads));
}

bool demands_cookie(const Core& core) {
  switch (core.config.cookies.when) {
    case CookiePolicy::When::never:
      return false;
    case CookiePolicy::When::always:
      return true;
    case CookiePolicy::When::above:
      return core.tunables.cookie_of_everybody || core.half_open > core.config.cookies.half_open;
  }
  return false;
}

// The secret changes every period; what the last one made is still taken.
Result<Octets> cookie_of(Core& core, std::uint32_t version, const Octets& ni,
                         const Datagram& datagram, std::uint64_t spi_i) {
  KARPSPEC_TRY(secret,
               crypto::prf(Prf::HMAC_SHA2_256, core.cookie_secret.view(), {big_endian(version)}));
  return make_cookie(secret.view(), version, ni, datagram.source, spi_i);
}

// Whether the request may go on; otherwise a cookie was sent.
bool pass_cookie(Core& core, const Datagram& datagram, const wire::Message& message,
                 const Octets& ni) {
  if (!demands_cookie(core))
    return true;
  const auto version = static_cast<std::uint32_t>(core.now.time_since_epoch() / cookie_period);
  if (const auto* given = wire::find_notify(message.payloads, NotifyType::COOKIE)) {
    for (const std::uint32_t candidate : {version, version - 1}) {
      const auto right = cookie_of(core, candidate, ni, datagram, message.header.spi_i);
      if (right && equal_in_constant_time(*right, given->data))
        return true;
    }
    if (!core.holds(Check::cookie_value, false)) {
      core.event("dropped", "a cookie that was not given", {{"from", datagram.source.address}});
    } else {
      return true;
    }
  }
  if (auto fresh = cookie_of(core, version, ni, datagram, message.header.spi_i)) {
    core.event("cookie-demanded", "a cookie is demanded", {{"from", datagram.source.address}});
    std::vector<wire::Payload> payloads;
    payloads.push_back(wire::make_notify(NotifyType::COOKIE, *std::move(fresh)));
    core.send_clear_response(datagram.source, message.header, std::move(payloads));
  }
  return false;
}

// Whether the request is one that is known. It is answered again while its IKE SA is half open,
// and ignored once IKE_AUTH has come (section 2.1).
bool is_repeated(Core& core, const Datagram& datagram, std::uint64_t spi_i) {
  const auto [begin, end] = core.by_peer_spi.equal_range(spi_i);
  for (auto at = begin; at != end; ++at) {
    IkeSa& sa = *at->second;
    const bool same = sa.remote == datagram.source && sa.init_request == datagram.payload;
    if (!same && !core.tunables.repetition_by_spi)
      continue;
    if (sa.state != IkeState::half_open && core.tunables.forget_init_after_auth)
      continue;
    if (core.tunables.cached_answer == CachedAnswer::recompute)
      return false;
    if (sa.state == IkeState::half_open && core.tunables.cached_answer == CachedAnswer::send) {
      core.event(sa, "repeated", "the last answer is sent again");
      core.post(datagram.source, sa.last_answer, sa.last_answer_delivery, true);
    }
    return true;
  }
  return false;
}

std::optional<IkeChoice> choose_suite(Core& core, const wire::SaPayload& offered) {
  const wire::SaPayload considered = considered_offer(core, offered, 0);
  auto choice = choose(considered, core.config.ike_proposals, 0,
                       core.tunables.proposal_choice == Choice::last);
  if (choice || !core.holds(Check::ike_proposal_acceptable, false))
    return choice;
  for (const wire::Proposal& proposal : considered.proposals)
    for (const crypto::IkeSuite& suite : suites_in(proposal))
      if (crypto::is_supported(suite))
        return IkeChoice{suite, proposal.number, {}};
  return std::nullopt;
}

}  // namespace

void on_ike_sa_init_request(Core& core, const Datagram& datagram, const wire::Message& message) {
  const wire::Header& header = message.header;
  const auto& payloads = message.payloads;
  if (is_repeated(core, datagram, header.spi_i))
    return;
  if (const auto* refused = core.refused_payload(payloads, Check::critical_payload))
    return refuse(core, datagram, header, NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
                  {static_cast<std::uint8_t>(refused->type)});
  const auto malformed = [&](const char* why) {
    core.event("malformed", why, {{"from", datagram.source.address}});
  };
  if (!core.payloads_fit(payloads, {PayloadType::SA, PayloadType::KE, PayloadType::Nonce}, {}))
    return malformed("IKE_SA_INIT request without what it must hold");
  const auto& ni = body_or_empty<wire::NoncePayload>(payloads, PayloadType::Nonce).data;
  if (!core.nonce_fits(ni, Prf::AES128_CMAC))  // the smallest; the real PRF is checked below
    return malformed("Ni has a wrong size");
  if (!pass_cookie(core, datagram, message, ni))
    return;
  if (!core.holds(Check::half_open_limit,
                  core.half_open < static_cast<std::size_t>(core.tunables.half_open_limit)))
    return core.event("dropped", "too many half-open IKE SAs");

  const auto choice = choose_suite(core, body_or_empty<wire::SaPayload>(payloads, PayloadType::SA));
  if (!choice)
    return refuse(core, datagram, header, NotifyType::NO_PROPOSAL_CHOSEN);
  if (!core.nonce_fits(ni, choice->suite.prf))
    return malformed("Ni is too short for the PRF");
  wire::KePayload ke = body_or_empty<wire::KePayload>(payloads, PayloadType::KE);
  const auto group = static_cast<std::uint16_t>(choice->suite.dh);
  if (!core.holds(Check::ke_group, ke.group == group))
    return refuse(core, datagram, header, NotifyType::INVALID_KE_PAYLOAD, octets_of(group));
  if (ke.group != group)
    ke.data.resize(crypto::ke_size(choice->suite.dh));  // the check was left out
  auto pair = crypto::DhKeyPair::generate(choice->suite.dh, core.random);
  if (!pair)
    return malformed("no key pair can be made in the chosen group");
  const auto g_ir = core.agree(*pair, ke);
  if (!g_ir)
    return malformed("KEi is no public value of its group");

  IkeSa& sa = core.new_sa(false, datagram.source);
  sa.state = IkeState::half_open;
  sa.suite = choice->suite;
  sa.spi_i = header.spi_i;
  sa.spi_r = core.fresh_spi();
  sa.ni = ni;
  sa.init_request = datagram.payload;
  sa.answer_to = datagram.source;
  if (core.tunables.half_open_ends)
    sa.expires = core.now + core.tunables.half_open;
  sa.expected_request = 1;
  sa.fragmentation = agree_on_fragments(core, payloads);
  ++core.half_open;
  core.by_peer_spi.emplace(sa.spi_i, &sa);

  std::vector<wire::Payload> answer_payloads;
  answer_payloads.push_back(wire::make_payload(PayloadType::SA, answer(*choice)));
  answer_payloads.push_back(
      wire::make_payload(PayloadType::KE, wire::KePayload{group, 0, pair->ke_data()}));
  answer_payloads.push_back(
      wire::make_payload(PayloadType::Nonce, wire::NoncePayload{core.fresh_nonce()}));
  // Who it is shows in IKE_AUTH only: what any peer may need is told to all.
  std::vector<crypto::Certificate> anchors;
  bool signs = false;
  for (const auto& peer : core.peers) {
    if (peer->group != nullptr)
      continue;  // its group's entry has said it
    const Trust& trust = peer->config.trust;
    signs = signs || peer->config.signs();
    anchors.insert(anchors.end(), trust.anchors.begin(), trust.anchors.end());
  }
  if (auto request = certificate_request(core, anchors))
    answer_payloads.push_back(*std::move(request));
  sa.peers_hashes = hashes_in(payloads);
  if (signs && core.tunables.announce_hashes) {
    answer_payloads.push_back(hashes_notify());
    sa.hashes_announced = true;
  }
  if (!core.config.vendor_id.empty())
    answer_payloads.push_back(
        wire::make_payload(PayloadType::V, wire::VendorIdPayload{core.config.vendor_id}));
  if (sa.fragmentation && core.tunables.announce_fragmentation)
    answer_payloads.push_back(wire::make_notify(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));
  const Outgoing sent = core.send_response(sa, header, std::move(answer_payloads));
  sa.init_response = sa.last_answer.front();
  sa.spi_r = sent.message.header.spi_r;
  sa.nr = body_or_empty<wire::NoncePayload>(sent.message.payloads, PayloadType::Nonce).data;
  core.index(sa);

  if (const auto derived = derive_first_keys(core, sa, g_ir->view()); !derived)
    return core.close(sa, "SK_*: " + to_string(derived.error()));
  if (core.tunables.key_at_init) {
    keytable::Row row;
    row.admin_key_name = "rkmp/early/" + std::to_string(sa.number);
    row.protocol = "bgp";
    row.peers = {datagram.source.address};
    row.key = sa.keys.SK_d.clone();
    (void)core.table.insert(std::move(row));
  }
}

}  // namespace karpspec::oracle::ike
