#include "observer/association.h"

#include "oracle/ike/auth.h"
#include "oracle/ike/negotiation.h"
#include "wire/ip_address.h"

namespace karpspec::observer {
namespace {

constexpr std::uint16_t use_ppk = 16435;  // RFC 8784

using wire::PayloadType;

// An identity as a file of secrets names it: a text, or an address.
std::string name_of(const wire::IdPayload& id) {
  switch (static_cast<wire::IdType>(id.id_type)) {
    case wire::IdType::ID_IPV4_ADDR:
    case wire::IdType::ID_IPV6_ADDR: {
      const auto address = wire::IpAddress::from_octets(id.data);
      return address ? address->to_text() : "";
    }
    case wire::IdType::ID_FQDN:
    case wire::IdType::ID_RFC822_ADDR:
    case wire::IdType::ID_KEY_ID:
      return {id.data.begin(), id.data.end()};
    default:
      return {};
  }
}

}  // namespace

void note_key_exchange(KeyExchange& exchange, const wire::Message& message, OctetView encoded) {
  const auto* nonce = body_of<wire::NoncePayload>(message, PayloadType::Nonce);
  const auto* ke = body_of<wire::KePayload>(message, PayloadType::KE);
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  if (wire::find_notify(message.payloads, wire::NotifyType::COOKIE) != nullptr)
    exchange.cookie_missing = message.header.is_response();
  for (const std::uint16_t type : {use_ppk, intermediate_exchange_supported})
    exchange.extended =
        exchange.extended ||
        wire::find_notify(message.payloads, static_cast<wire::NotifyType>(type)) != nullptr;
  // What holds no nonce is a refusal, such as N(COOKIE): the request comes again.
  if (nonce == nullptr || ke == nullptr || sa == nullptr || sa->proposals.empty())
    return;
  const bool response = message.header.is_response();
  (response ? exchange.response : exchange.request).assign(encoded.begin(), encoded.end());
  (response ? exchange.nr : exchange.ni) = nonce->data;
  (response ? exchange.ke_r : exchange.ke_i) = ke->data;
  if (!response)
    return;
  exchange.group = ke->group;
  const auto suites = oracle::ike::suites_in(sa->proposals.front());
  if (suites.size() == 1 && crypto::is_supported(suites.front()))
    exchange.suite = suites.front();
  if (sa->proposals.front().spi.size() == 8)
    exchange.spi_r = unsigned_from(sa->proposals.front().spi);
}

std::optional<crypto::IkeKeys> derive(const Association& association, const Association* old,
                                      const Secrets& secrets) {
  const KeyExchange& init = association.init;
  if (!init.suite || init.ni.empty() || init.nr.empty())
    return std::nullopt;
  const auto group = static_cast<DhGroup>(init.group);
  const crypto::DhKeyPair* pair = secrets.pair_of(group, init.ke_i);
  const Octets* peer = &init.ke_r;
  if (pair == nullptr) {
    pair = secrets.pair_of(group, init.ke_r);
    peer = &init.ke_i;
  }
  if (pair == nullptr)
    return std::nullopt;
  const auto shared = pair->agree(*peer);
  if (!shared)
    return std::nullopt;
  if (association.rekeyed && (old == nullptr || !old->derived || !old->init.suite))
    return std::nullopt;
  const auto seed =
      association.rekeyed
          ? crypto::derive_rekeyed_skeyseed(old->init.suite->prf, old->derived->SK_d.view(),
                                            {shared->view()}, {init.ni}, {init.nr})
          : crypto::derive_skeyseed(init.suite->prf, {init.ni}, {init.nr}, {shared->view()});
  if (!seed)
    return std::nullopt;
  auto keys = crypto::derive_ike_keys(*init.suite, *seed, {init.ni}, {init.nr}, {association.spi_i},
                                      {association.spi_r});
  if (!keys)
    return std::nullopt;
  return *std::move(keys);
}

std::optional<AuthCheck> auth_holds(Association& association, const wire::Message& message,
                                    const Secrets& secrets) {
  const bool by_initiator = message.header.from_initiator();
  const auto* id =
      body_of<wire::IdPayload>(message, by_initiator ? PayloadType::IDi : PayloadType::IDr);
  const auto* auth = body_of<wire::AuthPayload>(message, PayloadType::AUTH);
  if (auth == nullptr || id == nullptr || !association.derived || association.rekeyed ||
      secrets.preshared_keys.empty() ||
      auth->method != static_cast<std::uint8_t>(wire::AuthMethod::PSK))
    return std::nullopt;
  const KeyExchange& init = association.init;
  const oracle::ike::AuthInput input{
      init.suite->prf, by_initiator ? init.request : init.response,
      by_initiator ? init.nr : init.ni,
      by_initiator ? association.derived->SK_pi.view() : association.derived->SK_pr.view()};
  // Later exchanges of IKE_AUTH are of further authentications (RFC 4739).
  const bool plain = !init.cookie_missing && !init.extended && message.header.message_id == 1;
  AuthCheck out;
  for (const Secrets::PresharedKey& one : secrets.preshared_keys) {
    const auto holds = oracle::ike::verify_psk_auth(input, *id, one.key.view(), *auth);
    if (holds && *holds)
      return AuthCheck{true, true};
    out.certain =
        out.certain || (plain && holds && !one.identity.empty() && one.identity == name_of(*id));
  }
  return out;
}

}  // namespace karpspec::observer
