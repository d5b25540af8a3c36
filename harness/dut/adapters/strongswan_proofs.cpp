#include "dut/adapters/strongswan_proofs.h"

#include "dut/adapters/pem_texts.h"

namespace karpspec::dut {
namespace {

using oracle::Authentication;
using vici::Message;

Message certificate(const char* type, const char* flag, const std::string& pem) {
  Message out;
  out.add("type", type).add("flag", flag).add("data", pem);
  return out;
}

// Own key and what is sent with it.
Result<void> prove_by_signature(const Json& params, const oracle::RouterConfig& router,
                                const oracle::PeerConfig& peer, CharonProofs& proofs) {
  const oracle::Credential* own = own_credential(router, peer);
  if (own == nullptr)
    return fail(ErrorCode::bad_value, "peer '" + peer.name + "': there is no such credential");
  Message key;
  key.add("type", "any").add("data", private_key_pem(params, own->name));
  proofs.commands.emplace_back("load-key", std::move(key));
  const std::vector<std::string> pems = certificate_pems(params, own->name);
  if (pems.empty()) {
    const Octets& spki = own->key.public_key().spki();
    proofs.local.add_list("pubkeys", {std::string(spki.begin(), spki.end())});
    return {};
  }
  proofs.local.add_list("certs", {pems.front()});
  // Charon finds the authorities above its certificate among those that it knows.
  for (std::size_t i = 1; i < pems.size(); ++i)
    proofs.commands.emplace_back("load-cert", certificate("X509", "CA", pems[i]));
  return {};
}

}  // namespace

Result<CharonProofs> charon_proofs(const Json& params, const oracle::RouterConfig& router,
                                   const oracle::PeerConfig& peer, const std::string& own_identity,
                                   const std::string& peer_identity) {
  const auto word = [](Authentication how) {
    return how == Authentication::signature ? "pubkey" : "psk";
  };
  CharonProofs out;
  out.local.add("auth", word(peer.own_authentication)).add("id", own_identity);
  out.remote.add("auth", word(peer.authentication)).add("id", peer_identity);
  if (peer.own_authentication == Authentication::signature)
    KARPSPEC_CHECK(prove_by_signature(params, router, peer, out));
  if (peer.authentication != Authentication::signature)
    return out;
  KARPSPEC_CHECK(check_trust(peer, "charon"));
  if (!peer.trust.anchors.empty()) {
    out.remote.add_list("cacerts", trust_pems(params, peer.name, "anchors"));
    out.requests_certificates = true;
  }
  if (!peer.trust.keys.empty())
    out.remote.add_list("pubkeys", trust_pems(params, peer.name, "keys"));
  for (const std::string& list : trust_pems(params, peer.name, "revocations"))
    out.commands.emplace_back("load-cert", certificate("X509_CRL", "NONE", list));
  return out;
}

CharonProofs charon_secrets(const std::string& own_identity, const std::string& peer_identity) {
  CharonProofs out;
  out.local.add("auth", "psk").add("id", own_identity);
  out.remote.add("auth", "psk").add("id", peer_identity);
  return out;
}

}  // namespace karpspec::dut
