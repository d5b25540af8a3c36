#include "oracle/config.h"

#include "crypto/digest.h"

namespace karpspec::oracle {

Octets lower_case(Octets text) {
  for (std::uint8_t& c : text)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<std::uint8_t>(c + 32);
  return text;
}

bool name_the_same(const Identity& one, const Identity& other) {
  if (one.type != other.type || one.type != static_cast<std::uint8_t>(wire::IdType::ID_FQDN))
    return one == other;
  return lower_case(one.value) == lower_case(other.value);
}

PeerConfig PeerConfig::clone() const {
  PeerConfig copy;
  copy.name = name;
  copy.endpoint = endpoint;
  copy.identity = identity;
  copy.any_identity = any_identity;
  copy.authentication = authentication;
  copy.own_authentication = own_authentication;
  copy.psk = psk.clone();
  copy.credential = credential;
  copy.auth_methods = auth_methods;
  copy.trust = trust;
  copy.child = child;
  copy.protocols = protocols;
  copy.esp_suites = esp_suites;
  return copy;
}

const ProtocolPolicy* PeerConfig::policy(std::uint8_t protocol) const {
  for (const ProtocolPolicy& policy : protocols)
    if (policy.protocol == protocol)
      return &policy;
  return nullptr;
}

RouterConfig RouterConfig::clone() const {
  RouterConfig copy;
  copy.local = local;
  copy.identity = identity;
  copy.credentials = credentials;
  copy.ike_proposals = ike_proposals;
  for (const PeerConfig& peer : peers)
    copy.peers.push_back(peer.clone());
  copy.cookies = cookies;
  copy.fragment_size = fragment_size;
  copy.vendor_id = vendor_id;
  copy.numbers = numbers;
  copy.tunables = tunables;
  return copy;
}

Octets profile_vendor_id() {
  return crypto::md5(octets_of("karpspec RKMP profile 1"));
}

}  // namespace karpspec::oracle
