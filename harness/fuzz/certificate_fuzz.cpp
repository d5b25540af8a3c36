// Whatever CERT and AUTH payloads come, a peer that has not signed is not authenticated: the way
// from the octets over certificate, chain, names and AlgorithmIdentifier to the verdict.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "oracle/ike/certificates.h"
#include "oracle/ike/proof.h"
#include "oracle/ike/signature_auth.h"
#include "require.h"
#include "source_dir.h"

namespace {

using namespace karpspec;

std::string credential(const char* name) {
  std::ifstream in(source_dir() + "/suites/credentials/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

oracle::PeerConfig peer_by_chain() {
  oracle::PeerConfig peer;
  peer.authentication = peer.own_authentication = oracle::Authentication::signature;
  peer.identity.value = octets_of("tester.example");
  peer.trust.anchors = {*crypto::Certificate::from_pem(credential("ca.crt")),
                        *crypto::Certificate::from_pem(credential("rsa-ca.crt"))};
  peer.trust.revocations = {*crypto::RevocationList::from_pem(credential("ca.crl"))};
  return peer;
}

oracle::PeerConfig peer_by_key() {
  oracle::PeerConfig peer = peer_by_chain();
  peer.trust = {};
  peer.trust.keys = {*crypto::PublicKey::from_pem(credential("tester-rsa.pub")),
                     *crypto::PublicKey::from_pem(credential("tester-ec256.pub"))};
  return peer;
}

struct World {
  SeededRandom random{1};
  oracle::Core core{oracle::RouterConfig(), random, oracle::no_seams()};
  oracle::IkeSa sa;
  oracle::PeerConfig peers[2] = {peer_by_chain(), peer_by_key()};
  World() {
    core.now = Time(std::chrono::seconds{1767225600});
    sa.hashes_announced = true;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const OctetView input(data, size);
  const auto identifier = crypto::scheme_from_identifier(input);
  if (identifier && identifier->algorithm != crypto::SignatureAlgorithm::rsa_pss) {
    const auto back = crypto::algorithm_identifier(*identifier);
    require(back.has_value(), "a scheme that was read can be written");
  }
  const auto payloads = wire::decode_chain(wire::PayloadType::CERT, input, {}, 28);
  if (!payloads)
    return 0;
  const Octets first_message(64, 1), nonce(32, 2), sk_p(32, 3);
  const oracle::ike::AuthInput covered{Prf::HMAC_SHA2_256, first_message, nonce, sk_p};
  const wire::IdPayload id{2, 0, octets_of("tester.example")};
  for (const oracle::PeerConfig& peer : world.peers)
    require(
        !oracle::ike::why_not_authentic(world.core, world.sa, peer, *payloads, covered, id).empty(),
        "nobody has signed, so nobody is authenticated");
  (void)oracle::ike::requested_authorities(*payloads);
  (void)oracle::ike::hashes_in(*payloads);
  return 0;
}
