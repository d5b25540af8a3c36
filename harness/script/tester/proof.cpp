#include "script/tester/proof.h"

#include "crypto/digest.h"
#include "transcript/expression.h"

namespace karpspec::script {

using crypto::HashAlgorithm;
using crypto::SignatureAlgorithm;
using wire::AuthMethod;

namespace {

tl::unexpected<Error> wrong(const char* member, const std::string& what) {
  return fail(ErrorCode::bad_value, std::string("tester.") + member + ": " + what);
}

Result<std::vector<crypto::Certificate>> certificates_at(const Json& tester, const char* member) {
  std::vector<crypto::Certificate> out;
  const Json list = tester.value(member, Json::array());
  if (!list.is_array())
    return wrong(member, "expected a list");
  for (const Json& pem : list) {
    if (!pem.is_string())
      return wrong(member, "expected texts");
    auto certificate = crypto::Certificate::from_pem(pem.get_ref<const std::string&>());
    if (!certificate)
      return wrong(member, certificate.error().message);
    out.push_back(*std::move(certificate));
  }
  return out;
}

Result<HashAlgorithm> hash_at(const Json& tester, HashAlgorithm otherwise) {
  const auto found = tester.find("auth_hash");
  if (found == tester.end())
    return otherwise;
  for (const HashAlgorithm hash : {HashAlgorithm::SHA1, HashAlgorithm::SHA2_256,
                                   HashAlgorithm::SHA2_384, HashAlgorithm::SHA2_512})
    if (*found == crypto::hash_name(hash))
      return hash;
  return wrong("auth_hash", "expected SHA1, SHA2_256, SHA2_384 or SHA2_512");
}

// What the key does by itself, then what the scenario wants otherwise.
Result<oracle::ike::SignatureChoice> choice_at(const Json& tester, crypto::KeyType type) {
  const auto own = oracle::ike::choose_signature(type, std::nullopt, {});
  const auto all = std::vector<HashAlgorithm>(oracle::ike::our_hashes().begin(),
                                              oracle::ike::our_hashes().end());
  auto choice = own.value_or(*oracle::ike::choose_signature(type, all, {}));
  if (const auto found = tester.find("auth_method"); found != tester.end()) {
    const auto number = found->is_string()
                            ? transcript::number_from_name(transcript::Names::auth_method,
                                                           found->get_ref<const std::string&>())
                            : std::nullopt;
    if (!number || *number > 255)
      return wrong("auth_method", "unknown AUTH method");
    if (*number == static_cast<unsigned>(AuthMethod::DIGITAL_SIGNATURE))
      choice = *oracle::ike::choose_signature(type, all, {});
    choice.method = static_cast<AuthMethod>(*number);
  }
  if (choice.scheme.algorithm == SignatureAlgorithm::eddsa)
    return choice;
  KARPSPEC_TRY(hash, hash_at(tester, choice.scheme.hash));
  choice.scheme.hash = hash;
  const std::string padding = tester.value("auth_padding", "");
  if (type == crypto::KeyType::rsa && !padding.empty()) {
    if (padding != "pkcs1" && padding != "pss")
      return wrong("auth_padding", "expected pkcs1 or pss");
    choice.scheme.algorithm =
        padding == "pss" ? SignatureAlgorithm::rsa_pss : SignatureAlgorithm::rsa_pkcs1;
  }
  const bool pss = choice.scheme.algorithm == SignatureAlgorithm::rsa_pss;
  choice.scheme.salt_size = pss ? crypto::hash_size(hash) : 0;
  return choice;
}

Result<bool> by_signature(const Json& object, const char* member, bool otherwise) {
  const auto found = object.find(member);
  if (found == object.end())
    return otherwise;
  if (*found != "psk" && *found != "signature")
    return fail(ErrorCode::bad_value, std::string(member) + ": expected psk or signature");
  return *found == "signature";
}

// The keys that the device may sign with.
Result<std::vector<crypto::PublicKey>> keys_of(const Json& device, const Json* peer) {
  std::vector<crypto::PublicKey> out;
  const std::string named = peer != nullptr ? peer->value("credential", "") : "";
  for (const Json& credential : device.value("credentials", Json::array())) {
    if (!credential.is_object() || (!named.empty() && credential.value("name", "") != named))
      continue;
    KARPSPEC_TRY(key, crypto::PrivateKey::from_pem(credential.value("private_key", "")));
    out.push_back(key.public_key());
  }
  return out;
}

}  // namespace

Result<TesterProof> read_tester_proof(const Json& tester, const Json& device, const Json* peer) {
  TesterProof out;
  KARPSPEC_TRY(ours, by_signature(tester, "auth", false));
  out.by_signature = ours;
  if (peer != nullptr) {
    KARPSPEC_TRY(of_peer, by_signature(*peer, "auth", false));
    KARPSPEC_TRY(of_device, by_signature(*peer, "own_auth", of_peer));
    out.device_by_signature = of_device;
  }
  KARPSPEC_TRY(device_keys, keys_of(device, peer));
  out.device_keys = std::move(device_keys);
  if (tester.contains("private_key")) {
    if (!tester["private_key"].is_string())
      return wrong("private_key", "expected a text");
    KARPSPEC_TRY(key,
                 crypto::PrivateKey::from_pem(tester["private_key"].get_ref<const std::string&>()));
    KARPSPEC_TRY(choice, choice_at(tester, key.type()));
    out.choice = choice;
    out.key = std::move(key);
  } else if (out.by_signature) {
    return wrong("private_key", "missing, and the tester is to sign");
  }
  KARPSPEC_TRY(certificates, certificates_at(tester, "certificates"));
  for (const crypto::Certificate& certificate : certificates)
    out.certificates.push_back(certificate.der());
  KARPSPEC_TRY(anchors, certificates_at(tester, "anchors"));
  for (const crypto::Certificate& anchor : anchors)
    out.authorities.push_back(crypto::sha1(anchor.public_key().spki()));
  return out;
}

}  // namespace karpspec::script
