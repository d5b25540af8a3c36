#include "oracle/config.h"

#include "crypto/digest.h"

namespace karpspec::oracle {

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
  copy.vendor_id = vendor_id;
  copy.numbers = numbers;
  copy.tunables = tunables;
  return copy;
}

Octets profile_vendor_id() {
  return crypto::md5(octets_of("karpspec RKMP profile 1"));
}

}  // namespace karpspec::oracle
