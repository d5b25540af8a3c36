#include "dut/adapters/libreswan_proofs.h"

#include "dut/adapters/pem_texts.h"

namespace karpspec::dut {
namespace {

using oracle::Authentication;

constexpr const char* folder = "/mnt/";
constexpr const char* database = "sql:/mnt/nss";

tl::unexpected<Error> not_plutos(const oracle::PeerConfig& peer, const std::string& what) {
  return fail(ErrorCode::unsupported, "peer '" + peer.name + "': pluto cannot be told " + what);
}

bool is_rsa(const crypto::PublicKey& key) {
  return key.type() == crypto::KeyType::rsa;
}

// pluto signs by the first method that it is told and that the peer takes, whatever kind of key it
// has, so the kind of key has to be known.
std::string own_word(const oracle::RouterConfig& router, const oracle::PeerConfig& peer) {
  if (peer.own_authentication == Authentication::psk)
    return "secret";
  const oracle::Credential* own = own_credential(router, peer);
  return own != nullptr && is_rsa(own->key.public_key()) ? "rsasig" : "ecdsa";
}

std::string word_of_peer(const oracle::PeerConfig& peer) {
  if (peer.authentication == Authentication::psk)
    return "secret";
  const auto& anchors = peer.trust.anchors;
  return !anchors.empty() && is_rsa(anchors.front().public_key()) ? "rsasig" : "ecdsa";
}

void take_certificate(PlutoProofs& proofs, const std::string& name, const std::string& pem,
                      const char* trust) {
  proofs.files.emplace_back(name + ".crt", pem);
  proofs.commands.push_back({"/usr/bin/certutil", "-A", "-d", database, "-n", name, "-t", trust,
                             "-a", "-i", folder + name + ".crt"});
}

// Own key and what is sent with it. The database takes a key together with its certificate only,
// in the form of PKCS #12.
Result<void> prove_by_signature(const Json& params, const oracle::RouterConfig& router,
                                const oracle::PeerConfig& peer, const std::string& name,
                                PlutoProofs& proofs) {
  const oracle::Credential* own = own_credential(router, peer);
  if (own == nullptr)
    return fail(ErrorCode::bad_value, "peer '" + peer.name + "': there is no such credential");
  const std::vector<std::string> pems = certificate_pems(params, own->name);
  if (pems.empty())
    return not_plutos(peer, "a key of its own without a certificate");
  const std::string key = name + "-own";
  proofs.files.emplace_back(key + ".key", private_key_pem(params, own->name));
  proofs.files.emplace_back(key + ".crt", pems.front());
  proofs.commands.push_back({"/usr/bin/openssl", "pkcs12", "-export", "-name", key, "-inkey",
                             folder + key + ".key", "-in", folder + key + ".crt", "-out",
                             folder + key + ".p12", "-passout", "pass:"});
  proofs.commands.push_back(
      {"/usr/bin/pk12util", "-i", folder + key + ".p12", "-d", database, "-W", "", "-K", ""});
  for (std::size_t i = 1; i < pems.size(); ++i)
    take_certificate(proofs, key + "-above-" + std::to_string(i), pems[i], ",,");
  proofs.settings.emplace_back("leftcert", key);
  // RFC 5996 section 3.6 wants what is available sent, asked for or not.
  proofs.settings.emplace_back("leftsendcert", "always");
  proofs.settings.emplace_back("sendca", "all");
  return {};
}

}  // namespace

Result<PlutoProofs> pluto_proofs(const Json& params, const oracle::RouterConfig& router,
                                 const oracle::PeerConfig& peer, const std::string& name) {
  PlutoProofs out;
  if (peer.any_identity)
    return not_plutos(peer, "to take anybody");
  // "rsasig" is RSA as RFC 5996 and as RFC 7427 have it, "ecdsa" what the latter has.
  const std::string own = own_word(router, peer), others = word_of_peer(peer);
  if (own == others) {
    out.settings.emplace_back("authby", own);
  } else {
    out.settings.emplace_back("leftauth", own);
    out.settings.emplace_back("rightauth", others);
  }
  if (peer.own_authentication == Authentication::signature)
    KARPSPEC_CHECK(prove_by_signature(params, router, peer, name, out));
  if (peer.authentication != Authentication::signature)
    return out;
  KARPSPEC_CHECK(check_trust(peer, "pluto"));
  if (!peer.trust.keys.empty())
    return not_plutos(peer, "a key by itself");
  // The database is every connection's.
  if (router.peers.size() > 1)
    return not_plutos(peer, "whose anchors are whose");
  int number = 0;
  for (const std::string& anchor : trust_pems(params, peer.name, "anchors"))
    take_certificate(out, name + "-anchor-" + std::to_string(++number), anchor, "CT,,");
  for (const std::string& list : trust_pems(params, peer.name, "revocations")) {
    const std::string file = name + "-list-" + std::to_string(++number);
    out.files.emplace_back(file + ".crl", list);
    out.commands.push_back({"/usr/bin/openssl", "crl", "-in", folder + file + ".crl", "-outform",
                            "DER", "-out", folder + file + ".der"});
    out.commands.push_back(
        {"/usr/bin/crlutil", "-I", "-d", database, "-i", folder + file + ".der"});
  }
  return out;
}

}  // namespace karpspec::dut
