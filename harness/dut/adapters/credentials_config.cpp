#include "dut/adapters/credentials_config.h"

#include <algorithm>

#include "dut/adapters/members.h"

namespace karpspec::dut {
namespace {

using oracle::Authentication;

tl::unexpected<Error> at(const std::string& where, const Error& error) {
  return fail(error.code, where + ": " + error.message);
}

// A list of texts, each made something of by MAKE.
template <class T, class Make>
Result<std::vector<T>> list_at(const Json& object, const char* member, const std::string& where,
                               Make make) {
  std::vector<T> out;
  const auto found = object.find(member);
  if (found == object.end())
    return out;
  if (!found->is_array())
    return wrong(where + "." + member, "expected a list of texts");
  for (std::size_t i = 0; i < found->size(); ++i) {
    const std::string place = where + "." + member + "[" + std::to_string(i + 1) + "]";
    if (!(*found)[i].is_string())
      return wrong(place, "expected a text");
    auto made = make((*found)[i].template get_ref<const std::string&>());
    if (!made)
      return at(place, made.error());
    out.push_back(*std::move(made));
  }
  return out;
}

Result<oracle::Credential> read_credential(const Json& object, const std::string& where) {
  KARPSPEC_CHECK(check_members(object, {"name", "private_key", "certificates"}, where));
  KARPSPEC_TRY(name, text_member(object, "name", where + "."));
  KARPSPEC_TRY(pem, text_member(object, "private_key", where + "."));
  auto key = crypto::PrivateKey::from_pem(pem);
  explicit_bzero(pem.data(), pem.size());
  if (!key)
    return at(where + ".private_key", key.error());
  KARPSPEC_TRY(certificates, list_at<crypto::Certificate>(object, "certificates", where,
                                                          &crypto::Certificate::from_pem));
  if (!certificates.empty() && !(certificates.front().public_key() == key->public_key()))
    return wrong(where + ".certificates[1]", "it is not of the private key");
  return oracle::Credential{std::move(name), *std::move(key), std::move(certificates)};
}

Result<Authentication> authentication_at(const Json& object, const char* member,
                                         Authentication otherwise, const std::string& where) {
  const auto found = object.find(member);
  if (found == object.end())
    return otherwise;
  if (*found == "psk")
    return Authentication::psk;
  if (*found == "signature")
    return Authentication::signature;
  if (*found == "eap")
    return fail(ErrorCode::unsupported, where + "." + member + ": EAP is not offered");
  return wrong(where + "." + member, "expected psk or signature");
}

Result<std::uint8_t> method_from(const std::string& name) {
  using wire::AuthMethod;
  constexpr std::pair<const char*, AuthMethod> known[] = {
      {"RSA", AuthMethod::RSA},
      {"ECDSA_256", AuthMethod::ECDSA_256},
      {"ECDSA_384", AuthMethod::ECDSA_384},
      {"ECDSA_521", AuthMethod::ECDSA_521},
      {"DIGITAL_SIGNATURE", AuthMethod::DIGITAL_SIGNATURE}};
  for (const auto& [text, method] : known)
    if (name == text)
      return static_cast<std::uint8_t>(method);
  return fail(ErrorCode::bad_value, "unknown AUTH method by signature '" + name + "'");
}

Result<oracle::Trust> read_trust(const Json& object, const std::string& where) {
  oracle::Trust trust;
  KARPSPEC_CHECK(check_members(object,
                               {"anchors", "revocations", "fingerprints", "key_fingerprints",
                                "keys", "key_purpose", "max_intermediates"},
                               where));
  KARPSPEC_TRY(anchors, list_at<crypto::Certificate>(object, "anchors", where,
                                                     &crypto::Certificate::from_pem));
  KARPSPEC_TRY(revocations, list_at<crypto::RevocationList>(object, "revocations", where,
                                                            &crypto::RevocationList::from_pem));
  KARPSPEC_TRY(fingerprints, list_at<crypto::Fingerprint>(object, "fingerprints", where,
                                                          &crypto::fingerprint_from_text));
  KARPSPEC_TRY(key_fingerprints, list_at<crypto::Fingerprint>(object, "key_fingerprints", where,
                                                              &crypto::fingerprint_from_text));
  KARPSPEC_TRY(keys,
               list_at<crypto::PublicKey>(object, "keys", where, &crypto::PublicKey::from_pem));
  trust.anchors = std::move(anchors);
  trust.revocations = std::move(revocations);
  trust.fingerprints = std::move(fingerprints);
  trust.key_fingerprints = std::move(key_fingerprints);
  trust.keys = std::move(keys);
  if (object.contains("key_purpose")) {
    KARPSPEC_TRY(oid, text_member(object, "key_purpose", where + "."));
    if (oid.empty() || oid.find_first_not_of("0123456789.") != std::string::npos)
      return wrong(where + ".key_purpose", "expected an object identifier such as 1.3.6.1");
    trust.key_purpose = std::move(oid);
  }
  if (const auto found = object.find("max_intermediates"); found != object.end()) {
    if (!found->is_number_unsigned() || *found > crypto::most_certificates)
      return wrong(where + ".max_intermediates",
                   "expected a number up to " + std::to_string(crypto::most_certificates));
    trust.max_intermediates = found->get<std::size_t>();
  }
  return trust;
}

}  // namespace

Result<void> check_members(const Json& object, std::initializer_list<const char*> known,
                           const std::string& where) {
  if (!object.is_object())
    return wrong(where.empty() ? "params" : where, "expected an object");
  for (const auto& [name, value] : object.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return wrong(where.empty() ? name : where + "." + name, "unknown member");
  return {};
}

Result<std::vector<oracle::Credential>> read_credentials(const Json& list) {
  std::vector<oracle::Credential> out;
  if (!list.is_array())
    return wrong("credentials", "expected a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    KARPSPEC_TRY(one, read_credential(list[i], "credentials[" + std::to_string(i + 1) + "]"));
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> read_authentication(const Json& object, const std::string& where, bool secret_of_group,
                                 oracle::PeerConfig& peer) {
  KARPSPEC_TRY(theirs, authentication_at(object, "auth", Authentication::psk, where));
  KARPSPEC_TRY(ours, authentication_at(object, "own_auth", theirs, where));
  peer.authentication = theirs;
  peer.own_authentication = ours;
  const bool by_psk = theirs == Authentication::psk || ours == Authentication::psk;
  if ((by_psk && !secret_of_group) || object.contains("psk")) {
    KARPSPEC_TRY(text, text_member(object, "psk", where + "."));
    // Text, or octets when it starts with 0x.
    KARPSPEC_TRY(octets, text.starts_with("0x") ? from_hex(text) : Result<Octets>(octets_of(text)));
    peer.psk = Secret(std::move(octets));
  }
  if (object.contains("credential")) {
    KARPSPEC_TRY(name, text_member(object, "credential", where + "."));
    peer.credential = std::move(name);
  }
  KARPSPEC_TRY(methods, list_at<std::uint8_t>(object, "auth_methods", where, &method_from));
  peer.auth_methods = std::move(methods);
  if (const auto found = object.find("trust"); found != object.end()) {
    KARPSPEC_TRY(trust, read_trust(*found, where + ".trust"));
    peer.trust = std::move(trust);
  }
  return {};
}

}  // namespace karpspec::dut
