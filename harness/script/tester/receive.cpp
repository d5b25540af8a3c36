#include <algorithm>

#include "oracle/ike/auth.h"
#include "oracle/ike/certificates.h"
#include "oracle/ike/negotiation.h"
#include "oracle/ike/sealed_message.h"
#include "script/tester/tester.h"

namespace karpspec::script {

using wire::ExchangeType;
using wire::PayloadType;

crypto::DirectionKeys TesterSa::sending() const {
  return by_tester ? oracle::ike::keys_of_initiator(*keys) : oracle::ike::keys_of_responder(*keys);
}

crypto::DirectionKeys TesterSa::receiving() const {
  return by_tester ? oracle::ike::keys_of_responder(*keys) : oracle::ike::keys_of_initiator(*keys);
}

Tester::Tester(TesterConfig config, Random& random)
    : Context(random, config.numbers), config_(std::move(config)), send_id_(config_.send_id) {
  if (config_.group)
    group_.emplace(*config_.group, random);
  if (config_.keyserver)
    keyserver_.emplace(*config_.keyserver, random);
}

TesterSa* Tester::find(const std::string& name) {
  for (TesterSa& sa : sas_)
    if (sa.name == name)
      return &sa;
  return nullptr;
}

const TesterSa* Tester::find_sa(const std::string& name) const {
  for (const TesterSa& sa : sas_)
    if (sa.name == name)
      return &sa;
  return nullptr;
}

void Tester::set_function(const std::string& name, std::optional<transcript::Value> value) {
  if (value)
    functions_[name] = *std::move(value);
  else
    functions_.erase(name);
}

Result<transcript::Value> Tester::binding(const std::string& name) {
  const auto found = bindings_.find(name);
  if (found == bindings_.end())
    return Context::binding(name);
  return found->second;
}

Result<transcript::Value> Tester::function(const std::string& name) {
  const auto found = functions_.find(name);
  if (found != functions_.end())
    return found->second;
  // =second-kek: the ID of the KEK that this router of the tester's sends under.
  constexpr std::string_view kek = "-kek";
  if (group_ && name.ends_with(kek)) {
    const std::string router = name.substr(0, name.size() - kek.size());
    if (config_.router(router) != nullptr)
      return transcript::Value(std::uint64_t{group_->current_kek(router)});
  }
  if (name == "cookie") {
    for (const TesterSa& sa : sas_)
      if (!sa.cookie.empty())
        return transcript::Value(sa.cookie);
    return fail(ErrorCode::not_found, "no cookie was received");
  }
  if (name == "device-id")
    return transcript::Value(config_.device_identity.value);
  if (name == "tester-id")
    return transcript::Value(config_.identity.value);
  if (name == "master-key")
    return fail(ErrorCode::not_found, "no key was agreed on");
  return Context::function(name);
}

Received Tester::open(const Octets& datagram) const {
  Received out;
  out.datagram = datagram;
  const auto header = wire::decode_header(datagram, false);
  if (!header) {
    out.problem = "no IKE header: " + to_string(header.error());
    return out;
  }
  out.header = *header;
  out.message.header = *header;
  if (group_ && header->exchange_type() == ExchangeType::mrkmp_group)
    return open_group_message(std::move(out));
  const TesterSa* sa = nullptr;
  for (const TesterSa& candidate : sas_) {
    const bool first = candidate.spi_i == header->spi_i;
    // A responder's SPI is new in the answer to IKE_SA_INIT.
    const bool second = candidate.spi_r == header->spi_r || candidate.spi_r == 0 ||
                        is_init(header->exchange_type());
    if (first && second)
      sa = &candidate;
  }
  if (sa != nullptr)
    out.sa = sa->name;
  const auto message = wire::decode_message(datagram, config_.numbers);
  if (!message) {
    out.problem = "it does not decode: " + to_string(message.error());
    return out;
  }
  out.message = *message;
  if (!message->payloads.empty() && message->payloads.back().type == PayloadType::SKF)
    return open_fragment(std::move(out), sa);
  if (message->payloads.empty() || message->payloads.back().type != PayloadType::SK)
    return out;
  out.is_sealed = true;
  if (sa == nullptr || !sa->keys) {
    out.problem = "it is protected, and there are no keys for its SPIs";
    return out;
  }
  auto opened = oracle::ike::open_message(sa->suite, sa->receiving(), datagram, config_.numbers);
  if (!opened) {
    out.problem =
        opened.error().code == ErrorCode::not_authentic
            ? "its SK payload does not open under the keys of the IKE SA (the ICV is wrong)"
            : "the payloads in SK do not decode: " + to_string(opened.error());
    return out;
  }
  out.message = *std::move(opened);
  return out;
}

Result<void> Tester::derive_keys(TesterSa& sa) {
  if (!sa.own_ke)
    return fail(ErrorCode::not_found, "no KE payload was sent");
  KARPSPEC_TRY(shared, sa.own_ke->agree(sa.peer_ke));
  KARPSPEC_TRY(seed, crypto::derive_skeyseed(sa.suite.prf, {sa.ni}, {sa.nr}, {shared.view()}));
  KARPSPEC_TRY(keys,
               crypto::derive_ike_keys(sa.suite, seed, {sa.ni}, {sa.nr}, {sa.spi_i}, {sa.spi_r}));
  key_log_.push_back(
      {sa.spi_i, sa.spi_r, sa.suite, keys.clone(), sa.own_ke->group(), sa.own_ke->private_value()});
  sa.keys = std::move(keys);
  return {};
}

namespace {}  // namespace

void Tester::absorb_init_request(const Received& received, const std::string& name) {
  TesterSa* sa = find(name);
  if (sa == nullptr) {
    sa = &sas_.emplace_back();
    sa->name = name;
  }
  if (sa->spi_i != received.header.spi_i || sa->spi_r == 0) {
    *sa = TesterSa{};
    sa->name = name;
    sa->router = received.router.empty() ? "tester" : received.router;
    sa->spi_i = received.header.spi_i;
    sa->spi_r = random().u64();
  }
  sa->by_tester = false;
  sa->next_peer_id = 1;
  sa->peer_first = received.datagram;
  sa->announced_by_device = announces_fragments(received.message);
  sa->peer_request = OpenRequest{0, received.header.exchange, false};
  if (const auto* offer = body_of<wire::SaPayload>(received.message, PayloadType::SA))
    sa->offer = *offer;
  if (const auto* nonce = body_of<wire::NoncePayload>(received.message, PayloadType::Nonce))
    sa->ni = nonce->data;
  if (const auto* ke = body_of<wire::KePayload>(received.message, PayloadType::KE)) {
    sa->peer_ke = ke->data;
    sa->peer_group = static_cast<DhGroup>(ke->group);
  }
}

Result<void> Tester::absorb_init_response(const Received& received, TesterSa& sa) {
  const wire::Message& message = received.message;
  if (const auto* cookie = wire::find_notify(message.payloads, wire::NotifyType::COOKIE))
    sa.cookie = cookie->data;
  if (const auto* other = wire::find_notify(message.payloads, wire::NotifyType::INVALID_KE_PAYLOAD);
      other != nullptr && other->data.size() == 2)
    sa.wanted_group = static_cast<DhGroup>((other->data[0] << 8) | other->data[1]);
  const auto* answer = body_of<wire::SaPayload>(message, PayloadType::SA);
  const auto* nonce = body_of<wire::NoncePayload>(message, PayloadType::Nonce);
  const auto* ke = body_of<wire::KePayload>(message, PayloadType::KE);
  if (answer == nullptr || nonce == nullptr || ke == nullptr)
    return {};
  sa.peer_first = received.datagram;
  sa.announced_by_device = announces_fragments(message);
  sa.spi_r = received.header.spi_r;
  sa.nr = nonce->data;
  sa.peer_ke = ke->data;
  if (answer->proposals.empty())
    return fail(ErrorCode::no_match, "its SA payload is empty");
  const auto suites = oracle::ike::suites_in(answer->proposals[0]);
  if (suites.size() != 1)
    return fail(ErrorCode::no_match, "its SA payload names no single cipher suite");
  sa.suite = suites[0];
  return derive_keys(sa);
}

Result<void> Tester::absorb(const Received& received, const std::string& name,
                            const std::string& new_sa) {
  const wire::Header& header = received.header;
  absorb_group_keys(received.router.empty() ? router_of(name) : received.router, received.message);
  if (goes_to_group(header.exchange))
    return {};
  const bool init = is_init(header.exchange_type());
  if (init && !header.is_response()) {
    absorb_init_request(received, name);
    return {};
  }
  TesterSa* sa = find(name);
  if (sa == nullptr)
    return {};
  if (header.is_response() && header.message_id < 0xffffffffU)
    sa->answered_up_to = std::max(sa->answered_up_to, header.message_id + 1);
  if (header.is_response())
    std::erase_if(sa->own_open, [&](const OpenRequest& r) { return r.id == header.message_id; });
  if (init)
    return absorb_init_response(received, *sa);
  if (!header.is_response()) {
    sa->peer_request = OpenRequest{header.message_id, header.exchange, false};
    sa->next_peer_id = header.message_id + 1;
  }
  const wire::Message& message = received.message;
  const bool auth = is_auth(header.exchange_type());
  if (auth) {
    const auto type = header.is_response() ? PayloadType::IDr : PayloadType::IDi;
    if (const auto* id = body_of<wire::IdPayload>(message, type))
      sa->peer_id = *id;
  }
  const auto* sa_payload = body_of<wire::SaPayload>(message, PayloadType::SA);
  const auto* nonce = body_of<wire::NoncePayload>(message, PayloadType::Nonce);
  const auto* ke = body_of<wire::KePayload>(message, PayloadType::KE);
  const auto* ts_i = body_of<wire::TsPayload>(message, PayloadType::TSi);
  const auto* ts_r = body_of<wire::TsPayload>(message, PayloadType::TSr);
  if (header.exchange_type() != ExchangeType::IKE_AUTH &&
      header.exchange_type() != ExchangeType::CREATE_CHILD_SA)
    return {};
  if (!header.is_response()) {
    Negotiation& n = sa->peer_negotiation.emplace();
    n.rekeys_ike = !auth && ts_i == nullptr && ts_r == nullptr;
    n.new_sa = new_sa;
    if (sa_payload != nullptr)
      n.offer = *sa_payload;
    if (ts_i != nullptr)
      n.ts_i = *ts_i;
    if (ts_r != nullptr)
      n.ts_r = *ts_r;
    if (auth)
      n.ni = sa->ni;
    if (!auth && nonce != nullptr)
      n.ni = nonce->data;
    if (ke != nullptr) {
      n.peer_ke = ke->data;
      n.peer_group = static_cast<DhGroup>(ke->group);
    }
    return {};
  }
  if (sa_payload == nullptr || !sa->own_negotiation)
    return {};
  Negotiation& n = *sa->own_negotiation;
  if (!new_sa.empty())
    n.new_sa = new_sa;
  if (auth)
    n.ni = sa->ni;
  if (auth)
    n.nr = sa->nr;
  if (!auth && nonce != nullptr)
    n.nr = nonce->data;
  if (ke != nullptr)
    n.peer_ke = ke->data;
  return complete(*sa, sa->own_negotiation, *sa_payload);
}

namespace {

// Whether the sender of FIRST, an IKE_SA_INIT message, has said there that it takes HASH in a
// digital signature (RFC 7427 section 4). The older methods have their hashes of their own.
bool is_announced(const Octets& first, const wire::AuthPayload& auth, crypto::HashAlgorithm hash,
                  const wire::CodePoints& numbers) {
  if (auth.method != static_cast<std::uint8_t>(wire::AuthMethod::DIGITAL_SIGNATURE))
    return true;
  const auto message = wire::decode_message(first, numbers);
  const auto hashes = message ? oracle::ike::hashes_in(message->payloads) : std::nullopt;
  return hashes && std::find(hashes->begin(), hashes->end(), hash) != hashes->end();
}

}  // namespace

std::optional<Tester::AuthCheck> Tester::check_auth(const wire::Message& message,
                                                    const std::string& name) const {
  const TesterSa* sa = find_sa(name);
  const auto* auth = body_of<wire::AuthPayload>(message, PayloadType::AUTH);
  const auto type = message.header.is_response() ? PayloadType::IDr : PayloadType::IDi;
  const auto* id = body_of<wire::IdPayload>(message, type);
  if (sa == nullptr || !sa->keys || auth == nullptr || id == nullptr ||
      !is_auth(message.header.exchange_type()))
    return std::nullopt;
  const oracle::ike::AuthInput input{sa->suite.prf, sa->peer_first, sa->by_tester ? sa->ni : sa->nr,
                                     (sa->by_tester ? sa->keys->SK_pr : sa->keys->SK_pi).view()};
  AuthCheck out;
  out.got = "0x" + to_hex(auth->data);
  if (!config_.proof.device_by_signature) {
    const TesterRouter* router = config_.router(sa->router);
    const auto wanted = oracle::ike::make_psk_auth(
        input, *id, router == nullptr ? config_.device_psk : router->device_psk);
    if (!wanted)
      return std::nullopt;
    out.right = auth->method == wanted->method && auth->data == wanted->data;
    out.expected = "0x" + to_hex(wanted->data) + ", made with the preshared key";
    out.value = wanted->data;
    return out;
  }
  // The first certificate is that of the key (RFC 5996 section 3.6).
  const auto presented = oracle::ike::presented_key(message.payloads);
  if (!presented || (presented->key() != nullptr &&
                     !oracle::ike::verify_signature_auth(input, *id, *presented->key(), *auth))) {
    out.field = "CERT.data";
    out.expected = "the certificate of the key that made AUTH";
    out.got = presented ? "one whose key has not made it" : presented.error().message;
    return out;
  }
  std::string why = "the device has no key to sign with";
  for (const crypto::PublicKey& key : config_.proof.device_keys) {
    const auto scheme = oracle::ike::verify_signature_auth(input, *id, key, *auth);
    if (scheme && !is_announced(sa->own_first, *auth, scheme->hash, config_.numbers)) {
      out.field = "AUTH.data";
      out.expected = "a signature whose hash the tester has announced";
      out.got = "one with " + crypto::hash_name(scheme->hash);
      return out;
    }
    if (scheme) {
      out.right = true;
      return out;
    }
    why = scheme.error().message;
    // It says first what is wrong with the method, where it is that.
    out.field = scheme.error().code == ErrorCode::unsupported ? "AUTH.method" : "AUTH.data";
  }
  out.expected = "a signature of the device's key";
  out.got += " (" + why + ")";
  return out;
}

}  // namespace karpspec::script
