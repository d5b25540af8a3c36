#include "oracle/config.h"

#include <arpa/inet.h>

#include <algorithm>

#include "crypto/digest.h"

namespace karpspec::oracle {

namespace {

// 4 or 16 octets; none where the text is no address.
Octets octets_of_address(const std::string& text) {
  Octets v4(4), v6(16);
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1)
    return v4;
  return inet_pton(AF_INET6, text.c_str(), v6.data()) == 1 ? v6 : Octets();
}

}  // namespace

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
  copy.addresses = addresses;
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

bool PeerConfig::may_be_at(const std::string& address, std::int64_t looked_at) const {
  const Octets wanted = octets_of_address(address);
  const auto count = std::min<std::int64_t>(looked_at, std::ssize(addresses));
  return addresses.empty() ||
         std::any_of(addresses.begin(), addresses.begin() + count,
                     [&](const std::string& one) { return octets_of_address(one) == wanted; });
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
  copy.rules = rules;
  copy.tunables = tunables;
  return copy;
}

Octets profile_vendor_id() {
  return crypto::md5(octets_of("karpspec RKMP profile 1"));
}

}  // namespace karpspec::oracle
