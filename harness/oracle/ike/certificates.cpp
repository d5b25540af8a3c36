#include "oracle/ike/certificates.h"

#include <algorithm>

#include "crypto/digest.h"

namespace karpspec::oracle::ike {

using crypto::Certificate;
using wire::CertEncoding;
using wire::IdType;
using wire::PayloadType;

namespace {

Octets authority_hash(const Certificate& authority) {
  return crypto::sha1(authority.public_key().spki());
}

bool holds_one(const std::vector<Octets>& list, const Octets& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// A name without letters, or with others than those that are written, names nobody: whoever reads
// it in an event or a table sees another than was compared.
bool is_readable(const Octets& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
}

bool names(const Certificate& certificate, const Identity& identity) {
  // SEQUENCE {}: the subject of a certificate that is named by subjectAltName alone.
  static const Octets empty_name = {0x30, 0x00};
  switch (static_cast<IdType>(identity.type)) {
    case IdType::ID_FQDN: {
      std::vector<Octets> all = certificate.dns_names();
      std::transform(all.begin(), all.end(), all.begin(), lower_case);
      return is_readable(identity.value) && holds_one(all, lower_case(identity.value));
    }
    case IdType::ID_RFC822_ADDR:
      return is_readable(identity.value) && holds_one(certificate.mail_addresses(), identity.value);
    case IdType::ID_IPV4_ADDR:
      return identity.value.size() == 4 && holds_one(certificate.ip_addresses(), identity.value);
    case IdType::ID_IPV6_ADDR:
      return identity.value.size() == 16 && holds_one(certificate.ip_addresses(), identity.value);
    case IdType::ID_DER_ASN1_DN:
      if (identity.value == empty_name)
        return false;
      return certificate.subject() == identity.value;
    case IdType::ID_DER_ASN1_GN:
      return holds_one(certificate.general_names(), identity.value);
    case IdType::ID_KEY_ID:
      break;
  }
  return false;
}

bool has_fingerprint(const Core& core, const std::vector<crypto::Fingerprint>& known,
                     const Octets& data) {
  return core.tunables.fingerprints &&
         std::any_of(known.begin(), known.end(),
                     [&](const auto& one) { return crypto::is_fingerprint_of(one, data); });
}

bool key_is_known(const Core& core, const Trust& trust, const crypto::PublicKey& key) {
  if (core.tunables.one_key_only && !trust.keys.empty())
    return key == trust.keys.front();
  return std::find(trust.keys.begin(), trust.keys.end(), key) != trust.keys.end() ||
         has_fingerprint(core, trust.key_fingerprints, key.spki());
}

bool certificate_is_known(const Core& core, const Trust& trust, const Certificate& certificate) {
  if (core.tunables.container_dates && !certificate.is_valid_at(core.now))
    return false;
  return key_is_known(core, trust, certificate.public_key()) ||
         has_fingerprint(core, trust.fingerprints, certificate.der());
}

Check check_of(crypto::ChainFault::Kind kind) {
  using Kind = crypto::ChainFault::Kind;
  switch (kind) {
    case Kind::not_yet_valid:
    case Kind::expired:
      return Check::certificate_validity;
    case Kind::bad_signature:
      return Check::certificate_signature;
    case Kind::not_a_ca:
      return Check::certificate_authority;
    case Kind::too_weak:
      return Check::certificate_strength;
    case Kind::revoked:
      return Check::certificate_revoked;
    case Kind::no_anchor:
    case Kind::other:
      break;
  }
  return Check::certificate_anchor;
}

// Whether a certificate of CREDENTIAL has been issued by one of AUTHORITIES. The key of an issuer
// is in its own certificate: one that is sent along, or an anchor that we know.
bool is_below_one_of(const Core& core, const Credential& credential,
                     const std::vector<Octets>& authorities) {
  const auto& own = credential.certificates;
  if (std::any_of(own.begin(), own.end(), [&](const Certificate& certificate) {
        return holds_one(authorities, authority_hash(certificate));
      }))
    return true;
  for (const PeerConfig& peer : core.config.peers)
    for (const Certificate& anchor : peer.trust.anchors)
      if (holds_one(authorities, authority_hash(anchor)) &&
          std::any_of(own.begin(), own.end(), [&](const Certificate& certificate) {
            return certificate.is_issued_by(anchor);
          }))
        return true;
  return false;
}

bool are_in_order(const PresentedKey& presented) {
  const Certificate* below = &*presented.certificate;
  for (const Certificate& other : presented.others) {
    if (!below->is_issued_by(other))
      return false;
    below = &other;
  }
  return true;
}

std::string why_chain_fails(Core& core, const Trust& trust, const PresentedKey& presented) {
  if (!core.tunables.authorities || (core.tunables.list_revokes_all && !trust.revocations.empty()))
    return "certificates of authorities are not taken";
  if (core.tunables.certificates_in_order && !are_in_order(presented))
    return "the certificates are in another order than the chain";
  const crypto::ChainPolicy policy{trust.anchors, trust.revocations, core.now};
  const auto forgives = [&](const crypto::ChainFault& fault) {
    return fault.kind != crypto::ChainFault::Kind::other && core.holds(check_of(fault.kind), false);
  };
  const auto intermediates =
      crypto::verify_chain(*presented.certificate, presented.others, policy, forgives);
  if (!intermediates)
    return intermediates.error().message;
  if (*intermediates != 0 && !core.tunables.intermediates)
    return "certificates are taken directly below an anchor alone";
  if (!core.holds(Check::certificate_chain_length, *intermediates <= trust.max_intermediates))
    return "the chain has " + std::to_string(*intermediates) + " intermediate certificates, " +
           std::to_string(trust.max_intermediates) + " are permitted";
  return {};
}

}  // namespace

Result<PresentedKey> presented_key(const std::vector<wire::Payload>& payloads, std::size_t most) {
  PresentedKey out;
  std::size_t seen = 0;
  for (const wire::Payload& payload : payloads) {
    const auto* body = payload.as<wire::CertPayload>();
    if (body == nullptr || seen == most)
      continue;
    const bool first = out.key() == nullptr;
    switch (static_cast<CertEncoding>(body->encoding)) {
      case CertEncoding::X509_SIGNATURE: {
        ++seen;
        auto certificate = Certificate::from_der(body->data);
        if (!certificate && first)
          return tl::unexpected(std::move(certificate).error());
        if (certificate && first)
          out.certificate = *std::move(certificate);
        else if (certificate)
          out.others.push_back(*std::move(certificate));
        break;
      }
      case CertEncoding::RAW_RSA_KEY:
      case CertEncoding::RAW_PUBLIC_KEY: {
        ++seen;
        const bool rsa = body->encoding == static_cast<std::uint8_t>(CertEncoding::RAW_RSA_KEY);
        if (!first)
          break;
        KARPSPEC_TRY(key, rsa ? crypto::PublicKey::from_pkcs1(body->data)
                              : crypto::PublicKey::from_spki(body->data));
        out.raw = std::move(key);
        break;
      }
      default:
        break;
    }
  }
  return out;
}

std::string why_not_trusted(Core& core, const PeerConfig& peer, const PresentedKey& presented,
                            const Identity& identity) {
  const Trust& trust = peer.trust;
  if (presented.key() == nullptr)
    return core.holds(Check::certificate_readable, !trust.keys.empty())
               ? ""
               : "no key was presented and none is configured";
  if (!presented.certificate)
    return core.holds(Check::key_known,
                      core.tunables.raw_keys && key_is_known(core, trust, *presented.raw))
               ? ""
               : "the raw public key is none that is configured";
  // A certificate that is known by itself is a key's container (operations model 4.2).
  if (certificate_is_known(core, trust, *presented.certificate))
    return {};
  if (std::string why = why_chain_fails(core, trust, presented); !why.empty())
    return why;
  const Certificate& certificate = *presented.certificate;
  if (!core.holds(Check::certificate_name, names(certificate, identity)))
    return "the certificate does not name the identity";
  if (!core.holds(Check::certificate_key_usage, certificate.may_sign()))
    return "the certificate's key is not for signatures";
  if (!core.holds(Check::certificate_key_purpose,
                  trust.key_purpose.empty() || certificate.has_key_purpose(trust.key_purpose)))
    return "the certificate lacks the key purpose " + trust.key_purpose;
  return {};
}

std::vector<wire::Payload> certificate_payloads(const Core& core, const Credential& credential) {
  std::vector<wire::Payload> out;
  if (!core.tunables.send_certificates)
    return out;
  const auto add = [&](CertEncoding encoding, Octets data) {
    out.push_back(wire::make_payload(
        PayloadType::CERT,
        wire::CertPayload{static_cast<std::uint8_t>(encoding), std::move(data)}));
  };
  for (const Certificate& certificate : credential.certificates)
    add(CertEncoding::X509_SIGNATURE, certificate.der());
  if (!credential.certificates.empty())
    return out;
  const crypto::PublicKey& key = credential.key.public_key();
  if (auto rsa = key.pkcs1())
    add(CertEncoding::RAW_RSA_KEY, *std::move(rsa));
  else
    add(CertEncoding::RAW_PUBLIC_KEY, key.spki());
  return out;
}

std::optional<wire::Payload> certificate_request(const Core& core,
                                                 std::span<const Certificate> anchors) {
  if (anchors.empty() || !core.tunables.send_certificate_requests)
    return std::nullopt;
  std::vector<Octets> hashes;
  for (const Certificate& anchor : anchors)
    if (Octets hash = authority_hash(anchor); !holds_one(hashes, hash))
      hashes.push_back(std::move(hash));
  wire::CertReqPayload body;
  body.encoding = static_cast<std::uint8_t>(CertEncoding::X509_SIGNATURE);
  for (const Octets& hash : hashes)
    append(body.data, hash);
  return wire::make_payload(PayloadType::CERTREQ, std::move(body));
}

std::vector<Octets> requested_authorities(const std::vector<wire::Payload>& payloads) {
  constexpr std::size_t hash_size = 20;
  std::vector<Octets> out;
  for (const wire::Payload& payload : payloads) {
    const auto* body = payload.as<wire::CertReqPayload>();
    if (body == nullptr ||
        body->encoding != static_cast<std::uint8_t>(CertEncoding::X509_SIGNATURE))
      continue;
    for (std::size_t i = 0; i + hash_size <= body->data.size(); i += hash_size) {
      const auto at = body->data.begin() + static_cast<std::ptrdiff_t>(i);
      out.emplace_back(at, at + hash_size);
    }
  }
  return out;
}

const Credential* choose_credential(const Core& core, const PeerConfig& peer,
                                    const std::vector<Octets>& authorities,
                                    const std::function<bool(const Credential&)>& usable) {
  const auto& all = core.config.credentials;
  if (!peer.credential.empty()) {
    const auto named = std::find_if(all.begin(), all.end(),
                                    [&](const auto& one) { return one.name == peer.credential; });
    return named == all.end() ? nullptr : &*named;
  }
  const Credential* first = nullptr;
  const Credential* requested = nullptr;
  for (const Credential& one : all) {
    if (!usable(one))
      continue;
    first = first == nullptr ? &one : first;
    if (requested == nullptr && is_below_one_of(core, one, authorities))
      requested = &one;
  }
  if (core.tunables.certificate_request_binds && !authorities.empty() && requested == nullptr)
    return nullptr;
  return requested != nullptr && core.tunables.heed_requested_authorities ? requested : first;
}

}  // namespace karpspec::oracle::ike
