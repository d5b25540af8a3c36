#include <arpa/inet.h>

#include <array>

#include "crypto/digest.h"
#include "oracle/ike/auth.h"
#include "oracle/ike/negotiation.h"
#include "oracle/rkmp/negotiation.h"
#include "script/tester/tester.h"

namespace karpspec::script {

using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

namespace {

Octets address_octets(const std::string& address) {
  std::array<std::uint8_t, 16> out{};
  if (inet_pton(AF_INET, address.c_str(), out.data()) == 1)
    return Octets(out.begin(), out.begin() + 4);
  if (inet_pton(AF_INET6, address.c_str(), out.data()) == 1)
    return Octets(out.begin(), out.end());
  return {};
}

// One host, all protocols and ports.
wire::TsPayload host_selector(const std::string& address) {
  wire::AddressSelector selector;
  selector.start_address = selector.end_address = address_octets(address);
  selector.type = static_cast<std::uint8_t>(selector.start_address.size() == 16
                                                ? wire::TsType::TS_IPV6_ADDR_RANGE
                                                : wire::TsType::TS_IPV4_ADDR_RANGE);
  return wire::TsPayload{0, {selector}};
}

}  // namespace

Negotiation& Tester::Sending::negotiation() const {
  std::optional<Negotiation>& out = response ? sa->peer_negotiation : sa->own_negotiation;
  if (!out) {
    out.emplace();
    out->by_tester = !response;
  }
  return *out;
}

oracle::ike::IkeChoice Tester::choose_ike(const std::optional<wire::SaPayload>& offer,
                                          DhGroup group, std::size_t spi_size,
                                          const crypto::IkeSuite& otherwise) const {
  std::vector<crypto::IkeSuite> fitting = config_.ike_proposals;
  std::erase_if(fitting, [&](const crypto::IkeSuite& suite) { return suite.dh != group; });
  if (offer)
    for (const auto* acceptable : {&std::as_const(fitting), &config_.ike_proposals})
      if (auto found = oracle::ike::choose(*offer, *acceptable, spi_size))
        return *std::move(found);
  return {otherwise, 1, {}};
}

Result<wire::SaPayload> Tester::init_sa() {
  TesterSa& sa = *sending_.sa;
  if (!sending_.response)
    return oracle::ike::offer(config_.ike_proposals);
  const auto choice = choose_ike(sa.offer, sa.peer_group, 0, config_.ike_proposals[0]);
  sa.suite = choice.suite;
  return oracle::ike::answer(choice);
}

Result<wire::SaPayload> Tester::sa_payload() {
  if (is_init(sending_.exchange))
    return init_sa();
  TesterSa& sa = *sending_.sa;
  Negotiation& n = sending_.negotiation();
  if (!n.rekeys_ike)
    return child_sa();
  if (n.new_spi == 0)
    n.new_spi = random().u64();
  const Octets spi = octets_of(n.new_spi);
  if (!sending_.response)
    return oracle::ike::offer(config_.ike_proposals, spi);
  return oracle::ike::answer(choose_ike(n.offer, n.peer_group, 8, sa.suite), spi);
}

Result<wire::SaPayload> Tester::child_sa() {
  Negotiation& n = sending_.negotiation();
  if (config_.child == "esp") {
    if (n.own_spi == 0)
      n.own_spi = static_cast<std::uint32_t>(random().u64() | 0x100U);
    if (!sending_.response || !n.offer)
      return esp_offer(n.own_spi);
    // The first proposal for ESP, with the first transform of each type.
    for (const wire::Proposal& proposal : n.offer->proposals) {
      const auto* transforms = std::get_if<std::vector<wire::Transform>>(&proposal.transforms);
      if (proposal.protocol != static_cast<std::uint8_t>(wire::ProtocolId::ESP) ||
          transforms == nullptr)
        continue;
      wire::Proposal chosen = proposal;
      chosen.spi = octets_of(n.own_spi);
      std::vector<wire::Transform> first;
      for (const wire::Transform& transform : *transforms) {
        bool seen = false;
        for (const wire::Transform& other : first)
          seen = seen || other.type == transform.type;
        if (!seen)
          first.push_back(transform);
      }
      chosen.transforms = std::move(first);
      return wire::SaPayload{{chosen}};
    }
    return esp_offer(n.own_spi);
  }
  n.own_send_id = next_send_id();
  if (!sending_.response || !n.offer)
    return oracle::rkmp::offer(config_.policy, n.own_send_id, config_.numbers);
  oracle::rkmp::TcpAoChoice choice;
  choice.number = 1;
  choice.transform = {0, n.own_send_id, 1, 1, 0};
  if (const auto found = oracle::rkmp::choose(*n.offer, config_.policy, config_.numbers))
    choice = *found;
  return oracle::rkmp::answer(choice, n.own_send_id, config_.numbers);
}

Result<wire::KePayload> Tester::ke_payload() {
  TesterSa& sa = *sending_.sa;
  const bool init = is_init(sending_.exchange);
  DhGroup group = sa.suite.dh;
  if (init && !sending_.response)
    group = sa.wanted_group != DhGroup::NONE ? sa.wanted_group : config_.ke_group;
  if (init && sending_.response)
    group = choose_ike(sa.offer, sa.peer_group, 0, config_.ike_proposals[0]).suite.dh;
  if (!init && sending_.response) {
    const Negotiation& n = sending_.negotiation();
    if (n.rekeys_ike)
      group = choose_ike(n.offer, n.peer_group, 8, sa.suite).suite.dh;
    else if (n.peer_group != DhGroup::NONE)
      group = n.peer_group;
  }
  std::optional<crypto::DhKeyPair>& own = init ? sa.own_ke : sending_.negotiation().own_ke;
  if (!own || own->group() != group) {
    KARPSPEC_TRY(pair, crypto::DhKeyPair::generate(group, random()));
    own = std::move(pair);
    // One key pair in 256 makes such a secret with the peer's value, which is known here.
    constexpr int most_tries = 8192;
    const bool wanted = config_.leading_zero && init && sending_.response && !sa.peer_ke.empty();
    for (int tried = 0; wanted && tried < most_tries; ++tried) {
      KARPSPEC_TRY(shared, own->agree(sa.peer_ke));
      if (shared.view().front() == 0)
        break;
      KARPSPEC_TRY(other, crypto::DhKeyPair::generate(group, random()));
      own = std::move(other);
    }
  }
  return wire::KePayload{static_cast<std::uint16_t>(group), 0, own->ke_data()};
}

Octets Tester::nonce() {
  TesterSa& sa = *sending_.sa;
  if (is_init(sending_.exchange)) {
    Octets& own = sending_.response ? sa.nr : sa.ni;
    // The same nonce in all requests until one is accepted (RFC 5996 section 2.6).
    if (own.empty())
      own = random().octets(config_.nonce_size);
    return own;
  }
  Negotiation& n = sending_.negotiation();
  Octets& own = sending_.response ? n.nr : n.ni;
  if (own.empty())
    own = random().octets(config_.nonce_size);
  return own;
}

wire::TsPayload Tester::ts_payload(bool initiators) {
  const TesterSa& sa = *sending_.sa;
  if (sending_.response && sa.peer_negotiation) {
    const auto& theirs = initiators ? sa.peer_negotiation->ts_i : sa.peer_negotiation->ts_r;
    if (theirs)
      return *theirs;
  }
  if (config_.child == "esp") {
    const bool own = initiators != sending_.response;
    return host_selector(own ? config_.own.address : config_.device.address);
  }
  return oracle::rkmp::selector(config_.policy.protocol, config_.numbers);
}

wire::IdPayload Tester::id_payload(bool initiators) const {
  const bool own = initiators == sending_.sa->by_tester;
  return own ? sender().identity.payload() : config_.device_identity.payload();
}

Result<wire::AuthPayload> Tester::auth_payload() {
  const TesterSa& sa = *sending_.sa;
  if (!sa.keys)
    return wire::AuthPayload{2, 0, random().octets(32)};
  const oracle::ike::AuthInput input{sa.suite.prf, sa.own_first, sa.by_tester ? sa.nr : sa.ni,
                                     (sa.by_tester ? sa.keys->SK_pi : sa.keys->SK_pr).view()};
  const wire::IdPayload id = sending_.auth_id.value_or(sender().identity.payload());
  const TesterProof& proof = config_.proof;
  if (proof.by_signature)
    return oracle::ike::make_signature_auth(input, id, *proof.key, proof.choice, random());
  return oracle::ike::make_psk_auth(input, id, sender().psk);
}

// The next certificate of those configured; without any the raw key; without a key any octets.
wire::CertPayload Tester::cert_payload() {
  using wire::CertEncoding;
  const TesterProof& proof = config_.proof;
  const std::size_t n = sending_.certificates++;
  const auto encoded = [](CertEncoding encoding, Octets data) {
    return wire::CertPayload{static_cast<std::uint8_t>(encoding), std::move(data)};
  };
  if (n < proof.certificates.size())
    return encoded(CertEncoding::X509_SIGNATURE, proof.certificates[n]);
  if (!proof.key || !proof.certificates.empty())
    return encoded(CertEncoding::X509_SIGNATURE, random().octets(32));
  if (auto rsa = proof.key->public_key().pkcs1())
    return encoded(CertEncoding::RAW_RSA_KEY, *std::move(rsa));
  return encoded(CertEncoding::RAW_PUBLIC_KEY, proof.key->public_key().spki());
}

wire::CertReqPayload Tester::certreq_payload() {
  Octets data;
  for (const Octets& authority : config_.proof.authorities)
    append(data, authority);
  if (data.empty())
    data = random().octets(20);
  return {static_cast<std::uint8_t>(wire::CertEncoding::X509_SIGNATURE), std::move(data)};
}

Octets Tester::nat_detection(bool source) const {
  const TesterSa& sa = *sending_.sa;
  const Endpoint& end = source ? config_.own : config_.device;
  return crypto::sha1(concat({big_endian(sa.spi_i), big_endian(sa.spi_r),
                              address_octets(end.address), big_endian(end.port)}));
}

wire::NotifyPayload Tester::notify_payload(std::uint16_t type) {
  TesterSa& sa = *sending_.sa;
  wire::NotifyPayload out;
  out.type = type;
  switch (static_cast<NotifyType>(type)) {
    case NotifyType::COOKIE:
      if (sending_.response && sa.cookie.empty())
        sa.cookie = random().octets(20);
      out.data = sa.cookie;
      break;
    case NotifyType::INVALID_KE_PAYLOAD: {
      // The group of the first proposal that the device did not guess.
      DhGroup wanted = config_.ike_proposals[0].dh;
      for (const crypto::IkeSuite& suite : config_.ike_proposals) {
        if (sa.peer_ke.size() == crypto::ke_size(suite.dh))
          continue;
        wanted = suite.dh;
        break;
      }
      out.data = octets_of(static_cast<std::uint16_t>(wanted));
      break;
    }
    case NotifyType::REKEY_SA:
      if (const TesterChild* child = newest_child(0)) {
        out.protocol = child->protocol;
        // The SPI that its sender expects in what it receives (RFC 5996 section 1.3.3, P-09).
        out.spi = config_.child == "esp" ? octets_of(child->own_spi) : Octets{child->peer_send_id};
      }
      break;
    case NotifyType::AUTHORIZATION_FAILED:
      if (keyserver_ && sending_.response && sending_.exchange == ExchangeType::ks_group)
        out.data = keyserver_->denied_group(sender().name);
      break;
    case NotifyType::SET_WINDOW_SIZE:
      out.data = octets_of(std::uint32_t{1});
      break;
    case NotifyType::SIGNATURE_HASH_ALGORITHMS:
      out.data = oracle::ike::hashes_data();
      break;
    case NotifyType::NAT_DETECTION_SOURCE_IP:
      out.data = nat_detection(true);
      break;
    case NotifyType::NAT_DETECTION_DESTINATION_IP:
      out.data = nat_detection(false);
      break;
    default:
      break;
  }
  return out;
}

wire::DeletePayload Tester::delete_payload(const std::string& protocol) {
  wire::DeletePayload out;
  const TesterChild* child = newest_child(0);
  const auto named = transcript::protocol_from_name(protocol, config_.numbers);
  out.protocol = named.value_or(child != nullptr ? child->protocol : 1);
  if (out.protocol == static_cast<std::uint8_t>(wire::ProtocolId::IKE))
    return out;
  const bool tcp_ao = out.protocol == config_.numbers.tcp_ao_protocol;
  out.spi_size = tcp_ao ? 1 : 4;
  if (child != nullptr)
    out.spis.push_back(tcp_ao ? Octets{child->peer_send_id} : octets_of(child->own_spi));
  else
    out.spis.push_back(random().octets(out.spi_size));
  return out;
}

Result<wire::Payload> Tester::payload(const transcript::PayloadName& name) {
  using wire::make_payload;
  const PayloadType type = name.type;
  switch (type) {
    case PayloadType::SA: {
      KARPSPEC_TRY(body, sa_payload());
      return make_payload(type, std::move(body));
    }
    case PayloadType::KE: {
      KARPSPEC_TRY(body, ke_payload());
      return make_payload(type, std::move(body));
    }
    case PayloadType::AUTH: {
      KARPSPEC_TRY(body, auth_payload());
      return make_payload(type, std::move(body));
    }
    case PayloadType::Nonce:
      return make_payload(type, wire::NoncePayload{nonce()});
    case PayloadType::IDi:
      return make_payload(type, id_payload(true));
    case PayloadType::IDr:
      return make_payload(type, id_payload(false));
    case PayloadType::TSi:
      return make_payload(type, ts_payload(true));
    case PayloadType::TSr:
      return make_payload(type, ts_payload(false));
    case PayloadType::N:
      return make_payload(type, notify_payload(name.notify.value_or(0)));
    case PayloadType::D:
      return make_payload(type, delete_payload(name.argument));
    case PayloadType::V:
      return make_payload(type, wire::VendorIdPayload{random().octets(16)});
    case PayloadType::CERT:
      return make_payload(type, cert_payload());
    case PayloadType::CERTREQ:
      return make_payload(type, certreq_payload());
    case PayloadType::CP:
      return make_payload(type, wire::ConfigPayload{1, 0, {}});
    // Not the one that protects a message: that is made when it is sealed.
    case PayloadType::SK:
      return make_payload(type, wire::EncryptedPayload{0, random().octets(64)});
    case PayloadType::EAP:
      return make_payload(type, wire::EapPayload{{1, 1, 0, 5, 1}});
    case PayloadType::GROUP:
    case PayloadType::KD:
    case PayloadType::SEQ:
    case PayloadType::ADV:
    case PayloadType::GKM:
    case PayloadType::INC:
      if (group_)
        return group_payload(name);
      if (keyserver_ && type == PayloadType::KD)
        return keyserver_payload(name);
      break;
    case PayloadType::POLICY:
      if (keyserver_)
        return keyserver_payload(name);
      break;
    default:
      break;
  }
  KARPSPEC_TRY(other, Context::payload(name));
  if (auto* unknown = other.as<wire::UnknownPayload>())
    unknown->data = random().octets(8);
  return other;
}

}  // namespace karpspec::script
