#include "oracle/ike/proof.h"

#include <algorithm>

#include "oracle/ike/certificates.h"
#include "oracle/ike/habits.h"
#include "oracle/ike/signature_auth.h"

namespace karpspec::oracle::ike {

using wire::AuthMethod;
using wire::PayloadType;

namespace {

bool is_signature(std::uint8_t method) {
  const auto named = static_cast<AuthMethod>(method);
  return named == AuthMethod::RSA || named == AuthMethod::ECDSA_256 ||
         named == AuthMethod::ECDSA_384 || named == AuthMethod::ECDSA_521 ||
         named == AuthMethod::DIGITAL_SIGNATURE;
}

bool is_ecdsa_method(std::uint8_t method) {
  return method >= static_cast<std::uint8_t>(AuthMethod::ECDSA_256) &&
         method <= static_cast<std::uint8_t>(AuthMethod::ECDSA_521);
}

bool fits(const PeerConfig& peer, std::uint8_t method) {
  if (peer.authentication == Authentication::psk)
    return method == static_cast<std::uint8_t>(AuthMethod::PSK);
  const auto& permitted = peer.auth_methods;
  return is_signature(method) && (permitted.empty() || std::find(permitted.begin(), permitted.end(),
                                                                 method) != permitted.end());
}

// With several keys of one peer and none presented, any of them may have signed.
std::vector<crypto::PublicKey> candidates(const Core& core, const PeerConfig& peer,
                                          const PresentedKey& presented) {
  if (const crypto::PublicKey* key = presented.key())
    return {*key};
  std::vector<crypto::PublicKey> known = peer.trust.keys;
  if (core.tunables.one_key_only && known.size() > 1)
    known.erase(known.begin() + 1, known.end());
  return known;
}

std::string why_signature_fails(Core& core, const IkeSa& sa, const PeerConfig& peer,
                                const std::vector<wire::Payload>& payloads, const AuthInput& input,
                                const wire::IdPayload& id, const wire::AuthPayload& auth) {
  if (core.tunables.only_secrets)
    return "signatures are not taken";
  const auto presented =
      presented_key(payloads, static_cast<std::size_t>(core.tunables.most_certificates));
  if (!presented)
    return core.holds(Check::certificate_readable, false) ? ""
                                                          : "CERT: " + presented.error().message;
  if (std::string why = why_not_trusted(core, peer, *presented, Identity{id.id_type, id.data});
      !why.empty())
    return why;
  std::string why = "the AUTH value is wrong";
  if (core.tunables.any_ecdsa_method && is_ecdsa_method(auth.method))
    return {};
  for (const crypto::PublicKey& key : candidates(core, peer, *presented)) {
    const auto scheme = verify_signature_auth(input, covered_id(core, id), key, auth);
    if (!scheme) {
      why = "AUTH: " + scheme.error().message;
      continue;
    }
    const bool announced =
        auth.method != static_cast<std::uint8_t>(AuthMethod::DIGITAL_SIGNATURE) ||
        (sa.hashes_announced &&
         std::find(our_hashes().begin(), our_hashes().end(), scheme->hash) != our_hashes().end());
    if (!core.holds(Check::signature_hash, announced))
      return "the digital signature's hash was not announced: " + crypto::hash_name(scheme->hash);
    const bool other_hash = auth.method == static_cast<std::uint8_t>(AuthMethod::RSA) &&
                            scheme->hash != crypto::HashAlgorithm::SHA1;
    if (other_hash && core.tunables.rsa_only_sha1)
      return "RSA with another hash than SHA-1";
    return {};
  }
  const bool without_key = presented->key() == nullptr && peer.trust.keys.empty();
  if (without_key && core.holds(Check::certificate_readable, false))
    return {};
  return core.holds(Check::auth_value, false) ? "" : why;
}

}  // namespace

Result<OwnProof> prove_ourselves(Core& core, const IkeSa& sa, const PeerConfig& peer,
                                 const AuthInput& input, const wire::IdPayload& id) {
  OwnProof out;
  const Authentication own = core.tunables.own_proof_as_peers && !peer.psk.empty()
                                 ? peer.authentication
                                 : peer.own_authentication;
  if (own == Authentication::psk || core.tunables.only_secrets) {
    KARPSPEC_TRY(auth, make_psk_auth(input, id, shared_secret(core, peer).view()));
    out.auth = std::move(auth);
    return out;
  }
  auto hashes = sa.hashes_announced ? sa.peers_hashes : std::nullopt;
  if (!core.tunables.heed_announced_hashes)
    hashes.emplace(our_hashes().begin(), our_hashes().end());
  if (core.tunables.own_methods_only)
    hashes.reset();
  const auto choose = [&](const Credential& credential) {
    return choose_signature(credential.key.type(), hashes, peer.auth_methods);
  };
  const Credential* credential =
      choose_credential(core, peer, sa.requested_authorities,
                        [&](const Credential& one) { return choose(one).has_value(); });
  if (credential == nullptr)
    return fail(ErrorCode::not_found, "there is no credential whose signature the peer takes");
  const auto choice = choose(*credential);
  if (!choice)
    return fail(ErrorCode::not_found, std::string("the peer takes no signature of a key of type ") +
                                          crypto::key_type_name(credential->key.type()));
  KARPSPEC_TRY(auth, make_signature_auth(input, id, credential->key, *choice, core.random));
  out.auth = std::move(auth);
  out.certificates = certificate_payloads(core, *credential);
  return out;
}

std::string why_not_authentic(Core& core, const IkeSa& sa, const PeerConfig& peer,
                              const std::vector<wire::Payload>& payloads, const AuthInput& input,
                              const wire::IdPayload& id) {
  if (wire::find(payloads, PayloadType::AUTH) == nullptr)
    // Without the check for its presence nothing else about AUTH can be checked.
    return core.holds(Check::auth_present, false) ? "" : "there is no AUTH";
  const auto& auth = body_or_empty<wire::AuthPayload>(payloads, PayloadType::AUTH);
  if (!core.holds(Check::auth_method, fits(peer, auth.method)))
    return "the AUTH method is not the one configured";
  // With a correct router a method of the other kind does not come this far.
  if (peer.authentication == Authentication::signature && is_signature(auth.method))
    return why_signature_fails(core, sa, peer, payloads, input, id, auth);
  const auto right =
      verify_psk_auth(input, covered_id(core, id), shared_secret(core, peer).view(), auth);
  return core.holds(Check::auth_value, right.value_or(false)) ? "" : "the AUTH value is wrong";
}

}  // namespace karpspec::oracle::ike
